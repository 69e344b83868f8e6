#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/arguments.hpp"

namespace psherald::cli {

/// A command of psherald, and what it takes.
struct Command {
  std::string_view name;
  Usage (*usage)();
  int (*run)(const Arguments& arguments, const std::string& called);
};

/// What the last of these words, behind "psherald", can become: commands, options, fields of the filter language and
/// values that the database has. Each ends with what follows it, a space or nothing. Empty where a file is wanted, and
/// for whatever goes wrong.
std::vector<std::string> completions(const std::vector<std::string>& words, const std::vector<Command>& commands);

}  // namespace psherald::cli
