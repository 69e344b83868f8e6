#pragma once

#include "store/segment_builder.hpp"
#include "store/sqlite.hpp"

namespace psherald::store {

/// Reads rows into a builder.
class SegmentRows {
 public:
  explicit SegmentRows(sqlite3* db);
  /// Adds the records from..to, of one segment. @throws Error
  void read(RecordId from, RecordId to, SegmentBuilder& builder);

 private:
  sqlite::Statement rows_;
};

/// Writes the summaries of segments, within the writer's transactions.
class SegmentWriter {
 public:
  explicit SegmentWriter(sqlite3* db);

  /// A record that was just appended. The last one of a segment closes it: its summary is written. @throws Error
  void add(RecordId id, const SegmentRow& row);
  /// What was added may have been rolled back, or changed by others: it is read again when its segment is closed.
  void forget() noexcept { known_from_ = known_to_ = 0; }

  /// The first segment from this one on that has records. @throws Error
  std::optional<std::int64_t> occupied(std::int64_t from);
  /// The first segment from this one on that is full, has records and no summary. @throws Error
  std::optional<std::int64_t> missing(std::int64_t from, RecordId newest);
  /// Makes a segment's summary anew from its rows. @throws Error
  void build(std::int64_t segment);
  /// Deletes what is kept of the segments from..to: all of their records are gone. @throws Error
  void remove(std::int64_t from, std::int64_t to);
  /// Some of the segment's records are gone. @throws Error
  void invalidate(std::int64_t segment);

 private:
  void write(std::int64_t segment);

  SegmentBuilder builder_;
  RecordId known_from_ = 0, known_to_ = 0;  // the records that the builder has: from..to-1, all of one segment
  SegmentRows rows_;
  sqlite::Statement known_, entry_from_, insert_, insert_names_, insert_text_, delete_, delete_names_, delete_text_;
};

}  // namespace psherald::store
