#include "watch/rule.hpp"

#include <algorithm>
#include <utility>

namespace psherald::watch {
namespace {

using namespace std::chrono_literals;

constexpr Tau day = 24h;
constexpr Tau forget = 30 * day;
constexpr Tau longest_reconnect = 5min;

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::vector<Tau> openings_until(const State& state, Tau now) {
  std::vector<Tau> opens;
  if (!state.incidents.empty()) opens = state.incidents.back().opens;
  std::erase_if(opens, [&](Tau open) { return now - open > day; });
  opens.push_back(now);
  return opens;
}

Tau next_reminder(const Incident& incident, std::span<const Tau> remind, Tau now) {
  if (remind.empty()) return Tau::max();
  const auto step = std::min(static_cast<std::size_t>(incident.reminders), remind.size() - 1);
  return now + remind[step];
}

class Judge {
 public:
  Judge(const Rule& rule, State& state, std::span<const Tau> remind, Tau now)
      : rule_{rule}, state_{state}, remind_{remind}, now_{now} {}

  std::vector<Transition> take() && { return std::move(transitions_); }

  void match(const Sign& sign) {
    auto* incident = state_.firing();
    if (incident && sign.tau > incident->last_true + incident->hold) {
      end(*incident, incident->last_true + incident->hold);
      incident = nullptr;
    }
    note(sign);
    if (!incident) return open(sign.tau, sign.id);
    ++incident->count;
    incident->last_true = std::max(incident->last_true, sign.tau);
    incident->last_id = sign.id;
  }

  void settle_pattern() {
    auto* incident = state_.firing();
    if (!incident) return;
    if (now_ - incident->last_true >= incident->hold) return end(*incident, incident->last_true + incident->hold);
    remind(*incident);
  }

  void hear(const Sign& sign) {
    auto* incident = state_.firing();
    if (incident && !has_spoken_since(*incident)) {
      incident->last_true = std::max(incident->last_true, sign.tau);
      incident->last_id = sign.id;
    }
    note(sign);
    state_.key.retired = false;
  }

  void settle_silence(Tau silence, bool may_begin) {
    const auto& key = state_.key;
    if (key.count == 0 || key.retired) return;
    auto* incident = state_.firing();
    // What was found to be silent stays so until it speaks: when it could be heard, may be forgotten by then.
    const bool known = incident && !has_spoken_since(*incident);
    const bool silent = (known ? now_ - key.last : silence) > rule_.age;
    if (!incident) {
      if (silent && may_begin) open(now_, key.last_id);
    } else if (!silent) {
      if (now_ - incident->last_true >= incident->hold) end(*incident, incident->last_true);
    } else if (now_ - key.last > forget) {
      give_up(*incident);
    } else {
      if (has_spoken_since(*incident)) ++incident->count;
      incident->last_true = now_;
      remind(*incident);
    }
  }

 private:
  bool has_spoken_since(const Incident& incident) const { return state_.key.last >= incident.last_true; }

  void note(const Sign& sign) {
    auto& key = state_.key;
    if (key.count++ == 0) key.first = sign.tau;
    key.last = std::max(key.last, sign.tau);
    key.last_received = sign.received;
    key.last_id = sign.id;
  }

  void open(Tau since, RecordId id) {
    Incident incident;
    incident.opened = incident.last_true = since;
    incident.opens = openings_until(state_, since);
    incident.hold = hold_for(rule_.keep, incident.opens.size());
    incident.first_id = incident.last_id = id;
    incident.next = next_reminder(incident, remind_, now_);
    state_.incidents.push_back(std::move(incident));
    tell(Alert::Kind::open);
  }

  void end(Incident& incident, Tau at) {
    incident.phase = Incident::Phase::resolved;
    incident.ended = at;
    tell(Alert::Kind::resolve);
  }

  void give_up(Incident& incident) {
    incident.phase = Incident::Phase::gone;
    incident.ended = now_;
    incident.end_reason = "given up";
    state_.key.retired = true;
    tell(Alert::Kind::gone);
  }

  void remind(Incident& incident) {
    if (incident.acknowledged || now_ < incident.next) return;
    ++incident.reminders;
    incident.next = next_reminder(incident, remind_, now_);
    tell(Alert::Kind::remind);
  }

  void tell(Alert::Kind kind) { transitions_.push_back({kind, state_.incidents.size() - 1}); }

  const Rule& rule_;
  State& state_;
  std::span<const Tau> remind_;
  const Tau now_;
  std::vector<Transition> transitions_{};
};

Tau unheard(Timestamp from, const Now& now) noexcept {
  Tau total{};
  Timestamp covered = from;
  for (const auto& heard : now.heard) {
    if (heard.until <= covered) continue;
    if (heard.from >= now.wall) break;
    total += std::max(heard.from - covered, Tau{});
    covered = std::min(heard.until, now.wall);
  }
  return total + std::max(now.wall - covered, Tau{});
}

/// After an outage senders get time to connect again. True: that time is over.
bool is_heard_again(const Rule& rule, const Key& key, const Now& now) noexcept {
  if (!now.bridge_since) return false;
  return *now.bridge_since <= key.last_received ||
         now.wall - *now.bridge_since >= std::min<Tau>(rule.age, longest_reconnect);
}

}  // namespace

bool matches(std::string_view message, std::string_view pattern) noexcept {
  return std::search(message.begin(), message.end(), pattern.begin(), pattern.end(),
                     [](char a, char b) { return lower(a) == lower(b); }) != message.end();
}

Tau silence(const Key& key, const Now& now) noexcept {
  return std::max(now.tau - key.last - unheard(key.last_received, now), Tau{});
}

Tau hold_for(Tau keep, std::size_t openings) noexcept {
  constexpr Tau least = 5min, most = 4h;
  if (openings <= 2) return keep;
  const auto doublings = std::min<std::size_t>(openings - 2, 16);
  return std::max(keep, std::min(std::max(keep, least) * (1 << doublings), most));
}

std::vector<Transition> absorb(const Rule& rule, std::span<const Sign> signs, State& state, const Now& now,
                               std::span<const Tau> remind) {
  Judge judge{rule, state, remind, now.tau};
  for (const auto& sign : signs) {
    if (sign.id != 0 && sign.id <= state.key.last_id) continue;
    if (rule.kind != Rule::Kind::pattern)
      judge.hear(sign);
    else if (matches(sign.message, rule.text))
      judge.match(sign);
  }
  return std::move(judge).take();
}

std::vector<Transition> settle(const Rule& rule, State& state, const Now& now, std::span<const Tau> remind) {
  Judge judge{rule, state, remind, now.tau};
  switch (rule.kind) {
    case Rule::Kind::pattern: judge.settle_pattern(); break;
    case Rule::Kind::heartbeat:
      judge.settle_silence(silence(state.key, now), is_heard_again(rule, state.key, now));
      break;
    case Rule::Kind::no_data: judge.settle_silence(now.tau - state.key.last, true); break;
  }
  return std::move(judge).take();
}

std::vector<Transition> abandon(State& state, const std::string& reason, Tau now) {
  auto* incident = state.firing();
  if (!incident) return {};
  incident->phase = Incident::Phase::resolved;
  incident->ended = now;
  incident->end_reason = reason;
  return {{Alert::Kind::resolve, state.incidents.size() - 1}};
}

}  // namespace psherald::watch
