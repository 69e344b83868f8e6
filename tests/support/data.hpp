#pragma once

#include <string>
#include <vector>

namespace psherald::testing {

/// The bytes of a file in tests/data. @throws std::runtime_error
std::string read_data(const std::string& name);
/// Its lines, without their ends.
std::vector<std::string> data_lines(const std::string& name);
/// The names of what lies in a folder of tests/data, sorted.
std::vector<std::string> data_names(const std::string& folder);

}  // namespace psherald::testing
