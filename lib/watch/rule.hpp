#pragma once

/// Judging one rule: a function of what came, what was known and when it is. No clock, no database.

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "psherald/watchdog.hpp"

namespace psherald::watch {

/// Watch time: goes on while the watchdog is away, and does not notice when clocks are set.
using Tau = std::chrono::microseconds;

/// A stretch of the wall clock during which a bridge could hear its senders.
struct Heard {
  Timestamp from{}, until{};
};

struct Now {
  Tau tau{};
  Timestamp wall{};
  std::span<const Heard> heard{};  ///< In the order of time, without overlaps.
  /// Since when the bridge has been there without a break; nothing: it is away.
  std::optional<Timestamp> bridge_since{};
};

/// A record of the rule's system, or for no_data, a bridge's sign of life.
struct Sign {
  RecordId id = 0;
  Timestamp received{};
  Tau tau{};
  std::string_view message{};
};

/// What is known of a rule's system: for a pattern, of its matches.
struct Key {
  std::int64_t count = 0;  ///< Signs so far. 0: none was ever met.
  Tau first{}, last{};     ///< When.
  Timestamp last_received{};
  RecordId last_id = 0;  ///< Records up to this one have been dealt with.
  bool retired = false;  ///< Given up; watched again when it speaks.
  friend bool operator==(const Key&, const Key&) = default;
};

struct Incident {
  enum class Phase { firing, resolved, gone };
  std::int64_t id = 0;  ///< In watch_incident; 0: not stored yet.
  Phase phase = Phase::firing;
  Tau opened{}, last_true{}, ended{};
  Tau hold{};                          ///< So long it has to be calm.
  std::vector<Tau> opens{};            ///< All openings of the last 24 hours, this one last.
  std::int64_t count = 1;              ///< Matches of a pattern; else how often it has begun, this time included.
  RecordId first_id = 0, last_id = 0;  ///< Of a pattern: the matches. Else the last records before and, if any, after.
  bool acknowledged = false;           ///< By somebody else; no reminders.
  int reminders = 0;
  Tau next{};  ///< Of the next reminder.
  std::string end_reason{};
  friend bool operator==(const Incident&, const Incident&) = default;
};

/// Something to tell, about one of the state's incidents as it was then.
struct Transition {
  Alert::Kind kind = Alert::Kind::open;
  std::size_t incident = 0;  ///< Index in State::incidents.
};

struct State {
  Key key{};
  /// The newest one that was stored, if any, and those opened since.
  std::vector<Incident> incidents{};

  Incident* firing() noexcept {
    return !incidents.empty() && incidents.back().phase == Incident::Phase::firing ? &incidents.back() : nullptr;
  }
};

/// Takes note of records, in the order of the log. `remind`: as Watchdog::Options. A pattern may begin and end
/// meanwhile; the others are only judged by settle(), when all records are known.
std::vector<Transition> absorb(const Rule& rule, std::span<const Sign> signs, State& state, const Now& now,
                               std::span<const Tau> remind);
/// Judges what holds now, all records having been absorbed.
std::vector<Transition> settle(const Rule& rule, State& state, const Now& now, std::span<const Tau> remind);
/// Ends what is open, because the rule is no longer there or has become another one.
std::vector<Transition> abandon(State& state, const std::string& reason, Tau now);

/// Whether a message is one that the pattern looks for.
bool matches(std::string_view message, std::string_view pattern) noexcept;
/// How long it was silent, less the time in which nobody could have been heard.
Tau silence(const Key& key, const Now& now) noexcept;
/// How long it must be calm before what has been opened so often within a day is over.
Tau hold_for(Tau keep, std::size_t openings) noexcept;

}  // namespace psherald::watch
