#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string_view>

#include "query/plan.hpp"
#include "query/segment_judge.hpp"
#include "query/summary_walk.hpp"

namespace psherald::query {

struct Ids {
  RecordId from, to;  ///< Both included.
  bool empty() const noexcept { return from > to; }
};

/// Where records can be that match. Ids that are given later do not count. @throws Error store_io
Ids search_range(sqlite3* db);
Ids search_range(sqlite::Statement& ends);  ///< The same by a statement of `search_range_sql`.
inline constexpr std::string_view search_range_sql = "SELECT (SELECT min(id) FROM entry), (SELECT max(id) FROM entry)";
void narrow(Ids& ids, const Plan& plan);

/// Cuts a search into windows: ranges of ids in which a record may be that matches, none longer than a segment.
class Windows {
 public:
  Windows(sqlite3* db, Plan& plan, Order order)
      : order_{order}, judge_{db, plan.judge(), plan.dictionaries()}, walk_{judge_.reader(), order} {}

  /// Judges the segment that comes next, which may lie behind a gap of any length. False when there is none.
  /// @throws Error store_io
  bool enter(Ids& left);
  /// Of the segment that was entered, as long as no window of it was taken; nothing when it has none.
  const store::SegmentSummary* summary() const noexcept { return summary_; }
  /// What its summary says. For that segment only.
  SegmentJudge& judge() noexcept { return judge_; }
  /// Takes the rest of it off `left`.
  void skip(Ids& left) noexcept;

  /// Takes the next window off `left`, of at most so many ids. Empty when blocks were passed over. @throws Error
  Ids next(Ids& left, RecordId most);

 private:
  bool downwards() const noexcept { return order_ == Order::newest_first; }
  RecordId& end_of(Ids& left) const noexcept { return downwards() ? left.to : left.from; }
  RecordId left_in_segment(RecordId at) const noexcept;
  RecordId blocks_like(RecordId id, bool may) const noexcept;
  Ids take(Ids& left, RecordId size) const noexcept;

  Order order_;
  SegmentJudge judge_;
  SummaryWalk walk_;
  std::int64_t segment_ = -1;
  const store::SegmentSummary* summary_ = nullptr;
  store::BlockMask blocks_ = store::no_block;
};

/// Says how long the next window may be, and when a search ends: windows are what budget and cancel are looked at in.
class Pace {
 public:
  Pace(std::optional<std::chrono::milliseconds> budget, std::stop_token cancel);
  RecordId window() const noexcept { return window_; }
  /// To be asked between two windows.
  bool is_over();

 private:
  using Clock = std::chrono::steady_clock;
  std::optional<std::chrono::milliseconds> budget_;
  std::stop_token cancel_;
  bool bounded_;
  Clock::time_point started_, looked_;
  RecordId window_;
};

}  // namespace psherald::query
