#pragma once

#include <vector>

#include "psherald/watchdog.hpp"

namespace psherald::watch {

/// What the rules of gauges look at, as the store and the system have it.
std::vector<Gauge> read_gauges(const LogStore& store, Timestamp now);

}  // namespace psherald::watch
