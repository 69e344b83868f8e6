#pragma once

/// What is known of rules, their keys and their incidents. Values: who judges changes them, who stores them looks for
/// what is `dirty`.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "psherald/watchdog.hpp"
#include "watch/condition.hpp"
#include "watch/counter.hpp"
#include "watch/profile.hpp"
#include "watch/tau.hpp"

namespace psherald::watch {

struct Incident {
  enum class Phase {
    pending,   ///< Holds, but not for long enough.
    firing,    ///< Told, or to be told; it may be calm for some time.
    resolved,  ///< Over.
    gone,      ///< Given up.
    dropped    ///< It was pending only: nothing is kept of it.
  };
  std::int64_t id = 0;  ///< In watch_incident; 0: not stored yet.
  std::string rule{}, key{};
  std::string title{};  ///< What people call the key.
  Phase phase = Phase::firing;
  bool holds = true;  ///< The condition, as far as is known; false: calm.
  Tau opened{}, last_true{}, ended{};
  Tau hold{};                 ///< So long it has to be calm.
  std::vector<Tau> opens{};   ///< All openings of the key within 24 hours, this one last.
  std::int64_t count = 1;     ///< Matches of an event; else how often it has begun, this time included.
  std::int64_t relapses = 0;  ///< How often it began anew only because it had to be calm for longer. Not stored.
  RecordId first_id = 0, last_id = 0;  ///< Of an event: the matches. Else the last records before and, if any, after.
  std::string detail{};                ///< What the condition says of itself: a number, a reason.
  std::optional<std::string> acknowledged_by{};
  bool announced = false;  ///< Its opening stands in a message, or in a notice that waits for one.
  bool hushed = false;     ///< It would have been announced.
  int reminders = 0;
  Tau next{};  ///< Of the next reminder.
  Tau announced_at{};
  bool escalated = false;
  std::string end_reason{};
  std::map<std::string, std::string> told{};  ///< Receivers, with the uid that began the thread; empty: not yet sent.
  bool dirty = true;

  bool is_open() const noexcept { return phase == Phase::pending || phase == Phase::firing; }
};
using IncidentRef = std::shared_ptr<Incident>;

/// One thing that a rule watches.
struct Key {
  std::string name{};
  std::vector<std::string> values{};  ///< Of the fields that the rule is `by`.
  std::int64_t count = 0;             ///< Records so far. 0: none was ever met.
  Tau first{}, last{};                ///< When.
  Timestamp last_received{};
  RecordId last_id = 0;
  bool listed = false;   ///< The rule says that it must exist.
  bool stale = false;    ///< Long silent when the rule began; watched when it speaks.
  bool retired = false;  ///< Given up; the same.
  std::optional<Counter> counter{};
  std::shared_ptr<Profile> profile{};
  double gauge = 0;
  IncidentRef incident{};  ///< The newest, if it is open or was within 24 hours.
  bool dirty = true;
};

/// Messages of one call site that differ in a few words only: up to some they are told apart, then they are one.
struct Variants {
  std::string first{};  ///< The first one's name in RuleState::seen.
  std::string site{};   ///< Where, and what the rule is `by`.
  std::string form{};   ///< What they have in common.
  std::size_t count = 0;
};

/// A message that a rule has met.
struct Seen {
  Tau first{}, last{};
  RecordId first_id = 0, last_id = 0;
  std::int64_t count = 0;
  std::string version{};
  std::shared_ptr<Variants> variants{};  ///< That it is one of; null: its call site is not known.
};

struct RuleState {
  Condition condition{};
  Tau began{};
  RecordId from = 0;  ///< Records up to this one are history.
  std::string health = "ok";
  std::unordered_map<std::string, Key> keys{};
  std::unordered_map<std::string, Seen> seen{};
  std::unordered_map<std::string, std::vector<std::shared_ptr<Variants>>> variants{};  ///< By site.
  std::vector<std::string> newly_seen{};                                               ///< What of `seen` has changed.
  std::vector<IncidentRef> ended{};                                                    ///< Ended, and not stored yet.
  std::vector<std::string> erased{};  ///< Keys that nobody needs any more, not yet removed from the store.
  bool is_new = true;
  bool dirty = true;
  Tau wake{};           ///< Until then nothing changes by itself.
  bool touched = true;  ///< Something came since it was settled.
};

/// Something that became of an incident.
struct Transition {
  enum class Kind { opened, ended, gone, blind } kind = Kind::opened;
  RuleState* rule = nullptr;
  IncidentRef incident{};
};

}  // namespace psherald::watch
