#pragma once

#include <string>

#include "cli/arguments.hpp"

namespace psherald::cli {

/// `psherald import`: stores the records of files, each once. EX_DATAERR when something could not be read.
Usage import_usage();
int import_records(const Arguments& arguments, const std::string& called);

}  // namespace psherald::cli
