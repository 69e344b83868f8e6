#pragma once

#include <optional>
#include <string>

#include "psherald/config.hpp"
#include "psherald/log_store.hpp"
#include "psherald/watchdog.hpp"

namespace psherald::cli {

/// The file that the stage's rules stand in; nothing: there is none. @throws Error bad_config
std::optional<std::string> find_watch_file(const Config& config);

/// The rules of that file, for a Watchdog.
Watchdog::Options watch_options(const WatchConfig& rules);

/// The file whose lock says that somebody watches this database; nothing: nobody else can get at it.
std::optional<std::string> watch_lock(const LogStore& store);

}  // namespace psherald::cli
