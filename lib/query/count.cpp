#include <algorithm>
#include <bit>

#include "query/judge.hpp"

namespace psherald {
namespace {

// Counts within the blocks of a segment, or in all of it.
std::int64_t count_rows(sqlite::Statement& rows, std::int64_t segment, store::BlockMask blocks) {
  std::int64_t all = 0;
  while (blocks != 0) {
    const int first = std::countr_zero(blocks), size = std::countr_one(blocks >> first);
    const auto from = store::first_id_of(segment) + first * store::block_ids;
    bind_window(rows, from, from + size * store::block_ids - 1, 0);
    all += rows.first_integer().value_or(0);
    blocks = size == 64 ? 0 : blocks & ~(((store::BlockMask{1} << size) - 1) << first);
  }
  return all;
}

}  // namespace

std::int64_t count(const LogStore& store, const Filter& filter) {
  auto* db = store.native_handle();
  check_pattern(db, filter.pattern);
  const auto names = find_names(db, filter);
  const auto oldest = first_possible(db, names);
  const auto newest = sqlite::integer(db, "SELECT max(id) FROM entry");
  if (!oldest || !newest) return 0;

  sqlite::Statement rows{db, count_sql(filter)};
  bind_filter(rows, filter, names);
  Judge judge{db, filter, names};
  SummaryWalk walk{judge.reader(), Order::oldest_first};
  std::int64_t all = 0;
  const auto first_row = sqlite::integer(db, "SELECT min(id) FROM entry").value_or(0);
  for (auto segment = store::segment_of(std::max(*oldest, first_row)); segment <= store::segment_of(*newest);
       ++segment) {
    const auto* summary = walk.at(segment);
    if (!summary) {
      const auto next = judge.reader().oldest_from(store::first_id_of(segment));
      if (!next) break;
      segment = store::segment_of(*next);
      summary = walk.at(segment);
    }
    const auto known = summary ? judge.count(*summary) : std::nullopt;
    all += known ? *known : count_rows(rows, segment, summary ? judge.may(*summary) : store::all_blocks);
  }
  return all;
}

}  // namespace psherald
