#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>

#include "psherald/result.hpp"

namespace psherald {

/// "4096", "64K", "64M", "1GiB": bytes, each unit 1,024 times the one before.
Result<std::size_t> parse_size(std::string_view text);
/// "90s", "15m", "2h", "30d", "4w", and sums of these, "1h30m": the unit is required.
Result<std::chrono::seconds> parse_duration(std::string_view text);

}  // namespace psherald
