#pragma once

#include <string>

#include "psherald/record.hpp"

namespace psherald::exchange {

/// Appends what format_utc gives: "2026-11-22T08:10:24.318567Z".
void append_utc(std::string& out, Timestamp time);

}  // namespace psherald::exchange
