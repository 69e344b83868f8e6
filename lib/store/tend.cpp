#include "store/tend.hpp"

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
  const auto end = segment_of(writer.read_newest_id());
  for (std::int64_t segment = 0; segment < end; ++segment) {
    writer.transaction([&] { writer.segments().build(segment); });
    if (progress) progress(static_cast<double>(segment + 1) / static_cast<double>(end));
  }
}

}  // namespace psherald::store
