#include "support/data.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace psherald::testing {
namespace {

const std::filesystem::path data = PSHERALD_TEST_DATA;

}  // namespace

std::string read_data(const std::string& name) {
  std::ifstream file{data / name, std::ios::binary};
  if (!file) throw std::runtime_error{"cannot read " + (data / name).string()};
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::vector<std::string> data_lines(const std::string& name) {
  std::istringstream text{read_data(name)};
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> data_names(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator{data / folder})
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace psherald::testing
