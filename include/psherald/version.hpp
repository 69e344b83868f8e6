#pragma once

/// The version of the headers that a host was compiled with. Semantic versioning; docs/architecture.md says what counts
/// as the interface.
#include <string_view>

namespace psherald {

inline constexpr std::string_view version = "0.1.0";

}  // namespace psherald
