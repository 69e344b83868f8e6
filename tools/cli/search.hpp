#pragma once

#include <string>

#include "cli/arguments.hpp"

/// Commands that print records. They end with EXIT_FAILURE when there are none.
namespace psherald::cli {

Usage query_usage();
int query(const Arguments& arguments, const std::string& called);

/// `psherald tail`: the newest ones and, with --follow, what comes.
Usage tail_usage();
int tail(const Arguments& arguments, const std::string& called);

}  // namespace psherald::cli
