#include "query/judge.hpp"

#include <algorithm>

#include "query/like.hpp"

namespace psherald {

using store::BlockMask;

Judge::Judge(sqlite3* db, const Filter& filter, const Names& names)
    : filter_{filter}, names_{names}, reader_{db}, terms_{terms_of_like(filter.pattern)} {}

BlockMask Judge::may(const store::SegmentSummary& summary) {
  if (filter_.since && summary.received_max < filter_.since->time_since_epoch().count()) return store::no_block;
  BlockMask blocks = filter_.level ? with_level(summary) : store::all_blocks;
  if (blocks != 0 && names_.sources) blocks = reader_.with_sources(summary.segment, *names_.sources, blocks);
  if (blocks != 0 && !terms_.empty()) blocks = with_pattern(summary, blocks);
  return blocks;
}

BlockMask Judge::with_level(const store::SegmentSummary& summary) const {
  BlockMask blocks = store::no_block;
  for (const auto& share : summary.levels)
    if (share.number >= static_cast<std::int64_t>(*filter_.level)) blocks |= share.blocks;
  return blocks;
}

BlockMask Judge::with_pattern(const store::SegmentSummary& summary, BlockMask among) {
  BlockMask blocks = reader_.candidates(summary.segment, terms_, among) | (summary.opaque & among);
  if (!names_.sites.empty()) blocks |= reader_.with_sites(summary.segment, names_.sites, among);
  return blocks;
}

std::optional<std::int64_t> Judge::count(const store::SegmentSummary& summary) {
  if (!filter_.pattern.empty()) return {};
  if (filter_.since && summary.received_min < filter_.since->time_since_epoch().count()) return {};
  const auto sum = [](const std::vector<store::Share>& shares, auto counts) {
    std::int64_t all = 0;
    for (const auto& share : shares) all += counts(share) ? share.records : 0;
    return all;
  };
  std::int64_t of_level = summary.records, of_names = summary.records;
  if (filter_.level)
    of_level = sum(summary.levels, [&](auto& s) { return s.number >= static_cast<std::int64_t>(*filter_.level); });
  if (names_.sources) {
    const auto shares = reader_.sources(summary.segment);
    if (!shares) return {};
    of_names = sum(
        *shares, [&](auto& s) { return std::binary_search(names_.sources->begin(), names_.sources->end(), s.number); });
  }
  // Two conditions at once say something only where one of them holds for all or for none.
  if (of_level == summary.records || of_names == 0) return of_names;
  if (of_names == summary.records || of_level == 0) return of_level;
  return {};
}

const store::SegmentSummary* SummaryWalk::at(std::int64_t segment) {
  if (segment < from_ || segment > to_) load(segment);
  const auto found =
      std::lower_bound(summaries_.begin(), summaries_.end(), segment,
                       [](const auto& summary, std::int64_t number) { return summary.segment < number; });
  return found != summaries_.end() && found->segment == segment ? &*found : nullptr;
}

void SummaryWalk::load(std::int64_t segment) {
  constexpr std::int64_t largest = 256;
  const auto more = next_size_ - 1;
  from_ = order_ == Order::newest_first ? segment - more : segment;
  to_ = order_ == Order::newest_first ? segment : segment + more;
  summaries_ = reader_.read(from_, to_);
  next_size_ = std::min(2 * next_size_, largest);
}

}  // namespace psherald
