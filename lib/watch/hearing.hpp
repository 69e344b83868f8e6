#pragma once

#include <algorithm>
#include <span>

#include "psherald/record.hpp"
#include "watch/tau.hpp"

namespace psherald::watch {

/// A stretch of the wall clock during which a bridge could hear its senders.
struct Heard {
  Timestamp from{}, until{};
};

/// So much of the wall clock between these two nobody could have been heard. `heard` is in the order of time, without
/// overlaps.
inline Tau unheard(Timestamp from, Timestamp to, std::span<const Heard> heard) noexcept {
  Tau total{};
  Timestamp covered = from;
  auto part = std::lower_bound(heard.begin(), heard.end(), from,
                               [](const Heard& one, Timestamp time) { return one.until <= time; });
  for (; part != heard.end() && part->from < to; ++part) {
    total += std::max(part->from - covered, Tau{});
    covered = std::min(part->until, to);
  }
  return total + std::max(to - covered, Tau{});
}

}  // namespace psherald::watch
