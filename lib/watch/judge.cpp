#include "watch/judge.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace psherald::watch {
namespace {

using namespace std::chrono_literals;
using Kind = Rule::Kind;
using Phase = Incident::Phase;

constexpr Tau day = 24h, never = Tau::max(), tick = 1us;
constexpr Tau longest_reconnect = 5min;
constexpr std::size_t most_keys = 100'000, most_seen = 200'000;
constexpr std::int64_t stretches = 60;         // of a rate's window
constexpr std::int64_t coarse_stretches = 12;  // where a week of it is kept
constexpr int compared_days = 7, least_days = 3;
constexpr std::int64_t least_records = 10;

std::string title_of(std::string_view message) {
  constexpr std::size_t characters = 60;
  std::size_t end = 0;
  for (std::size_t count = 0; end < message.size() && count < characters && message[end] != '\n'; ++count) {
    ++end;
    while (end < message.size() && (static_cast<unsigned char>(message[end]) & 0xC0) == 0x80) ++end;
  }
  return std::string{message.substr(0, end)};
}

std::string hex_of(std::uint64_t number) {
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(number));
  return {text.data(), 16};
}

std::string plain_number(double value) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%.10g", value);
  return text.data();
}

class Judge {
 public:
  Judge(RuleState& rule, const Now& now, std::vector<Transition>* out)
      : rule_{rule}, condition_{rule.condition}, now_{now}, out_{out} {}

  // ---- records

  void learn(const Sign& sign) {
    if (condition_.rule.kind == Kind::first_seen) {
      see(sign);
      return;
    }
    if (condition_.rule.kind == Kind::pattern) return;
    if (Key* key = key_of(sign)) {
      count_in(*key, sign);
      note(*key, sign);
    }
  }

  Tau absorb(const Sign& sign) {
    rule_.touched = true;
    wake_ = never;
    switch (condition_.rule.kind) {
      case Kind::first_seen: absorb_message(sign); break;
      case Kind::heartbeat:
      case Kind::no_data: absorb_sign_of_life(sign); break;
      case Kind::pattern: absorb_match(sign); break;
      case Kind::rate:
      case Kind::gap: absorb_counted(sign); break;
      default: break;
    }
    return wake_;
  }

  // ---- time

  void settle() {
    wake_ = never;
    if (condition_.rule.kind == Kind::rate && !condition_.rate.above && condition_.by.empty()) need_key({});
    for (auto place = rule_.keys.begin(); place != rule_.keys.end();) {
      settle(place->second);
      if (!is_idle(place->second)) {
        ++place;
        continue;
      }
      rule_.erased.push_back(place->first);
      place = rule_.keys.erase(place);
    }
    rule_.wake = wake_;
    rule_.touched = false;
  }

  void begin() {
    for (auto& [name, key] : rule_.keys) {
      key.dirty = true;
      const Tau limit = condition_.learn ? 8 * day : std::max(day, 4 * condition_.age);
      key.stale = condition_.is_heartbeat() && !condition_.due && now_.tau - key.last > limit;
    }
    expect_listed();
  }

  void expect_listed() {
    const auto& expected = condition_.rule.expect;
    for (auto place = rule_.keys.begin(); place != rule_.keys.end();) {
      auto& key = place->second;
      const bool still = !key.listed || std::find(expected.begin(), expected.end(), key.name) != expected.end();
      if (!still) key.listed = false, key.dirty = true;
      const bool needless = !still && key.count == 0 && !(key.incident && key.incident->is_open());
      if (needless) rule_.erased.push_back(key.name);
      place = needless ? rule_.keys.erase(place) : std::next(place);
    }
    for (const auto& name : condition_.rule.expect) {
      Key& key = need_key(split_key(name));
      if (key.listed) continue;
      key.listed = true;
      key.stale = false;
      key.dirty = true;
      if (key.count == 0) key.first = key.last = now_.tau, key.last_received = now_.wall;
    }
  }

  void measure(const std::string& name, double value) {
    Key& key = need_key(name, {name});
    key.last = now_.tau;
    key.last_received = now_.wall;
    key.gauge = value;
    rule_.touched = true;
  }

  bool is_suspect(const Key& key) const {
    if (condition_.learn || condition_.due || key.stale || key.retired || key.count + key.listed == 0) return false;
    return silence(condition_, key, now_) > condition_.age / 2;
  }

 private:
  // ---- keys

  Key& need_key(const std::vector<std::string>& values) { return need_key(join_key(values), values); }
  Key& need_key(const std::string& name, const std::vector<std::string>& values) {
    const auto [place, is_new] = rule_.keys.try_emplace(name);
    auto& key = place->second;
    if (!is_new) return key;
    key.name = name;
    key.values = values;
    const auto kind = condition_.rule.kind;
    if (kind == Kind::rate || kind == Kind::gap) key.counter = fresh_counter(condition_);
    if (condition_.learn) key.profile = std::make_shared<Profile>();
    return key;
  }

 public:
  static Counter fresh_counter(const Condition& condition) {
    const auto& rate = condition.rate;
    const Tau width = std::max<Tau>(rate.window / (rate.relative ? coarse_stretches : stretches), 1us);
    return {width, rate.relative ? day * compared_days + rate.window + 2 * width : rate.window + 2 * width};
  }

 private:
  Key* key_of(const Sign& sign) {
    static const std::vector<std::string> none;
    const auto& values = sign.values ? *sign.values : none;
    if (rule_.keys.size() >= most_keys && !rule_.keys.contains(join_key(values))) {
      rule_.health = "more than " + std::to_string(most_keys) +
                     " keys: further ones are not watched; choose fields of " +
                     "fewer values in by, or say in where which records count";
      rule_.dirty = true;
      return nullptr;
    }
    return &need_key(values);
  }

  void note(Key& key, const Sign& sign) {
    if (key.count++ == 0) key.first = sign.tau;
    key.last = std::max(key.last, sign.tau);
    key.last_received = sign.received;
    key.last_id = sign.id;
    key.dirty = true;
    if (key.profile) key.profile->note(sign.received, now_.heard, condition_.calendar);
  }

  /// What nobody needs to keep: the keys of events that are over.
  bool is_idle(const Key& key) const {
    if (key.listed || condition_.is_heartbeat() || condition_.rule.kind == Kind::no_data) return false;
    if (key.incident && (key.incident->is_open() || now_.tau - key.incident->opened < day)) return false;
    if (condition_.rule.kind == Kind::first_seen) return true;
    if (key.name.empty() || condition_.is_gauge()) return false;
    return now_.tau - key.last > condition_.rule.forget;
  }

  // ---- incidents

  std::vector<Tau> openings(const Key& key, Tau at) const {
    std::vector<Tau> opens;
    if (key.incident) opens = key.incident->opens;
    std::erase_if(opens, [&](Tau open) { return at - open > day; });
    opens.push_back(at);
    return opens;
  }

  void transition(Transition::Kind kind, const IncidentRef& incident) {
    incident->dirty = true;
    if (out_) out_->push_back({kind, &rule_, incident});
  }

  void hold_true(Key& key, Tau at, RecordId id, bool counted) {
    auto& incident = key.incident;
    if (!incident || !incident->is_open()) return open(key, at, id);
    // That it goes on to hold is known again after a restart.
    incident->dirty = incident->dirty || counted || !incident->holds;
    if (counted || (!incident->holds && !condition_.is_event())) ++incident->count;
    if ((condition_.is_event() || !incident->holds) && at - incident->last_true >= condition_.keep)
      ++incident->relapses;
    if (id != 0) incident->last_id = id;
    incident->holds = true;
    incident->last_true = std::max(incident->last_true, at);
    if (incident->phase == Phase::pending && at - incident->opened >= condition_.rule.pending) fire(key, at);
  }

  void open(Key& key, Tau at, RecordId id) {
    auto opens = openings(key, at);
    auto incident = std::make_shared<Incident>();
    incident->rule = condition_.rule.name;
    incident->key = key.name;
    incident->title = key.name;
    incident->opened = incident->last_true = at;
    incident->opens = std::move(opens);
    incident->hold = hold_for(condition_.keep, incident->opens.size());
    incident->first_id = incident->last_id = id;
    incident->phase = Phase::pending;
    key.incident = incident;
    if (condition_.rule.pending == Tau{}) fire(key, at);
  }

  void fire(Key& key, Tau at) {
    key.incident->phase = Phase::firing;
    key.incident->opened = at;
    key.incident->opens.back() = at;
    transition(Transition::Kind::opened, key.incident);
  }

  void end(Key& key, Tau at) {
    auto& incident = key.incident;
    incident->phase = Phase::resolved;
    incident->holds = false;
    incident->ended = at;
    rule_.ended.push_back(incident);
    transition(Transition::Kind::ended, incident);
  }

  void drop(Key& key) {
    key.incident->phase = Phase::dropped;
    key.incident->dirty = true;
    rule_.ended.push_back(std::exchange(key.incident, nullptr));
  }

  /// It does not hold since then; over when that was long enough ago.
  void hold_false(Key& key, Tau since, Tau at) {
    auto& incident = key.incident;
    if (!incident || !incident->is_open()) return;
    if (incident->phase == Phase::pending) return drop(key);
    if (incident->holds || since > incident->last_true) {
      incident->last_true = std::max(incident->last_true, since);
      incident->holds = false;
      incident->dirty = true;
    }
    if (at - incident->last_true >= incident->hold) return end(key, incident->last_true + incident->hold);
    wake_at(incident->last_true + incident->hold);
  }

  void give_up_in_time(Key& key) {
    auto& incident = key.incident;
    if (!incident || incident->phase != Phase::firing || !incident->holds) return;
    if (now_.tau - incident->opened < condition_.rule.forget) return wake_at(incident->opened + condition_.rule.forget);
    incident->phase = Phase::gone;
    incident->ended = now_.tau;
    incident->end_reason = "given up";
    key.retired = true;
    key.dirty = true;
    rule_.ended.push_back(incident);
    transition(Transition::Kind::gone, incident);
  }

  void wake_at(Tau time) { wake_ = std::min(wake_, std::max(time, now_.tau + tick)); }

  // ---- a match

  void absorb_match(const Sign& sign) {
    Key* key = key_of(sign);
    if (!key) return;
    if (key->incident && key->incident->is_open()) hold_false(*key, key->incident->last_true, sign.tau - tick);
    const bool counted = key->incident && key->incident->is_open();
    note(*key, sign);
    hold_true(*key, sign.tau, sign.id, counted);
  }

  // ---- a message that was never met

  /// Whether it is new.
  bool see(const Sign& sign) {
    const auto name = seen_name(sign);
    const auto known = rule_.seen.find(name);
    const bool is_new = known == rule_.seen.end() || sign.tau - known->second.last > condition_.age;
    if (known == rule_.seen.end() && rule_.seen.size() >= most_seen) {
      rule_.health = "more than " + std::to_string(most_seen) + " different messages: further ones count as known";
      rule_.dirty = true;
      return false;
    }
    auto& seen = rule_.seen[name];
    if (seen.count++ == 0) seen.first = sign.tau, seen.first_id = sign.id, seen.version = sign.version;
    seen.last = std::max(seen.last, sign.tau);
    seen.last_id = sign.id;
    if (rule_.newly_seen.empty() || rule_.newly_seen.back() != name) rule_.newly_seen.push_back(name);
    return is_new;
  }

  std::string seen_name(const Sign& sign) const {
    auto name = hex_of(sign.fingerprint);
    if (sign.values && !sign.values->empty()) name += "/" + join_key(*sign.values);
    return name;
  }

  void absorb_message(const Sign& sign) {
    const bool is_new = see(sign);
    const auto name = seen_name(sign);
    auto place = rule_.keys.find(name);
    if (place != rule_.keys.end() && place->second.incident && place->second.incident->is_open()) {
      hold_false(place->second, place->second.incident->last_true, sign.tau - tick);
      if (place->second.incident->is_open()) return hold_true(place->second, sign.tau, sign.id, true);
    }
    if (!is_new) return;
    auto& key = rule_.keys[name];
    key.name = name;
    if (sign.values) key.values = *sign.values;
    note(key, sign);
    hold_true(key, sign.tau, sign.id, false);
    key.incident->title = title_of(sign.message);
  }

  // ---- a sign of life

  void absorb_sign_of_life(const Sign& sign) {
    Key* key = key_of(sign);
    if (!key) return;
    auto& incident = key->incident;
    if (incident && incident->is_open() && incident->holds) {
      incident->last_true = std::max(incident->last_true, sign.tau);
      incident->last_id = sign.id;
      incident->holds = false;
      incident->dirty = true;
      wake_ = sign.tau;
    }
    if (key->count == 0 && !condition_.learn && !condition_.due)
      wake_ = std::min(wake_, sign.tau + condition_.age + condition_.rule.grace + tick);
    note(*key, sign);
    if (key->retired || key->stale) key->retired = key->stale = false;
  }

  void settle_silence(Key& key) {
    if (key.retired || key.stale || (key.count == 0 && !key.listed)) return;
    auto& incident = key.incident;
    const bool open = incident && incident->is_open();
    // What was found to be silent stays so until it speaks: when it could be heard, may be forgotten by then.
    const bool known = open && incident->holds && incident->phase == Phase::firing;
    const bool silent = known ? is_still_silent(key) : is_silent(key);
    if (!silent) return hold_false(key, open ? incident->last_true : Tau{}, now_.tau);
    if (!open && !may_begin(key)) return;
    if (!open && is_unknown(key)) return;
    hold_true(key, now_.tau, 0, false);
    if (incident->first_id == 0) incident->first_id = key.last_id;
    if (incident->phase == Phase::pending) wake_at(incident->opened + condition_.rule.pending);
    give_up_in_time(key);
  }

  bool is_unknown(const Key& key) const { return !key.listed && key.last - key.first < condition_.rule.known; }

  bool may_begin(Key& key) {
    if (condition_.rule.kind == Kind::no_data || condition_.due) return true;
    if (!now_.bridge_since) return false;
    if (*now_.bridge_since <= key.last_received) return true;
    // After an outage senders get time to connect again.
    const Tau wait = std::min<Tau>(condition_.learn ? longest_reconnect : condition_.age, longest_reconnect);
    const Tau back = now_.wall - *now_.bridge_since;
    if (back >= wait) return true;
    wake_at(now_.tau + wait - back);
    return false;
  }

  bool is_still_silent(const Key& key) const {
    return condition_.due || condition_.learn || now_.tau - key.last > condition_.age + condition_.rule.grace;
  }

  bool is_silent(Key& key) {
    if (condition_.due) return is_overdue(key);
    if (condition_.learn) return is_unusual(key);
    const Tau limit = condition_.age + condition_.rule.grace;
    if (condition_.rule.kind == Kind::no_data) {
      const Tau past = now_.tau - key.last;
      if (past <= limit) wake_at(key.last + limit + tick);
      return past > limit;
    }
    const Tau past = silence(condition_, key, now_);
    if (past > limit) return true;
    // It grows no faster than time does.
    if (now_.bridge_since) wake_at(now_.tau + std::max<Tau>(limit - past, Tau{}) + tick);
    if (condition_.hours && !condition_.hours->contains(now_.wall, condition_.calendar))
      wake_at(now_.tau + (condition_.hours->next_change(now_.wall, condition_.calendar) - now_.wall));
    return false;
  }

  bool is_overdue(const Key& key) {
    constexpr int most = 1'000;
    auto due = condition_.due->next(key.last_received, condition_.calendar);
    for (int i = 0; i < most && due != Timestamp::max(); ++i) {
      const auto last = due + condition_.rule.grace;
      if (now_.wall <= last) {
        wake_at(now_.tau + (last - now_.wall) + tick);
        return false;
      }
      if (unheard(due, last, now_.heard) == Tau{} && was_there(due)) return true;
      due = condition_.due->next(due, condition_.calendar);
    }
    return false;
  }

  bool was_there(Timestamp time) const {
    return std::any_of(now_.heard.begin(), now_.heard.end(),
                       [&](const Heard& heard) { return heard.from <= time && time <= heard.until; });
  }

  bool is_unusual(Key& key) {
    if (!key.profile) return false;
    const auto verdict =
        key.profile->judge(key.last_received, now_.wall, now_.heard, condition_.calendar, condition_.rule.learn_min);
    if (verdict.changed) key.dirty = true;
    wake_at(now_.tau + verdict.again_in);
    if (verdict.alarm && key.incident == nullptr) detail_ = verdict.why;
    return verdict.alarm;
  }

  // ---- rates

  std::int64_t stretch_count() const {
    if (condition_.rate.relative) return coarse_stretches;
    return condition_.rate.above ? stretches : stretches + 1;
  }

  void count_in(Key& key, const Sign& sign) {
    if (key.counter) key.counter->add(sign.tau, sign.amount);
  }

  void absorb_counted(const Sign& sign) {
    Key* key = key_of(sign);
    if (!key) return;
    if (condition_.is_event()) settle_rate(*key, std::max(sign.tau, key->last));
    count_in(*key, sign);
    note(*key, sign);
    if (!condition_.is_event() && key->incident && key->incident->is_open()) wake_ = sign.tau;
    if (condition_.is_event() && holds(*key, key->last)) {
      const bool counted = key->incident && key->incident->is_open();
      hold_true(*key, key->last, sign.id, counted);
      if (!counted) key->incident->count = key->counter->sum(key->last, stretch_count());
    }
  }

  bool holds(const Key& key, Tau at) const {
    const auto sum = key.counter->sum(at, stretch_count());
    const auto& rate = condition_.rate;
    if (rate.relative) {
      const auto usual = usual_sum(key, at);
      return usual && sum >= least_records && static_cast<double>(sum) > rate.limit * *usual;
    }
    return rate.above ? static_cast<double>(sum) > rate.limit : static_cast<double>(sum) < rate.limit;
  }

  /// The median of the same time on the days before.
  std::optional<double> usual_sum(const Key& key, Tau at) const {
    std::vector<double> days;
    for (int i = 1; i <= compared_days; ++i)
      if (at - i * day - condition_.rate.window >= std::min(key.first, rule_.began))
        days.push_back(static_cast<double>(key.counter->sum(at - i * day, coarse_stretches)));
    if (days.size() < least_days) return {};
    std::sort(days.begin(), days.end());
    const auto middle = days.size() / 2;
    return days.size() % 2 == 1 ? days[middle] : (days[middle - 1] + days[middle]) / 2;
  }

  void settle_rate(Key& key, Tau at) {
    if (!key.counter) return;
    const auto& rate = condition_.rate;
    const bool open = key.incident && key.incident->is_open();
    if (!rate.above) return settle_thin(key, at);
    if (!open) return;
    if (holds(key, at)) {
      hold_true(key, at, 0, false);
      if (rate.relative)
        wake_at(key.counter->width() * (at / key.counter->width() + 1));
      else
        wake_at(key.counter->falls_to(at, stretches, static_cast<std::int64_t>(rate.limit)));
      return;
    }
    hold_false(key, fall_of(key, at), at);
  }

  /// When the rate fell, nothing having come since.
  Tau fall_of(const Key& key, Tau at) const {
    if (condition_.rate.relative) return end_seen(key, at);
    const auto limit = static_cast<std::int64_t>(condition_.rate.limit);
    return std::min(at, key.counter->falls_to(std::max(key.last, key.incident->opened), stretches, limit));
  }

  void settle_thin(Key& key, Tau at) {
    const auto& rate = condition_.rate;
    const Tau since = std::max(key.listed ? Tau{} : key.first, rule_.began);
    if (!now_.bridge_since) return;  // who cannot be heard has not become less
    if (at - since < rate.window) return wake_at(since + rate.window);
    const Tau gap = unheard(now_.wall - rate.window, now_.wall, now_.heard);
    if (gap > Tau{}) return wake_at(at + rate.window);
    if (holds(key, at)) {
      hold_true(key, at, key.last_id, false);
      give_up_in_time(key);
      return;
    }
    hold_false(key, end_seen(key, at), at);
    const auto most = static_cast<std::int64_t>(std::ceil(rate.limit)) - 1;
    wake_at(key.counter->falls_to(at, stretch_count(), most));
  }

  /// It ended when that is seen first.
  static Tau end_seen(const Key& key, Tau at) {
    if (!key.incident || !key.incident->is_open()) return Tau{};
    return key.incident->holds ? at : key.incident->last_true;
  }

  // ---- gauges

  void settle_gauge(Key& key) {
    const bool current = key.last == now_.tau;
    const bool above = condition_.rule.kind == Kind::lag || condition_.fullness.percent;
    const double limit = condition_.rule.kind == Kind::lag ? std::chrono::duration<double>(condition_.age).count()
                                                           : condition_.fullness.limit;
    const bool is_true = current && (above ? key.gauge > limit : key.gauge < limit);
    if (!is_true) return hold_false(key, end_seen(key, now_.tau), now_.tau);
    hold_true(key, now_.tau, 0, false);
    key.incident->detail = plain_number(key.gauge);
    if (key.incident->phase == Phase::pending) wake_at(key.incident->opened + condition_.rule.pending);
    give_up_in_time(key);
  }

  void settle(Key& key) {
    detail_.clear();
    switch (condition_.rule.kind) {
      case Kind::heartbeat:
      case Kind::no_data: settle_silence(key); break;
      case Kind::rate:
      case Kind::gap: settle_rate(key, now_.tau); break;
      case Kind::lag:
      case Kind::disk: settle_gauge(key); break;
      case Kind::pattern:
      case Kind::first_seen:
        if (key.incident && key.incident->is_open()) hold_false(key, key.incident->last_true, now_.tau);
        break;
    }
    if (!detail_.empty() && key.incident) key.incident->detail = detail_;
  }

  RuleState& rule_;
  const Condition& condition_;
  const Now& now_;
  std::vector<Transition>* out_;
  Tau wake_ = never;
  std::string detail_{};
};

}  // namespace

Tau absorb(RuleState& rule, const Sign& sign, const Now& now, std::vector<Transition>& out) {
  return Judge{rule, now, &out}.absorb(sign);
}

void learn(RuleState& rule, const Sign& sign, const Now& now) { Judge{rule, now, nullptr}.learn(sign); }

void begin(RuleState& rule, const Now& now) { Judge{rule, now, nullptr}.begin(); }

void expect(RuleState& rule, const Now& now) { Judge{rule, now, nullptr}.expect_listed(); }

void measure(RuleState& rule, const std::string& key, double value, const Now& now, std::vector<Transition>& out) {
  Judge{rule, now, &out}.measure(key, value);
}

void settle(RuleState& rule, const Now& now, std::vector<Transition>& out) { Judge{rule, now, &out}.settle(); }

void abandon(RuleState& rule, const std::string& reason, Tau now, std::vector<Transition>& out) {
  for (auto& [name, key] : rule.keys) {
    auto& incident = key.incident;
    if (!incident || !incident->is_open()) continue;
    const bool pending = incident->phase == Phase::pending;
    incident->phase = pending ? Phase::dropped : Phase::resolved;
    incident->ended = now;
    incident->end_reason = reason;
    incident->dirty = true;
    rule.ended.push_back(incident);
    if (!pending) out.push_back({Transition::Kind::ended, &rule, incident});
  }
}

Counter fresh_counter(const Condition& condition) { return Judge::fresh_counter(condition); }

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

bool is_suspect(const RuleState& rule, const Key& key, const Now& now) {
  return Judge{const_cast<RuleState&>(rule), now, nullptr}.is_suspect(key);
}

Tau hold_for(Tau keep, std::size_t openings) noexcept {
  constexpr Tau least = 5min, most = 4h;
  if (openings <= 2) return keep;
  const auto doublings = std::min<std::size_t>(openings - 2, 16);
  return std::max(keep, std::min(std::max(keep, least) * (1 << doublings), most));
}

}  // namespace psherald::watch
