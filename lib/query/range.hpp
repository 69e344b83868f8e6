#pragma once

#include <string>
#include <string_view>

#include "psherald/result.hpp"

namespace psherald::query {

/// A range of receive times, "6h", "A..B", "A.." or "..B", in the words of the filter language. A Fault, bad_query,
/// when an end of it is no time.
Result<std::string> range_query(std::string_view range);

}  // namespace psherald::query
