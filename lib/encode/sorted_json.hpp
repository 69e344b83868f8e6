#pragma once

#include <string>
#include <string_view>

namespace psherald {

/// The same JSON without spaces and with the keys of every object in the order of their bytes, so that equal values
/// have equal texts. What is no JSON, or has a number that no double or 64-bit integer holds, comes back as it is.
std::string sorted_json(std::string_view json);

}  // namespace psherald
