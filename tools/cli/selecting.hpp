#pragma once

/// What commands that look at the log have in common.

#include <string>
#include <vector>

#include "cli/arguments.hpp"
#include "psherald/query.hpp"

namespace psherald::cli {

/// --config, --database, --since and a command's own.
std::vector<Option> selecting_options(std::vector<Option> own);
/// The operands from this one on are one text, as a shell splits it. What it says of notes goes to stderr.
/// @throws Failure, UsageError
Filter filter_of(const Arguments& arguments, std::size_t first_operand = 0);
/// @throws Failure: the mistake is marked in its text
Filter parsed_filter(const std::string& text);
ast::FieldRef parsed_field(const std::string& name);
/// Now, in this machine's zone.
TimeBase time_base();
/// @throws Failure, Error
LogStore store_of(const Arguments& arguments);

/// Shows on a terminal that a statistic takes a while.
class Looking {
 public:
  /// For filter_of, and the time base. The operand from which on the filter stands.
  Selection selection(const Arguments& arguments, std::size_t first_operand = 0);
  ~Looking();

 private:
  bool shown_ = false;
};

}  // namespace psherald::cli
