#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>

namespace psherald::forward {

/// How many records a second go out, over the last ten seconds. It is told the count now and then.
class Rate {
 public:
  using Clock = std::chrono::steady_clock;

  void note(Clock::time_point when, std::uint64_t count) {
    samples_.push_back({when, count});
    while (samples_.size() > 2 && when - samples_[1].when >= span) samples_.pop_front();
  }
  /// 0 before there is a second look at the count.
  double per_second() const {
    if (samples_.size() < 2) return 0;
    const std::chrono::duration<double> time = samples_.back().when - samples_.front().when;
    return time.count() > 0 ? static_cast<double>(samples_.back().count - samples_.front().count) / time.count() : 0;
  }

 private:
  static constexpr std::chrono::seconds span{10};
  struct Sample {
    Clock::time_point when;
    std::uint64_t count;
  };
  std::deque<Sample> samples_{};
};

}  // namespace psherald::forward
