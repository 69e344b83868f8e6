#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "psherald/query.hpp"
#include "query/dictionary_judge.hpp"
#include "query/judge.hpp"
#include "store/sqlite.hpp"

namespace psherald {

/// A filter made ready for a store. Its statements' text depends on the filter's shape, never on its values, and they
/// are exact: what SQL does not compare by itself is judged by the functions that judge a record in memory.
class Plan {
 public:
  /// @throws Error bad_query, store_io
  Plan(sqlite3* db, const Filter& filter, const TimeBase& base);
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;
  ~Plan();

  /// Finds the records within a window of ids, in order: bind_window says which, and at most how many.
  std::string rows_sql(Order order) const;
  /// Makes such a statement ask for what this plan looks for, which outlives that.
  void bind(sqlite::Statement& statement) const;
  /// These columns of them, of the table `entry` as `e`, in any order. The plan outlives the statement.
  sqlite::Statement columns(std::string_view columns);

  const query::Judge& judge() const noexcept { return judge_; }
  query::DictionaryJudge& dictionaries() noexcept { return dictionaries_; }
  /// The oldest record that the filter's names can be in: nothing when nobody of these names ever sent one.
  std::optional<RecordId> first_possible() const noexcept { return first_possible_; }
  /// No other ids match, and no other times of receiving.
  query::Interval ids() const;
  query::Interval received() const;

  struct Part;

 private:
  std::string conditions() const;

  sqlite3* db_;
  query::Judge judge_;
  query::DictionaryJudge dictionaries_;
  std::optional<RecordId> first_possible_;
  std::vector<std::unique_ptr<Part>> parts_{};
};

/// Both ends belong to the window.
void bind_window(sqlite::Statement& statement, RecordId from, RecordId to);
void bind_window(sqlite::Statement& statement, RecordId from, RecordId to, std::int64_t most);

/// The columns of Plan::rows_sql.
namespace column {
enum {
  id,
  received,
  created,
  flags,
  level,
  relative,
  message,
  exc_text,
  stack_info,
  extra,
  legacy,
  origin_no,
  origin_id,
  origin_received,
  path_no,
  source,
  site,
  process
};
}

}  // namespace psherald
