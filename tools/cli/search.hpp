#pragma once

#include <string>

#include "cli/arguments.hpp"
#include "psherald/query.hpp"

namespace psherald::cli {

/// What is asked for: the operands are one text, as a shell splits it, and --since. @throws Failure, UsageError
Filter filter_of(const Arguments& arguments);

/// `psherald query`: prints the records that match. EXIT_FAILURE when there is none.
Usage query_usage();
int query(const Arguments& arguments, const std::string& called);

/// `psherald count`: prints how many match. EXIT_FAILURE when it is none.
Usage count_usage();
int count(const Arguments& arguments, const std::string& called);

}  // namespace psherald::cli
