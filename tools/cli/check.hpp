#pragma once

/// psherald check: of configuration and database, of the rules by their tests, and of rules over the past.

#include <string>

#include "cli/arguments.hpp"

namespace psherald::cli {

Usage check_usage();
int check(const Arguments& arguments, const std::string& called);

}  // namespace psherald::cli
