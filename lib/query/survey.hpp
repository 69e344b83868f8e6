#pragma once

#include <functional>

#include "query/windows.hpp"

namespace psherald::query {

/// Looks at all records that match, the newest segment first: what the statistics have in common. A segment that is
/// known by its summary is taken as a whole, all others are read.
/// Threads: the connection's.
class Survey {
 public:
  /// `columns`: what the rows have, of the table `entry` as `e`. @throws Error bad_query, store_io
  Survey(const LogStore& store, const Selection& selection, std::string_view columns);

  /// False when the segment has to be read. The judge has entered it.
  using TakeSegment = std::function<bool(const store::SegmentSummary& summary, SegmentJudge& judge)>;
  using TakeRow = std::function<void(const sqlite::Statement& row)>;
  /// To be called once. @throws Error store_io
  Coverage run(const TakeSegment& take_segment, const TakeRow& take_row);

  sqlite3* native_handle() const noexcept { return db_; }
  /// No other times of receiving match.
  Interval received() const { return plan_.received(); }

 private:
  sqlite3* db_;
  Ids left_;  // first: so all names of these records are there when the plan looks at the dictionaries
  Plan plan_;
  sqlite::Statement rows_;
  Windows windows_;
  Pace pace_;
  std::function<void(double)> progress_;
};

}  // namespace psherald::query
