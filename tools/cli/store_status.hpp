#pragma once

#include <string>

#include "cli/arguments.hpp"

/// `psherald status`: how full a store is, and how far the forwarding from and to it has come, as its database has it.
namespace psherald::cli {

Usage status_usage();
int status(const Arguments& arguments, const std::string& called);

}  // namespace psherald::cli
