#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/arguments.hpp"

namespace psherald::cli {

/// The words behind the program's name.
std::vector<std::string> words_of(int argc, char** argv);

/// Answers --help and --version, else calls `body`. What it throws becomes a line on stderr and the exit code of
/// sysexits.h that fits.
int run_program(Usage usage, const std::vector<std::string>& words, const std::function<int(const Arguments&)>& body);

/// Prints "ps_bridge. Debug mode is off", as ps.herald's programs do. True: that is all, -x was given.
bool print_debug_mode(const std::string& program, const Arguments& arguments);

}  // namespace psherald::cli
