#pragma once

#include <string>

#include "cli/arguments.hpp"

namespace psherald::cli {

/// psherald token: makes, lists and revokes what [web] tokens names.
Usage token_usage();
int token(const Arguments& arguments, const std::string& called);

}  // namespace psherald::cli
