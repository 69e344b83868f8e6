#pragma once

#include <string>

#include "cli/arguments.hpp"

namespace psherald::cli {

/// `psherald query`: prints the records that match. EXIT_FAILURE when there is none.
Usage query_usage();
int query(const Arguments& arguments, const std::string& called);

/// `psherald count`: prints how many match. EXIT_FAILURE when it is none.
Usage count_usage();
int count(const Arguments& arguments, const std::string& called);

}  // namespace psherald::cli
