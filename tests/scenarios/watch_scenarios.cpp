/// watch_scenarios FILE: lives through each scenario of a file, one a line, and prints what differs from what it
/// expects.

#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "psherald/config.hpp"
#include "watch/scenario.hpp"

namespace {

using namespace psherald;

Watchdog::Options load(const std::string& toml) {
  std::string name = (std::filesystem::temp_directory_path() / "watch-scenario-XXXXXX").string();
  const int file = ::mkstemp(name.data());
  if (file < 0) throw std::runtime_error{"cannot make a temporary file"};
  ::close(file);
  std::ofstream{name} << toml;
  struct Remove {
    const std::string& name;
    ~Remove() { std::remove(name.c_str()); }
  } remove{name};
  auto options =
      load_config({.options = {}, .file = name, .environment = [](const char*) -> const char* { return nullptr; }})
          .watch;
  options.zone = "UTC";
  return options;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 2) {
    std::fprintf(stderr, "usage: watch_scenarios FILE [PART OF A NAME]\n");
    return 64;
  }
  std::ifstream file{argv[1]};
  if (!file) {
    std::fprintf(stderr, "watch_scenarios: cannot read %s\n", argv[1]);
    return 66;
  }
  int passed = 0, failed = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || (argc > 2 && line.find(argv[2]) == line.npos)) continue;
    const auto result = watch::run_scenario(line, load);
    ++(result.differences.empty() ? passed : failed);
    if (result.differences.empty()) continue;
    std::printf("%s\n", result.name.c_str());
    for (const auto& difference : result.differences) std::printf("    %s\n", difference.c_str());
  }
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "watch_scenarios: %s\n", error.what());
  return 70;
}
