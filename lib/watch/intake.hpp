#pragma once

/// Records as signs for rules: which rules they matter to, and what they say there. No clock, no database.

#include <string>
#include <utility>
#include <vector>

#include "query/attributes.hpp"
#include "watch/book.hpp"
#include "watch/judge.hpp"

namespace psherald::watch {

/// Filters' times are meant in the zone of the options.
TimeBase time_base(const Watchdog::Options& options, Timestamp wall);
/// How far back a rule that is new has to look.
Tau history_of(const Condition& condition);

/// What a record says to a rule. Good until the next call.
class SignReader {
 public:
  Sign read(const RuleState& rule, const RecordBatch& batch, const Record& record, Tau tau);

 private:
  std::vector<std::string> values_{};
};

/// Takes note of records for all rules of a book, in the order of the log.
class Intake {
 public:
  Intake(Book& book, const Now& now, std::vector<Transition>& out) : book_{book}, now_{now}, out_{out} {}
  void take(const RecordBatch& batch, const Record& record, Tau tau);
  /// A bridge's sign of life, to a rule that waits for one.
  void take_bridge(RuleState& rule, Timestamp until, Tau tau);
  /// When rules are to be settled because of what was taken since the last call, as absorb() says.
  Tau take_wake() noexcept { return std::exchange(wake_, Tau::max()); }

 private:
  void take_gap(const RecordBatch& batch, const Record& record, Tau tau);

  Book& book_;
  const Now& now_;
  std::vector<Transition>& out_;
  SignReader signs_{};
  Tau wake_ = Tau::max();
  query::AttributeReader attributes_{};
};

/// Lets rules that are new take note of the records up to `newest` that came before them.
void learn_history(const std::vector<RuleState*>& fresh, const LogStore& store, const Watchdog::Options& options,
                   Now now, RecordId newest);

}  // namespace psherald::watch
