#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "psherald/record.hpp"

namespace psherald::exchange {

/// Reads a time as strptime does, with %f for up to nine digits of a fraction; local without %z.
std::optional<Timestamp> parse_time(const std::string& text, const std::string& format);
/// Whether such a format says the year.
bool says_year(std::string_view format) noexcept;

}  // namespace psherald::exchange
