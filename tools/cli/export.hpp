#pragma once

#include <string>

#include "cli/arguments.hpp"

namespace psherald::cli {

/// `psherald export`: writes the records that match, the oldest first.
Usage export_usage();
int export_records(const Arguments& arguments, const std::string& called);

}  // namespace psherald::cli
