#include <algorithm>
#include <bit>

#include "query/plan.hpp"
#include "query/segment_judge.hpp"
#include "query/summary_walk.hpp"

namespace psherald {
namespace {

// Counts within the blocks of a segment, or in all of it.
std::int64_t count_rows(sqlite::Statement& rows, std::int64_t segment, store::BlockMask blocks) {
  std::int64_t all = 0;
  while (blocks != 0) {
    const int first = std::countr_zero(blocks), size = std::countr_one(blocks >> first);
    const auto from = store::first_id_of(segment) + first * store::block_ids;
    bind_window(rows, from, from + size * store::block_ids - 1);
    all += rows.first_integer().value_or(0);
    blocks = size == 64 ? 0 : blocks & ~(((store::BlockMask{1} << size) - 1) << first);
  }
  return all;
}

}  // namespace

std::int64_t count(const LogStore& store, const Filter& filter, const std::optional<TimeBase>& time_base) {
  auto* db = store.native_handle();
  const auto newest = sqlite::integer(db, "SELECT max(id) FROM entry");
  Plan plan{db, filter, time_base.value_or(TimeBase{now(), Zone::utc()})};
  const auto oldest = plan.first_possible();
  if (!oldest || !newest) return 0;

  auto rows = plan.count();
  query::SegmentJudge judge{db, plan.judge(), plan.dictionaries()};
  query::SummaryWalk walk{judge.reader(), Order::oldest_first};
  std::int64_t all = 0;
  const auto ids = plan.ids();
  const auto first = std::max({*oldest, ids.low, sqlite::integer(db, "SELECT min(id) FROM entry").value_or(0)});
  const auto last = std::min(*newest, ids.high);
  if (first > last) return 0;
  for (auto segment = store::segment_of(first); segment <= store::segment_of(last); ++segment) {
    const auto* summary = walk.at(segment);
    if (!summary) {
      const auto next = judge.reader().oldest_from(store::first_id_of(segment));
      if (!next) break;
      segment = store::segment_of(*next);
      summary = walk.at(segment);
    }
    const auto known = summary ? judge.count(*summary) : std::nullopt;
    all += known ? *known : count_rows(rows, segment, summary ? judge.masks(*summary).may : store::all_blocks);
  }
  return all;
}

}  // namespace psherald
