#include "query/windows.hpp"

#include <algorithm>
#include <utility>

namespace psherald::query {
namespace {

// Small at first, so that one that is slow does not overrun a budget by much.
constexpr RecordId first_window = 256, largest_window = store::segment_ids;

}  // namespace

Ids search_range(sqlite3* db) {
  sqlite::Statement ends{db, search_range_sql};
  return search_range(ends);
}

Ids search_range(sqlite::Statement& ends) {
  ends.step();
  const Ids range{ends.integer(0), ends.is_null(0) ? -1 : ends.integer(1)};
  ends.reset();
  return range;
}

void narrow(Ids& ids, const Plan& plan) {
  const auto oldest = plan.first_possible();
  const auto bounds = plan.ids();
  ids.from = std::max({ids.from, bounds.low, oldest.value_or(bounds.low)});
  ids.to = std::min(ids.to, bounds.high);
  if (!oldest || ids.empty()) ids = {1, 0};
}

bool Windows::enter(Ids& left) {
  while (store::segment_of(end_of(left)) != segment_) {
    segment_ = store::segment_of(end_of(left));
    summary_ = walk_.at(segment_);
    blocks_ = summary_ ? judge_.enter(*summary_).may : store::all_blocks;
    if (summary_) break;
    const auto id = downwards() ? judge_.reader().newest_until(left.to) : judge_.reader().oldest_from(left.from);
    if (!id) return false;
    end_of(left) = *id;
  }
  return !left.empty();
}

void Windows::skip(Ids& left) noexcept { take(left, left_in_segment(end_of(left))); }

Ids Windows::next(Ids& left, RecordId most) {
  constexpr Ids none{1, 0};
  if (!enter(left)) return left = none;
  summary_ = nullptr;
  const RecordId at = end_of(left);
  const bool may = (blocks_ & store::block_of(at)) != 0;
  const auto run = std::min(left_in_segment(at), blocks_like(at, may));
  const auto taken = take(left, may ? std::min(run, most) : run);
  return may ? taken : none;
}

RecordId Windows::left_in_segment(RecordId at) const noexcept {
  return downwards() ? at - store::first_id_of(segment_) + 1 : store::last_id_of(segment_) - at + 1;
}

// Ids from this one on, in the order of the search, of blocks with the same bit.
RecordId Windows::blocks_like(RecordId id, bool may) const noexcept {
  const auto within = id & (store::block_ids - 1);
  RecordId ids = downwards() ? within + 1 : store::block_ids - within;
  for (auto bit = store::block_of(id); (bit = downwards() ? bit >> 1 : bit << 1) != 0; ids += store::block_ids)
    if (((blocks_ & bit) != 0) != may) break;
  return ids;
}

// Takes ids off the end at which the search goes on.
Ids Windows::take(Ids& left, RecordId size) const noexcept {
  size = std::min(size, left.to - left.from + 1);
  Ids taken = left;
  if (downwards())
    left.to = (taken.from = left.to - size + 1) - 1;
  else
    left.from = (taken.to = left.from + size - 1) + 1;
  return taken;
}

Pace::Pace(std::optional<std::chrono::milliseconds> budget, std::stop_token cancel)
    : budget_{budget},
      cancel_{std::move(cancel)},
      bounded_{budget || cancel_.stop_possible()},
      started_{Clock::now()},
      looked_{started_},
      window_{bounded_ ? first_window : largest_window} {}

// Records may have megabytes: a window that took a good part of the time is followed by a smaller one.
bool Pace::is_over() {
  if (!bounded_) return false;
  constexpr Clock::duration soon = std::chrono::milliseconds{10};
  const auto took = Clock::now() - std::exchange(looked_, Clock::now());
  const auto good = budget_ ? std::min<Clock::duration>(soon, *budget_ / 32) : soon;
  window_ = took < good ? std::min(2 * window_, largest_window) : std::max(window_ / 2, RecordId{1});
  return cancel_.stop_requested() || (budget_ && looked_ - started_ >= *budget_);
}

}  // namespace psherald::query
