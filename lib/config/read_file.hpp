#pragma once

#include <string>

namespace psherald {

/// All of a file. @throws Error bad_config: the system's reason.
std::string read_file(const std::string& path);

}  // namespace psherald
