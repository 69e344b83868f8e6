#include "query/summary_walk.hpp"

#include <algorithm>

namespace psherald::query {

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

}  // namespace psherald::query
