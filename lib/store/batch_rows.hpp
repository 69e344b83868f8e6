#pragma once

#include <deque>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "psherald/record.hpp"
#include "store/sqlite.hpp"

namespace psherald::store {

/// Records as a table of SQLite, `batch_rows`: so one statement inserts a whole batch. A statement for each record
/// costs half as much again. Lifetime: longer than the connection's statements.
class BatchRows {
 public:
  /// Makes the table known to the connection. @throws Error
  explicit BatchRows(sqlite3* db);
  BatchRows(const BatchRows&) = delete;
  BatchRows& operator=(const BatchRows&) = delete;

  struct Row {
    const Record* record;
    RecordId id;
    std::int64_t received;               ///< Microseconds.
    std::int64_t source, site, process;  ///< Rows of the dictionaries.
    std::int64_t origin = 0;             ///< Of the table `origin`; 0: this store is the first one that has it.
    std::int64_t path = 0;               ///< Of the table `path`; 0: none.
    std::string_view legacy{};
  };
  /// Records and their texts stay where they are until no statement looks at the rows any more.
  void add(const Row& row);
  /// Of the row that was added last.
  void set_origin(std::int64_t number, std::int64_t path, std::string_view legacy);
  /// Whether a record of this name is among the rows.
  bool has(std::string_view origin, RecordId id);
  const std::vector<Row>& rows() const noexcept { return rows_; }
  void clear() noexcept;

 private:
  std::vector<Row> rows_{};
  std::deque<std::string> texts_{};                          // that no record has
  std::set<std::pair<std::string_view, RecordId>> names_{};  // of the first `named_` rows
  std::size_t named_ = 0;
};

}  // namespace psherald::store
