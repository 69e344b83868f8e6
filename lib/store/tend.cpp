#include "store/tend.hpp"

#include <algorithm>

namespace psherald::store {

bool tend(Writer& writer, std::chrono::milliseconds budget) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + budget;
  auto& segments = writer.segments();
  for (std::int64_t from = 0;;) {
    const auto segment = segments.missing(from, writer.read_newest_id());
    if (!segment) return false;
    if (from > 0 && Clock::now() >= end) return true;
    writer.transaction([&] { segments.build(*segment); });
    from = *segment + 1;
  }
}

void rebuild(Writer& writer, const std::function<void(double)>& progress) {
  auto& segments = writer.segments();
  const auto end = segment_of(writer.read_newest_id());
  for (std::int64_t from = 0; from < end;) {
    writer.transaction([&] {
      const auto next = std::min(segments.occupied(from).value_or(end), end);
      if (from < next) segments.remove(from, next - 1);
      if (next < end) segments.build(next);
      from = next + 1;
    });
    if (progress) progress(std::min(1.0, static_cast<double>(from) / static_cast<double>(end)));
  }
}

}  // namespace psherald::store
