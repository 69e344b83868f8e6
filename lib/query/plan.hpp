#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "psherald/query.hpp"
#include "query/judge.hpp"
#include "store/sqlite.hpp"

namespace psherald {

/// What every record that matches has to have. Nothing here is enough for a match; it tells where none can be.
struct Necessary {
  query::Interval id, received, created, level;
  /// Folded texts: each has to be in message, exception or stack.
  std::vector<std::string> texts{};
};
Necessary necessary(const query::Judge& judge);

/// A filter made ready for a store: a statement whose text depends on the filter's shape, never on its values. Exact:
/// its leaves are judged by the functions that judge a record in memory. Dictionaries are judged once, here.
class Plan {
 public:
  /// @throws Error bad_query, store_io
  Plan(sqlite3* db, const Filter& filter, const Moment& moment, Order order);
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;
  ~Plan();

  /// The rows within a window of ids, both ends included, at most so many, in order. Good until the next call.
  sqlite::Statement& rows(RecordId from, RecordId to, std::int64_t most);
  /// The oldest record that the filter's names can be in: nothing when nobody of these names ever sent one.
  std::optional<RecordId> first_possible() const noexcept { return first_possible_; }
  const Necessary& necessary() const noexcept { return necessary_; }
  /// The numbers of the senders that a match can come from, rising; without value: from any, or there are too many.
  const std::optional<std::vector<std::int64_t>>& sources() const noexcept { return sources_; }

  struct Leaves;

 private:
  void look_at_senders(sqlite3* db);

  query::Judge judge_;
  Necessary necessary_;
  std::optional<std::vector<std::int64_t>> sources_{};
  std::optional<RecordId> first_possible_ = 1;
  std::unique_ptr<Leaves> leaves_;
  sqlite::Statement statement_;
};

/// The columns of Plan::rows.
namespace column {
enum { id, received, created, flags, level, relative, message, exc_text, stack_info, extra, origin, source };
}

}  // namespace psherald
