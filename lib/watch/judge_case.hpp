#pragma once

/// What judging has in common, whatever a rule looks for: its keys, and incidents that begin, go on and end.

#include <string>
#include <vector>

#include "watch/judge.hpp"

namespace psherald::watch {

inline constexpr Tau day = std::chrono::hours{24}, never = Tau::max(), tick = Tau{1};

/// One rule, while it is judged. Lifetime: all arguments outlive this object; `out` may be null, where nothing can
/// begin or end.
class Case {
 public:
  Case(RuleState& judged, const Now& when, std::vector<Transition>* out)
      : state{judged}, condition{judged.condition}, now{when}, out_{out} {}

  RuleState& state;
  const Condition& condition;
  const Now& now;
  Tau wake = never;  ///< When the rule is to be judged again, though nothing comes.
  void wake_at(Tau time) { wake = std::min(wake, std::max(time, now.tau + tick)); }

  // ---- keys

  Key& need_key(const std::string& name, const std::vector<std::string>& values);
  /// Null: there are too many.
  Key* key_of(const Sign& sign);
  void note(Key& key, const Sign& sign);
  /// What nobody needs to keep: the keys of events that are over.
  bool is_idle(const Key& key) const;

  // ---- incidents

  /// The condition holds. `counted`: another match of the same.
  void hold_true(Key& key, Tau at, RecordId id, bool counted);
  /// It does not hold since then; over when that was long enough ago.
  void hold_false(Key& key, Tau since, Tau at);
  void give_up_in_time(Key& key);

 private:
  void transition(Transition::Kind kind, const IncidentRef& incident);
  void open(Key& key, Tau at, RecordId id);
  void fire(Key& key, Tau at);
  void end(Key& key, Tau at);
  void drop(Key& key);

  std::vector<Transition>* out_;
};

inline bool is_open(const Key& key) noexcept { return key.incident && key.incident->is_open(); }
/// Of what is open and does not hold any more: it ended when that is seen first.
inline Tau end_seen(const Key& key, Tau at) noexcept {
  return !is_open(key) ? Tau{} : key.incident->holds ? at : key.incident->last_true;
}

/// How long it must be calm before what has been opened so often within a day is over.
Tau hold_for(Tau keep, std::size_t openings) noexcept;

}  // namespace psherald::watch
