#pragma once

#include <cstddef>
#include <string>

namespace psherald {

/// From the system's generator for secrets; at most 256. @throws std::system_error: this system has none
std::string random_bytes(std::size_t count);

}  // namespace psherald
