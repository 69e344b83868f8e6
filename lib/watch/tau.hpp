#pragma once

#include <chrono>

namespace psherald::watch {

/// Watch time: goes on while the watchdog is away, and does not notice when clocks are set.
using Tau = std::chrono::microseconds;

}  // namespace psherald::watch
