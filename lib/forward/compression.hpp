#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace psherald::forward {

/// Decides whether batches go out compressed: over a thin line they are quicker so, and elsewhere slower. A tunnel to
/// far away looks like this machine, so only the time that full batches take can tell.
class Compression {
 public:
  bool on() const noexcept { return on_; }
  /// The peer does not take it.
  void forbid() noexcept { allowed_ = on_ = false; }
  /// The peer says whether it takes it.
  void allow(bool allowed) noexcept {
    allowed_ = allowed;
    on_ = on_ && allowed;
  }
  /// A full batch of so many bytes, before compression, took so long from its first byte to its answer.
  void note(std::size_t bytes, std::chrono::duration<double> time) noexcept {
    constexpr double thin = 20e6, wide = 80e6;
    constexpr int in_a_row = 8;
    const double speed = static_cast<double>(bytes) / std::max(time.count(), 1e-9);
    against_ = (on_ ? speed > wide : speed < thin) ? against_ + 1 : 0;
    if (against_ < in_a_row) return;
    against_ = 0;
    on_ = !on_ && allowed_;
  }

 private:
  bool on_ = false, allowed_ = false;
  int against_ = 0;  // full batches in a row that spoke for the other way
};

}  // namespace psherald::forward
