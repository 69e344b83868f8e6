#include "watch/judge_rate.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

namespace psherald::watch {
namespace {

constexpr std::int64_t stretches = 60;         // of a rate's window
constexpr std::int64_t coarse_stretches = 12;  // where a week of it is kept
constexpr int compared_days = 7, least_days = 3;
constexpr std::int64_t least_records = 10;

std::int64_t stretch_count(const Condition& condition) {
  if (condition.rate.relative) return coarse_stretches;
  return condition.rate.above ? stretches : stretches + 1;
}

/// The median of the same time on the days before.
std::optional<double> usual_sum(const Case& rule, const Key& key, Tau at) {
  std::vector<double> days;
  for (int i = 1; i <= compared_days; ++i)
    if (at - i * day - rule.condition.rate.window >= std::min(key.first, rule.state.began))
      days.push_back(static_cast<double>(key.counter->sum(at - i * day, coarse_stretches)));
  if (days.size() < least_days) return {};
  std::sort(days.begin(), days.end());
  const auto middle = days.size() / 2;
  return days.size() % 2 == 1 ? days[middle] : (days[middle - 1] + days[middle]) / 2;
}

bool holds(const Case& rule, const Key& key, Tau at) {
  const auto sum = key.counter->sum(at, stretch_count(rule.condition));
  const auto& rate = rule.condition.rate;
  if (rate.relative) {
    const auto usual = usual_sum(rule, key, at);
    return usual && sum >= least_records && static_cast<double>(sum) > rate.limit * *usual;
  }
  return rate.above ? static_cast<double>(sum) > rate.limit : static_cast<double>(sum) < rate.limit;
}

/// When the rate fell, nothing having come since.
Tau fall_of(const Case& rule, const Key& key, Tau at) {
  if (rule.condition.rate.relative) return end_seen(key, at);
  const auto limit = static_cast<std::int64_t>(rule.condition.rate.limit);
  return std::min(at, key.counter->falls_to(std::max(key.last, key.incident->opened), stretches, limit));
}

void settle_thin(Case& rule, Key& key, Tau at) {
  const auto& rate = rule.condition.rate;
  const Tau since = std::max(key.listed ? Tau{} : key.first, rule.state.began);
  if (!rule.now.bridge_since) return;  // who cannot be heard has not become less
  if (at - since < rate.window) return rule.wake_at(since + rate.window);
  const Tau gap = unheard(rule.now.wall - rate.window, rule.now.wall, rule.now.heard);
  if (gap > Tau{}) return rule.wake_at(at + rate.window);
  if (holds(rule, key, at)) {
    rule.hold_true(key, at, key.last_id, false);
    rule.give_up_in_time(key);
    return;
  }
  rule.hold_false(key, end_seen(key, at), at);
  const auto most = static_cast<std::int64_t>(std::ceil(rate.limit)) - 1;
  rule.wake_at(key.counter->falls_to(at, stretch_count(rule.condition), most));
}

}  // namespace

void count_in(Key& key, const Sign& sign) {
  if (key.counter) key.counter->add(sign.tau, sign.amount);
}

void absorb_counted(Case& rule, const Sign& sign) {
  Key* key = rule.key_of(sign);
  if (!key) return;
  if (rule.condition.is_event()) settle_rate(rule, *key, std::max(sign.tau, key->last));
  count_in(*key, sign);
  rule.note(*key, sign);
  if (!rule.condition.is_event() && is_open(*key)) rule.wake = sign.tau;
  if (rule.condition.is_event() && holds(rule, *key, key->last)) {
    const bool counted = is_open(*key);
    rule.hold_true(*key, key->last, sign.id, counted);
    if (!counted) key->incident->count = key->counter->sum(key->last, stretch_count(rule.condition));
  }
}

void settle_rate(Case& rule, Key& key, Tau at) {
  if (!key.counter) return;
  const auto& rate = rule.condition.rate;
  const bool open = is_open(key);
  if (!rate.above) return settle_thin(rule, key, at);
  if (!open) return;
  if (holds(rule, key, at)) {
    rule.hold_true(key, at, 0, false);
    if (rate.relative)
      rule.wake_at(key.counter->width() * (at / key.counter->width() + 1));
    else
      rule.wake_at(key.counter->falls_to(at, stretches, static_cast<std::int64_t>(rate.limit)));
    return;
  }
  rule.hold_false(key, fall_of(rule, key, at), at);
}

Counter fresh_counter(const Condition& condition) {
  const auto& rate = condition.rate;
  const Tau width = std::max<Tau>(rate.window / (rate.relative ? coarse_stretches : stretches), tick);
  return {width, rate.relative ? day * compared_days + rate.window + 2 * width : rate.window + 2 * width};
}

}  // namespace psherald::watch
