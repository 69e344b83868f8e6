#pragma once

#include <functional>
#include <string>

#include "store/legacy_row.hpp"
#include "store/sqlite.hpp"
#include "store/writer.hpp"

namespace psherald::store {

/// Appends the rows of a table that ps.herald 1.4.2 calls `log` to a log that is empty, under the ids that they have,
/// and notes as removed the ids up to the largest that the table ever gave. Ids below 1 and above largest_id do not fit
/// into a log: such rows come last, under the next ids. Memory: a few MiB, or what the longest row needs.
class LegacyCopy {
 public:
  static constexpr RecordId largest_id = RecordId{1} << 62;
  /// Rows are read and appended in portions of at most so many rows, or of the first row that makes them this long.
  static constexpr std::size_t portion_rows = 5'000, portion_bytes = 4u << 20;

  struct Listener {
    std::function<void(RecordId from, RecordId to)>
        copied;                                 ///< All rows of the table between these ids, both included.
    std::function<void(double done)> progress;  ///< Between 0 and 1.
  };
  /// `from` may be the connection that `writer` writes to.
  LegacyCopy(sqlite3* from, std::string table, sqlite3* to, Writer& writer, Listener listener);
  /// Within a transaction of the writer. @throws Error
  void run();

 private:
  struct Ids {
    RecordId from, to;  // both included
  };
  void copy(Ids ids, bool keep_ids);
  RecordId copy_portion(Ids ids, bool keep_ids);
  RecordId last_given() const;

  sqlite3* from_;
  std::string table_;
  Writer& writer_;
  Listener listener_;
  sqlite::Statement select_;
  LegacyRows rows_;
  double all_, copied_ = 0;  // rows
};

}  // namespace psherald::store
