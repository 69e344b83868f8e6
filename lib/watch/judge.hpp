#pragma once

/// Judging one rule: a function of what came, what was known and when it is. No clock, no database.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "watch/hearing.hpp"
#include "watch/state.hpp"

namespace psherald::watch {

struct Now {
  Tau tau{};
  Timestamp wall{};
  std::span<const Heard> heard{};  ///< In the order of time, without overlaps.
  /// Since when the bridge has been there without a break; nothing: it is away.
  std::optional<Timestamp> bridge_since{};
};

/// A record that the rule counts, or for no_data, a bridge's sign of life.
struct Sign {
  RecordId id = 0;
  Timestamp received{};
  Tau tau{};
  const std::vector<std::string>* values = nullptr;  ///< Of the fields that the rule is `by`.
  std::int64_t amount = 1;                           ///< Of a gap: how many records are missing.
  std::uint64_t fingerprint = 0;                     ///< Of first_seen.
  std::optional<std::uint64_t> call_site{};          ///< Likewise; nothing: it does not matter.
  std::string_view message{}, version{};             ///< Of first_seen.
};

/// Takes note of a record, in the order of the log. An event may begin and end here; silences are only judged by
/// settle(), when all records are known. Returns when that has to be because of this record: at once, where it may have
/// ended something; Tau::max(): no sooner than without it.
Tau absorb(RuleState& rule, const Sign& sign, const Now& now, std::vector<Transition>& out);
/// Takes note of a record from before the rule: nothing begins.
void learn(RuleState& rule, const Sign& sign, const Now& now);
/// The rule begins: all its history is known. Listed keys are there, long silent ones are not waited for.
void begin(RuleState& rule, const Now& now);
/// The keys that the rule lists are there, and no longer those that it does not list any more.
void expect(RuleState& rule, const Now& now);
/// A gauge's value as it is now.
void measure(RuleState& rule, const std::string& key, double value, const Now& now);
/// Judges what holds now, all records having been absorbed. Sets `wake`.
void settle(RuleState& rule, const Now& now, std::vector<Transition>& out);
/// Ends what is open, because the rule is no longer there or has become another one.
void abandon(RuleState& rule, const std::string& reason, Tau now, std::vector<Transition>& out);

}  // namespace psherald::watch
