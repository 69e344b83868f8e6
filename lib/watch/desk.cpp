#include "watch/desk.hpp"

#include <algorithm>

namespace psherald::watch {
namespace {

using namespace std::chrono_literals;
using Kind = Alert::Kind;

constexpr Tau gather = 10s, gather_max = 60s, between_ends = 60s;

Tau after(Tau time, Tau wait) { return time == Tau::min() ? Tau::min() : time + wait; }

/// The first and the last of some.
struct Span {
  Tau first = Tau::max(), last = Tau::min();
  void add(Tau time) { first = std::min(first, time), last = std::max(last, time); }
  bool empty() const { return last == Tau::min(); }
  Tau settled(Tau calm, Tau most) const { return std::min(last + calm, first + most); }
};

}  // namespace

bool Desk::waits(const Incident& incident, const std::string& receiver, Kind kind) const {
  return std::any_of(waiting_.begin(), waiting_.end(), [&](const Notice& notice) {
    return notice.incident.get() == &incident && notice.receiver == receiver && notice.kind == kind;
  });
}

void Desk::note_message(const std::string& receiver, const std::vector<std::string>& rules, bool opening, Tau at,
                        bool counts) {
  if (counts) sent_[receiver].push_back(at);
  for (const auto& rule : rules) {
    auto& last = last_[{receiver, rule}];
    last.message = std::max(last.message, at);
    if (opening) last.opening = std::max(last.opening, at);
  }
}

Tau Desk::due_of(const Place& place, const std::vector<const Notice*>& notices, const Settings& settings) const {
  Span opens, ends, others;
  std::vector<const Incident*> opening;
  for (const auto* notice : notices)
    if (notice->kind == Kind::open) {
      opens.add(notice->queued);
      opening.push_back(notice->incident.get());
    }
  std::sort(opening.begin(), opening.end());
  for (const auto* notice : notices) {
    if (notice->kind == Kind::open) continue;
    const bool told = !std::binary_search(opening.begin(), opening.end(), notice->incident.get());
    // What has ended because its rule is gone belongs to nothing that may follow.
    if (notice->kind != Kind::resolve || !notice->incident->end_reason.empty())
      others.add(notice->queued);
    else if (told)
      ends.add(notice->queued);
  }
  const auto found = last_.find(place);
  const Last last = found == last_.end() ? Last{} : found->second;
  Tau due = Tau::max();
  if (!opens.empty())
    due = std::max(opens.settled(settings.settle, settings.settle_max),
                   after(last.opening, settings.interval(place.second)));
  if (!ends.empty()) due = std::min(due, std::max(ends.settled(gather, gather_max), after(last.message, between_ends)));
  if (!others.empty()) due = std::min(due, others.settled(settings.settle, settings.settle_max));
  return due;
}

std::vector<Desk::Group> Desk::take_due(Tau now, bool at_once, const Settings& settings) {
  wake_ = Tau::max();
  std::map<std::string, std::map<std::string, std::vector<const Notice*>>> by_receiver;
  for (const auto& notice : waiting_) by_receiver[notice.receiver][notice.rule].push_back(&notice);

  std::vector<Group> groups;
  std::vector<Place> taken;
  for (const auto& [receiver, rules] : by_receiver) {
    std::vector<std::string> due;
    for (const auto& [rule, notices] : rules) {
      const Tau at = at_once ? now : due_of({receiver, rule}, notices, settings);
      if (at <= now)
        due.push_back(rule);
      else
        wake_ = std::min(wake_, at);
    }
    if (due.empty()) continue;
    auto& sent = sent_[receiver];
    while (!sent.empty() && now - sent.front() >= settings.burst_window) sent.pop_front();
    const std::size_t left = settings.burst - std::min(settings.burst, sent.size());
    if (left == 0) {
      wake_ = std::min(wake_, sent[sent.size() - settings.burst] + settings.burst_window);
      continue;
    }
    const bool digest = due.size() > left;
    if (digest) groups.push_back({receiver, {}, true});
    for (const auto& rule : due) {
      if (!digest) groups.push_back({receiver, {}, false});
      for (const auto* notice : rules.at(rule)) groups.back().notices.push_back(*notice);
      taken.emplace_back(receiver, rule);
    }
  }
  // What was found first is told first.
  std::stable_sort(groups.begin(), groups.end(),
                   [](const Group& a, const Group& b) { return a.notices.front().id < b.notices.front().id; });
  std::sort(taken.begin(), taken.end());
  std::erase_if(waiting_, [&](const Notice& notice) {
    return std::binary_search(taken.begin(), taken.end(), Place{notice.receiver, notice.rule});
  });
  for (const auto& group : groups) {
    std::vector<std::string> rules;
    for (const auto& notice : group.notices)
      if (rules.empty() || rules.back() != notice.rule) rules.push_back(notice.rule);
    const bool opening = std::any_of(group.notices.begin(), group.notices.end(),
                                     [](const Notice& notice) { return notice.kind == Kind::open; });
    note_message(group.receiver, rules, opening, now);
  }
  return groups;
}

}  // namespace psherald::watch
