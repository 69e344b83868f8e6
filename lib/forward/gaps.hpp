#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>

#include "psherald/record.hpp"

namespace psherald::forward {

/// Ids that were given up, which the peer is still to be told of. Rising, and not touching.
class Gaps {
 public:
  struct Gap {
    RecordId from = 0, to = 0;
    std::uint64_t ids() const noexcept { return static_cast<std::uint64_t>(to - from + 1); }
  };

  bool empty() const noexcept { return gaps_.empty(); }
  const Gap& front() const noexcept { return gaps_.front(); }
  Gap take() {
    const auto gap = gaps_.front();
    gaps_.pop_front();
    return gap;
  }
  /// Joins it with those that it touches.
  void add(Gap gap) {
    std::deque<Gap> others;
    for (const auto& one : gaps_) {
      if (one.to + 1 < gap.from || gap.to + 1 < one.from)
        others.push_back(one);
      else
        gap = {std::min(gap.from, one.from), std::max(gap.to, one.to)};
    }
    others.insert(std::find_if(others.begin(), others.end(), [&](const Gap& one) { return one.from > gap.to; }), gap);
    gaps_ = std::move(others);
  }
  std::uint64_t ids() const noexcept {
    std::uint64_t sum = 0;
    for (const auto& gap : gaps_) sum += gap.ids();
    return sum;
  }
  /// Behind what was given up next after this position.
  RecordId behind(RecordId position) const noexcept {
    for (const auto& gap : gaps_)
      if (gap.from <= position + 1) position = std::max(position, gap.to);
    return position;
  }

 private:
  std::deque<Gap> gaps_{};
};

}  // namespace psherald::forward
