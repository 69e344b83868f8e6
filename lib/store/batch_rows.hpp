#pragma once

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
  };
  /// What the table has. Records and texts stay where they are until no statement looks at them any more.
  std::vector<Row> rows{};
};

}  // namespace psherald::store
