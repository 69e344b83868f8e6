#include "watch/telling.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "watch/outbox.hpp"
#include "watch/wording.hpp"

namespace psherald::watch {
namespace {

constexpr std::size_t shown_matches = 5;
constexpr int shown_around = 3;

using Group = std::vector<Notice>;  // of one receiver and one rule

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "this machine";
}

std::vector<Group> grouped(const std::vector<Notice>& notices) {
  std::vector<Group> groups;
  for (const auto& notice : notices) {
    const auto group = std::find_if(groups.begin(), groups.end(), [&](const Group& one) {
      return one.front().receiver == notice.receiver && one.front().rule == notice.rule;
    });
    if (group == groups.end())
      groups.push_back({notice});
    else
      group->push_back(notice);
  }
  return groups;
}

class Teller {
 public:
  Teller(sqlite3* db, const std::vector<Rule>& rules, Timestamp wall, Tau tau)
      : db_{db}, rules_{rules}, wall_{wall}, tau_{tau} {}

  Alert alert_of(const Group& group, const Receiver& receiver) const {
    const auto& first = group.front();
    const Words words = word(story_of(group));
    Alert alert;
    alert.origin = read_origin(db_);
    alert.uid = uid_of(alert.origin, first, read_incident(db_, first.incident).reminders);
    alert.root = root_of(db_, first.incident, first.receiver);
    if (alert.root.empty()) alert.root = alert.uid;
    alert.kind = words.kind;
    alert.rule = first.rule;
    alert.incident = first.incident;
    alert.receiver = first.receiver;
    alert.to = receiver.mail;
    alert.at = wall_;
    alert.subject = words.subject;
    alert.text = words.text;
    alert.html = words.html;
    return alert;
  }

 private:
  Story story_of(const Group& group) const {
    Story story;
    story.rule = rule_of(group.front());
    story.host = host_name();
    story.wall = wall_;
    story.tau = tau_;
    for (const auto& notice : group) {
      if (story.episodes.empty() || story.episodes.back().incident.id != notice.incident)
        story.episodes.push_back({read_incident(db_, notice.incident), {}});
      story.episodes.back().kinds.push_back(notice.kind);
    }
    add_lines(story);
    return story;
  }

  Rule rule_of(const Notice& notice) const {
    for (const auto& rule : rules_)
      if (rule.name == notice.rule) return rule;
    Rule rule = rule_of_incident(db_, notice.incident);
    if (rule.system.empty()) rule.system = notice.receiver;
    return rule;
  }

  void add_lines(Story& story) const {
    const auto& incident = story.episodes.back().incident;
    if (story.rule.kind == Rule::Kind::no_data || incident.first_id == 0) return;
    story.around = lines_around(db_, incident.first_id, shown_around);
    for (const auto& line : story.around)
      if (line.marked) story.last_record = line.received;
    if (story.rule.kind != Rule::Kind::pattern || story.rule.text.empty()) return;
    story.matches = matching_lines(db_, story.rule, incident.first_id, incident.last_id, shown_matches);
    story.left_out = static_cast<std::int64_t>(story.matches.size()) < incident.count;
  }

  sqlite3* db_;
  const std::vector<Rule>& rules_;
  const Timestamp wall_;
  const Tau tau_;
};

}  // namespace

std::vector<Alert> gather(StoreAccess& store, const Watchdog::Options& options, Timestamp wall, Tau tau) {
  std::vector<Alert> alerts;
  const Teller teller{store.db(), options.rules, wall, tau};
  for (const auto& group : grouped(open_notices(store.db()))) {
    const auto* receiver = find_receiver(options.receivers, group.front().receiver);
    if (receiver) alerts.push_back(teller.alert_of(group, *receiver));
    store.transaction([&](sqlite3* writer) {
      if (receiver)
        store_message(writer, alerts.back(), group, tau);
      else
        drop_notices(writer, group);
    });
  }
  return alerts;
}

const Receiver* find_receiver(const std::vector<Receiver>& receivers, const std::string& name) noexcept {
  const auto found =
      std::find_if(receivers.begin(), receivers.end(), [&](const auto& one) { return one.name == name; });
  return found == receivers.end() ? nullptr : &*found;
}

}  // namespace psherald::watch
