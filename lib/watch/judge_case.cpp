#include "watch/judge_case.hpp"

#include <algorithm>
#include <utility>

#include "watch/judge_rate.hpp"

namespace psherald::watch {
namespace {

using namespace std::chrono_literals;
using Kind = Rule::Kind;
using Phase = Incident::Phase;

constexpr std::size_t most_keys = 100'000;

/// Of the key, within a day before.
std::vector<Tau> openings(const Key& key, Tau at) {
  std::vector<Tau> opens;
  if (key.incident) opens = key.incident->opens;
  std::erase_if(opens, [&](Tau open) { return at - open > day; });
  opens.push_back(at);
  return opens;
}

}  // namespace

Key& Case::need_key(const std::string& name, const std::vector<std::string>& values) {
  const auto [place, is_new] = state.keys.try_emplace(name);
  auto& key = place->second;
  if (!is_new) return key;
  key.name = name;
  key.values = values;
  const auto kind = condition.rule.kind;
  if (kind == Kind::rate || kind == Kind::gap) key.counter = fresh_counter(condition);
  if (condition.learn) key.profile = std::make_shared<Profile>();
  return key;
}

Key* Case::key_of(const Sign& sign) {
  const auto name = sign.values ? join_key(*sign.values) : std::string{};
  if (state.keys.size() >= most_keys && !state.keys.contains(name)) {
    state.health = "more than " + std::to_string(most_keys) + " keys: further ones are not watched; choose fields of " +
                   "fewer values in by, or say in where which records count";
    state.dirty = true;
    return nullptr;
  }
  return &need_key(name, sign.values ? *sign.values : std::vector<std::string>{});
}

void Case::note(Key& key, const Sign& sign) {
  if (key.count++ == 0) key.first = sign.tau;
  key.last = std::max(key.last, sign.tau);
  key.last_received = sign.received;
  key.last_id = sign.id;
  key.dirty = true;
  if (key.profile) key.profile->note(sign.received, now.heard, condition.calendar);
}

bool Case::is_idle(const Key& key) const {
  if (key.listed || condition.is_heartbeat() || condition.rule.kind == Kind::no_data) return false;
  if (key.incident && (key.incident->is_open() || now.tau - key.incident->opened < day)) return false;
  if (condition.rule.kind == Kind::first_seen) return true;
  if (key.name.empty() || condition.is_gauge()) return false;
  return now.tau - key.last > condition.rule.forget;
}

void Case::transition(Transition::Kind kind, const IncidentRef& incident) {
  incident->dirty = true;
  if (out_) out_->push_back({kind, &state, incident});
}

void Case::hold_true(Key& key, Tau at, RecordId id, bool counted) {
  auto& incident = key.incident;
  if (!is_open(key)) return open(key, at, id);
  // That it goes on to hold is known again after a restart.
  incident->dirty = incident->dirty || counted || !incident->holds;
  if (counted || (!incident->holds && !condition.is_event())) ++incident->count;
  if ((condition.is_event() || !incident->holds) && at - incident->last_true >= condition.keep) ++incident->relapses;
  if (id != 0) incident->last_id = id;
  incident->holds = true;
  incident->last_true = std::max(incident->last_true, at);
  if (incident->phase == Phase::pending && at - incident->opened >= condition.rule.pending) fire(key, at);
}

void Case::open(Key& key, Tau at, RecordId id) {
  auto opens = openings(key, at);
  auto incident = std::make_shared<Incident>();
  incident->rule = condition.rule.name;
  incident->key = key.name;
  incident->title = key.name;
  incident->opened = incident->last_true = at;
  incident->opens = std::move(opens);
  incident->hold = hold_for(condition.keep, incident->opens.size());
  incident->first_id = incident->last_id = id;
  incident->phase = Phase::pending;
  key.incident = incident;
  if (condition.rule.pending == Tau{}) fire(key, at);
}

void Case::fire(Key& key, Tau at) {
  key.incident->phase = Phase::firing;
  key.incident->opened = at;
  key.incident->opens.back() = at;
  transition(Transition::Kind::opened, key.incident);
}

void Case::end(Key& key, Tau at) {
  auto& incident = key.incident;
  incident->phase = Phase::resolved;
  incident->holds = false;
  incident->ended = at;
  state.ended.push_back(incident);
  transition(Transition::Kind::ended, incident);
}

void Case::drop(Key& key) {
  key.incident->phase = Phase::dropped;
  key.incident->dirty = true;
  state.ended.push_back(std::exchange(key.incident, nullptr));
}

void Case::hold_false(Key& key, Tau since, Tau at) {
  auto& incident = key.incident;
  if (!is_open(key)) return;
  if (incident->phase == Phase::pending) return drop(key);
  if (incident->holds || since > incident->last_true) {
    incident->last_true = std::max(incident->last_true, since);
    incident->holds = false;
    incident->dirty = true;
  }
  if (at - incident->last_true >= incident->hold) return end(key, incident->last_true + incident->hold);
  wake_at(incident->last_true + incident->hold);
}

void Case::give_up_in_time(Key& key) {
  auto& incident = key.incident;
  if (!incident || incident->phase != Phase::firing || !incident->holds) return;
  if (now.tau - incident->opened < condition.rule.forget) return wake_at(incident->opened + condition.rule.forget);
  incident->phase = Phase::gone;
  incident->ended = now.tau;
  incident->end_reason = "given up";
  key.retired = true;
  key.dirty = true;
  state.ended.push_back(incident);
  transition(Transition::Kind::gone, incident);
}

Tau hold_for(Tau keep, std::size_t openings) noexcept {
  constexpr Tau least = 5min, most = 4h;
  if (openings <= 2) return keep;
  const auto doublings = std::min<std::size_t>(openings - 2, 16);
  return std::max(keep, std::min(std::max(keep, least) * (1 << doublings), most));
}

}  // namespace psherald::watch
