#pragma once

#include <string>

#include "cli/arguments.hpp"

namespace psherald::cli {

/// psherald replay: sends a part of the log again.
Usage replay_usage();
int replay(const Arguments& arguments, const std::string& called);

}  // namespace psherald::cli
