#include "cli/watch.hpp"

#include <filesystem>

namespace psherald::cli {

std::optional<std::string> find_watch_file(const Config& config) {
  auto file = watch_file(*config.stage);
  if (!std::filesystem::exists(file)) return {};
  return file;
}

Watchdog::Options watch_options(const WatchConfig& rules) {
  Watchdog::Options options;
  options.rules = rules.rules;
  options.receivers = rules.receivers;
  return options;
}

std::optional<std::string> watch_lock(const LogStore& store) {
  if (store.path() == ":memory:") return {};
  return store.path() + ".watch.lock";
}

}  // namespace psherald::cli
