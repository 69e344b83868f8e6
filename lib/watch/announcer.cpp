#include "watch/announcer.hpp"

#include <algorithm>
#include <utility>

namespace psherald::watch {
namespace {

using Kind = Rule::Kind;
using AlertKind = Alert::Kind;

bool is_to_escalate(const RuleState& rule, const Incident& incident) {
  return !rule.condition.rule.escalate.empty() && !incident.escalated;
}

}  // namespace

std::vector<Book::Active> Announcer::take_announced() {
  news_ = false;
  return std::exchange(announced_, {});
}

std::string Announcer::reason(Hush& hush, const RuleState& rule, const Incident& incident) const {
  return book_.hushing ? hush.reason(rule, incident) : std::string{};
}

void Announcer::tell(const std::vector<Transition>& transitions) {
  Hush hush{book_.rules, book_.windows, book_.silences, now_};
  for (const auto& transition : transitions) tell(transition, hush);
  book_.hushed = 0;
  wake_ = Tau::max();
  for (auto& [rule, incident] : book_.active) {
    if (incident->phase != Incident::Phase::firing) continue;
    follow(*rule, incident, hush);
  }
  std::erase_if(book_.active, [](const Book::Active& one) { return !one.incident->is_open(); });
  wake_ = std::min(wake_, hush.wake());
}

void Announcer::tell(const Transition& transition, Hush& hush) {
  auto& rule = *transition.rule;
  const auto& incident = transition.incident;
  switch (transition.kind) {
    case Transition::Kind::opened:
      if (!incident->is_open()) return;
      book_.active.push_back({&rule, incident});
      if (reason(hush, rule, *incident).empty()) announce(rule, incident);
      return;
    case Transition::Kind::ended:
      if (!incident->announced) {
        // What has come and gone meanwhile.
        if (!rule.condition.is_event() || incident->hushed || !reason(hush, rule, *incident).empty()) return;
        announce(rule, incident);
      }
      if (rule.condition.resolve) tell_all(rule, incident, AlertKind::resolve);
      return;
    case Transition::Kind::gone:
      if (!incident->announced) return;
      remind(rule, incident);
      return tell_all(rule, incident, AlertKind::gone);
    case Transition::Kind::blind:
      incident->announced = true;
      incident->announced_at = now_.tau;
      for (const auto& receiver : rule.condition.rule.notify) queue(rule, incident, receiver, AlertKind::blind);
      return;
  }
}

void Announcer::follow(RuleState& rule, const IncidentRef& incident, Hush& hush) {
  const auto why = reason(hush, rule, *incident);
  if (!why.empty()) {
    ++book_.hushed;
    if (!incident->announced) incident->hushed = true;
    return;
  }
  if (!incident->announced) announce(rule, incident);
  if (incident->acknowledged_by) return;
  remind(rule, incident);
  escalate(rule, incident);
  wake_ = std::min(wake_, incident->next);
  if (is_to_escalate(rule, *incident))
    wake_ = std::min(wake_, incident->announced_at + rule.condition.rule.escalate_after);
}

void Announcer::announce(RuleState& rule, const IncidentRef& incident) {
  incident->announced = incident->dirty = true;
  incident->hushed = false;
  // What came and went is told now, and what began while nobody looked has lasted since then.
  incident->announced_at = now_.tau;
  incident->next = next_reminder(rule, *incident);
  for (const auto& receiver : rule.condition.rule.notify) queue(rule, incident, receiver, AlertKind::open);
  if (rule.condition.rule.kind != Kind::no_data) announced_.push_back({&rule, incident});
}

Tau Announcer::next_reminder(const RuleState& rule, const Incident& incident) const {
  const auto& steps = rule.condition.remind;
  if (steps.empty()) return Tau::max();
  return now_.tau + steps[std::min(static_cast<std::size_t>(incident.reminders), steps.size() - 1)];
}

void Announcer::remind(RuleState& rule, const IncidentRef& incident) {
  if (now_.tau < incident->next || incident->acknowledged_by) return;
  ++incident->reminders;
  incident->next = next_reminder(rule, *incident);
  tell_all(rule, incident, AlertKind::remind);
}

void Announcer::escalate(RuleState& rule, const IncidentRef& incident) {
  if (!is_to_escalate(rule, *incident)) return;
  if (now_.tau - incident->announced_at < rule.condition.rule.escalate_after) return;
  incident->escalated = incident->dirty = true;
  for (const auto& receiver : rule.condition.rule.escalate)
    if (!incident->told.contains(receiver)) queue(rule, incident, receiver, AlertKind::escalate);
  news_ = true;
}

void Announcer::tell_all(RuleState& rule, const IncidentRef& incident, AlertKind kind) {
  incident->dirty = true;
  const auto told = incident->told;
  for (const auto& [receiver, root] : told) queue(rule, incident, receiver, kind);
}

void Announcer::queue(const RuleState& rule, const IncidentRef& incident, const std::string& receiver, AlertKind kind) {
  incident->told.try_emplace(receiver);
  book_.desk.add({0, receiver, rule.condition.rule.name, incident, kind, now_.tau});
  news_ = true;
}

}  // namespace psherald::watch
