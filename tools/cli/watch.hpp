#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/journal.hpp"
#include "psherald/config.hpp"
#include "psherald/log_store.hpp"
#include "psherald/messenger.hpp"
#include "psherald/watchdog.hpp"

namespace psherald::cli {

/// What is watched: the rules of psherald.toml and of the stage's ps_neelix.cfg together.
struct WatchRules {
  Watchdog::Options options{};
  std::vector<std::string> remarks{};  ///< On what nobody reads, a sentence each.
  std::string from{};                  ///< The files, for people.
};
/// Nothing: there are no rules anywhere. @throws Error bad_config
std::optional<WatchRules> find_rules(const Config& config);
/// @throws Error bad_config: likewise, or there are none
WatchRules need_rules(const Config& config);

/// Who brings messages to people; what is to be logged goes into the journal.
Messenger::Options messenger_options(const Config& config, const WatchRules& rules, Journal* journal);

/// The file whose lock says that somebody watches this database; nothing: nobody else can get at it.
std::optional<std::string> watch_lock(const LogStore& store);

}  // namespace psherald::cli
