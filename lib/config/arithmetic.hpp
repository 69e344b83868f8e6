#pragma once

#include <string_view>

#include "psherald/result.hpp"

namespace psherald {

/// The value of "60*60*2": numbers, + - * / and brackets, nothing else. Parsed, not evaluated: there are no names. What
/// follows a # is a comment, as it is for the Python that used to read this. A Fault says what is wrong and where.
Result<double> parse_arithmetic(std::string_view text);

}  // namespace psherald
