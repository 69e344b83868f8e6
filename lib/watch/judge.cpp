#include "watch/judge.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "watch/judge_case.hpp"
#include "watch/judge_first_seen.hpp"
#include "watch/judge_rate.hpp"
#include "watch/judge_silence.hpp"

namespace psherald::watch {
namespace {

using Kind = Rule::Kind;
using Phase = Incident::Phase;

void absorb_match(Case& rule, const Sign& sign) {
  Key* key = rule.key_of(sign);
  if (!key) return;
  if (is_open(*key)) rule.hold_false(*key, key->incident->last_true, sign.tau - tick);
  const bool counted = is_open(*key);
  rule.note(*key, sign);
  rule.hold_true(*key, sign.tau, sign.id, counted);
}

std::string plain_number(double value) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%.10g", value);
  return text.data();
}

void settle_gauge(Case& rule, Key& key) {
  const auto& condition = rule.condition;
  const bool current = key.last == rule.now.tau;
  const bool is_lag = condition.rule.kind == Kind::lag;
  const bool above = is_lag || condition.fullness.percent;
  const double limit = is_lag ? std::chrono::duration<double>(condition.age).count() : condition.fullness.limit;
  const bool is_true = current && (above ? key.gauge > limit : key.gauge < limit);
  if (!is_true) return rule.hold_false(key, end_seen(key, rule.now.tau), rule.now.tau);
  rule.hold_true(key, rule.now.tau, 0, false);
  key.incident->detail = plain_number(key.gauge);
  if (key.incident->phase == Phase::pending) rule.wake_at(key.incident->opened + condition.rule.pending);
  rule.give_up_in_time(key);
}

void settle(Case& rule, Key& key) {
  switch (rule.condition.rule.kind) {
    case Kind::heartbeat:
    case Kind::no_data: return settle_silence(rule, key);
    case Kind::rate:
    case Kind::gap: return settle_rate(rule, key, rule.now.tau);
    case Kind::lag:
    case Kind::disk: return settle_gauge(rule, key);
    case Kind::pattern:
    case Kind::first_seen:
      if (is_open(key)) rule.hold_false(key, key.incident->last_true, rule.now.tau);
  }
}

}  // namespace

Tau absorb(RuleState& state, const Sign& sign, const Now& now, std::vector<Transition>& out) {
  state.touched = true;
  Case rule{state, now, &out};
  switch (state.condition.rule.kind) {
    case Kind::first_seen: absorb_message(rule, sign); break;
    case Kind::heartbeat:
    case Kind::no_data: absorb_sign_of_life(rule, sign); break;
    case Kind::pattern: absorb_match(rule, sign); break;
    case Kind::rate:
    case Kind::gap: absorb_counted(rule, sign); break;
    case Kind::lag:
    case Kind::disk: break;
  }
  return rule.wake;
}

void learn(RuleState& state, const Sign& sign, const Now& now) {
  Case rule{state, now, nullptr};
  if (state.condition.rule.kind == Kind::first_seen) return learn_message(rule, sign);
  if (state.condition.rule.kind == Kind::pattern) return;
  if (Key* key = rule.key_of(sign)) {
    count_in(*key, sign);
    rule.note(*key, sign);
  }
}

void begin(RuleState& rule, const Now& now) {
  const auto& condition = rule.condition;
  for (auto& [name, key] : rule.keys) {
    key.dirty = true;
    const Tau limit = condition.learn ? 8 * day : std::max(day, 4 * condition.age);
    key.stale = condition.is_heartbeat() && !condition.due && now.tau - key.last > limit;
  }
  expect(rule, now);
}

void expect(RuleState& rule, const Now& now) {
  const auto& expected = rule.condition.rule.expect;
  for (auto place = rule.keys.begin(); place != rule.keys.end();) {
    auto& key = place->second;
    const bool still = !key.listed || std::find(expected.begin(), expected.end(), key.name) != expected.end();
    if (!still) key.listed = false, key.dirty = true;
    const bool needless = !still && key.count == 0 && !is_open(key);
    if (needless) rule.erased.push_back(key.name);
    place = needless ? rule.keys.erase(place) : std::next(place);
  }
  Case all{rule, now, nullptr};
  for (const auto& listed : expected) {
    const auto values = split_key(listed);
    Key& key = all.need_key(join_key(values), values);
    if (key.listed) continue;
    key.listed = true;
    key.stale = false;
    key.dirty = true;
    if (key.count == 0) key.first = key.last = now.tau, key.last_received = now.wall;
  }
}

void measure(RuleState& rule, const std::string& name, double value, const Now& now) {
  Key& key = Case{rule, now, nullptr}.need_key(name, {name});
  key.last = now.tau;
  key.last_received = now.wall;
  key.gauge = value;
  rule.touched = true;
}

void settle(RuleState& state, const Now& now, std::vector<Transition>& out) {
  Case rule{state, now, &out};
  const auto& condition = state.condition;
  if (condition.rule.kind == Kind::rate && !condition.rate.above && condition.by.empty()) rule.need_key("", {});
  for (auto place = state.keys.begin(); place != state.keys.end();) {
    settle(rule, place->second);
    if (!rule.is_idle(place->second)) {
      ++place;
      continue;
    }
    state.erased.push_back(place->first);
    place = state.keys.erase(place);
  }
  state.wake = rule.wake;
  state.touched = false;
}

void abandon(RuleState& rule, const std::string& reason, Tau now, std::vector<Transition>& out) {
  for (auto& [name, key] : rule.keys) {
    auto& incident = key.incident;
    if (!is_open(key)) continue;
    const bool pending = incident->phase == Phase::pending;
    incident->phase = pending ? Phase::dropped : Phase::resolved;
    incident->ended = now;
    incident->end_reason = reason;
    incident->dirty = true;
    rule.ended.push_back(incident);
    if (!pending) out.push_back({Transition::Kind::ended, &rule, incident});
  }
}

}  // namespace psherald::watch
