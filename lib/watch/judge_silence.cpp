#include "watch/judge_silence.hpp"

#include <algorithm>

namespace psherald::watch {
namespace {

using namespace std::chrono_literals;
using Kind = Rule::Kind;
using Phase = Incident::Phase;

constexpr Tau longest_reconnect = 5min;

bool is_unknown(Case& rule, const Key& key) { return !key.listed && key.last - key.first < rule.condition.rule.known; }

bool may_begin(Case& rule, Key& key) {
  if (rule.condition.rule.kind == Kind::no_data || rule.condition.due) return true;
  if (!rule.now.bridge_since) return false;
  if (*rule.now.bridge_since <= key.last_received) return true;
  // After an outage senders get time to connect again.
  const Tau wait = std::min<Tau>(rule.condition.learn ? longest_reconnect : rule.condition.age, longest_reconnect);
  const Tau back = rule.now.wall - *rule.now.bridge_since;
  if (back >= wait) return true;
  rule.wake_at(rule.now.tau + wait - back);
  return false;
}

bool is_still_silent(Case& rule, const Key& key) {
  return rule.condition.due || rule.condition.learn ||
         rule.now.tau - key.last > rule.condition.age + rule.condition.rule.grace;
}

/// Whether somebody could have been heard then.
bool was_there(Case& rule, Timestamp time) {
  return std::any_of(rule.now.heard.begin(), rule.now.heard.end(),
                     [&](const Heard& heard) { return heard.from <= time && time <= heard.until; });
}

bool is_overdue(Case& rule, const Key& key) {
  constexpr int most = 1'000;
  auto due = rule.condition.due->next(key.last_received, rule.condition.calendar);
  for (int i = 0; i < most && due != Timestamp::max(); ++i) {
    const auto last = due + rule.condition.rule.grace;
    if (rule.now.wall <= last) {
      rule.wake_at(rule.now.tau + (last - rule.now.wall) + tick);
      return false;
    }
    if (unheard(due, last, rule.now.heard) == Tau{} && was_there(rule, due)) return true;
    due = rule.condition.due->next(due, rule.condition.calendar);
  }
  return false;
}

bool is_unusual(Case& rule, Key& key, std::string& why) {
  if (!key.profile) return false;
  const auto verdict = key.profile->judge(key.last_received, rule.now.wall, rule.now.heard, rule.condition.calendar,
                                          rule.condition.rule.learn_min);
  if (verdict.changed) key.dirty = true;
  rule.wake_at(rule.now.tau + verdict.again_in);
  if (verdict.alarm) why = verdict.why;
  return verdict.alarm;
}

bool is_silent(Case& rule, Key& key, std::string& why) {
  if (rule.condition.due) return is_overdue(rule, key);
  if (rule.condition.learn) return is_unusual(rule, key, why);
  const Tau limit = rule.condition.age + rule.condition.rule.grace;
  if (rule.condition.rule.kind == Kind::no_data) {
    const Tau past = rule.now.tau - key.last;
    if (past <= limit) rule.wake_at(key.last + limit + tick);
    return past > limit;
  }
  const Tau past = silence(rule.condition, key, rule.now);
  if (past > limit) return true;
  // It grows no faster than time does.
  if (rule.now.bridge_since) rule.wake_at(rule.now.tau + std::max<Tau>(limit - past, Tau{}) + tick);
  if (rule.condition.hours && !rule.condition.hours->contains(rule.now.wall, rule.condition.calendar))
    rule.wake_at(rule.now.tau +
                 (rule.condition.hours->next_change(rule.now.wall, rule.condition.calendar) - rule.now.wall));
  return false;
}

}  // namespace

void absorb_sign_of_life(Case& rule, const Sign& sign) {
  Key* key = rule.key_of(sign);
  if (!key) return;
  auto& incident = key->incident;
  if (is_open(*key) && incident->holds) {
    incident->last_true = std::max(incident->last_true, sign.tau);
    incident->last_id = sign.id;
    incident->holds = false;
    incident->dirty = true;
    rule.wake = sign.tau;
  }
  if (key->count == 0 && !rule.condition.learn && !rule.condition.due)
    rule.wake = std::min(rule.wake, sign.tau + rule.condition.age + rule.condition.rule.grace + tick);
  rule.note(*key, sign);
  if (key->retired || key->stale) key->retired = key->stale = false;
}

void settle_silence(Case& rule, Key& key) {
  if (key.retired || key.stale || (key.count == 0 && !key.listed)) return;
  auto& incident = key.incident;
  const bool open = is_open(key);
  // What was found to be silent stays so until it speaks: when it could be heard, may be forgotten by then.
  const bool known = open && incident->holds && incident->phase == Phase::firing;
  std::string why;
  const bool silent = known ? is_still_silent(rule, key) : is_silent(rule, key, why);
  if (!silent) return rule.hold_false(key, open ? incident->last_true : Tau{}, rule.now.tau);
  if (!open && !may_begin(rule, key)) return;
  if (!open && is_unknown(rule, key)) return;
  rule.hold_true(key, rule.now.tau, 0, false);
  if (!open) incident->detail = why;
  if (incident->first_id == 0) incident->first_id = key.last_id;
  if (incident->phase == Phase::pending) rule.wake_at(incident->opened + rule.condition.rule.pending);
  rule.give_up_in_time(key);
}

Tau silence(const Condition& condition, const Key& key, const Now& now) {
  const Tau past = now.tau - key.last;
  if (!condition.hours) return std::max(past - unheard(key.last_received, now.wall, now.heard), Tau{});
  Tau counted{};
  for (const auto& part : now.heard) {
    const auto from = std::max(part.from, key.last_received), to = std::min(part.until, now.wall);
    if (from < to) counted += condition.hours->within(from, to, condition.calendar);
  }
  return std::min(past, counted);
}

bool is_suspect(const Condition& condition, const Key& key, const Now& now) {
  if (condition.learn || condition.due || key.stale || key.retired || key.count + key.listed == 0) return false;
  return silence(condition, key, now) > condition.age / 2;
}

}  // namespace psherald::watch
