#pragma once

#include <algorithm>
#include <chrono>
#include <random>

namespace psherald::forward {

/// How long to wait before the next try: up to a bound that doubles with each one, and at random below it, so that many
/// who lost the same peer do not come back all at once. Threads: one.
class BackOff {
 public:
  using Time = std::chrono::milliseconds;
  BackOff(Time least, Time most) : least_{least}, most_{most} {}

  Time next() {
    bound_ = std::clamp(bound_ * 2, least_, most_);
    return Time{std::uniform_int_distribution<Time::rep>{0, bound_.count()}(random_)};
  }
  /// It has succeeded.
  void reset() noexcept { bound_ = Time{0}; }

 private:
  const Time least_, most_;
  Time bound_{0};
  std::mt19937_64 random_{std::random_device{}()};
};

}  // namespace psherald::forward
