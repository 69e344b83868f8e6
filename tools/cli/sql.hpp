#pragma once

#include <string>

#include "cli/arguments.hpp"

namespace psherald::cli {

/// `psherald sql`: prints what a SELECT over the database gives.
Usage sql_usage();
int sql(const Arguments& arguments, const std::string& called);

}  // namespace psherald::cli
