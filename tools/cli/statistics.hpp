#pragma once

#include <string>

#include "cli/arguments.hpp"

/// Commands that print what records have in common. They end with EXIT_FAILURE when none matches.
namespace psherald::cli {

Usage count_usage();
int count(const Arguments& arguments, const std::string& called);

Usage top_usage();
int top(const Arguments& arguments, const std::string& called);

Usage values_usage();
int values(const Arguments& arguments, const std::string& called);

Usage histogram_usage();
int histogram(const Arguments& arguments, const std::string& called);

Usage patterns_usage();
int patterns(const Arguments& arguments, const std::string& called);

Usage systems_usage();
int systems(const Arguments& arguments, const std::string& called);

}  // namespace psherald::cli
