#pragma once

#include <asio/io_context.hpp>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/journal.hpp"
#include "cli/systemd.hpp"
#include "psherald/config.hpp"

namespace psherald::cli {

/// What a program that runs until it is told to end has from its environment, and what its parts are made from.
struct Service {
  const Arguments& arguments;
  const ConfigSources sources;
  Config config;
  Journal journal;
  InheritedSockets inherited;

  /// Runs `io` until SIGTERM or SIGINT, which call `stop`; it returns when the parts have delivered what they had.
  /// SIGHUP reads the configuration again and hands it to `reload`; a wrong one is told and changes nothing.
  void run(asio::io_context& io, const std::function<void()>& stop, const std::function<void(const Config&)>& reload);

 private:
  void reload_config(const std::function<void(const Config&)>& reload);
};

/// What is special to one such program.
struct ServiceKind {
  std::string name;                                                  ///< "ps_bridge": of log file and records.
  std::vector<std::pair<std::string, std::string>> option_settings;  ///< Which setting --listen stands for, and so on.
  std::vector<std::string> locks;                                    ///< The programs that it stands in for.
  bool writes_log = false;                                           ///< Also locks the database against other bridges.
};

/// Loads the configuration, opens the journal, takes the locks and runs `body`. What goes wrong is noted in the journal
/// as well. @throws what `body` throws; AlreadyRunning; Error bad_config.
void run_service(const ServiceKind& kind, const Arguments& arguments, const std::function<void(Service&)>& body);

/// Options that every service takes, in front of its own.
std::vector<Option> service_options(std::vector<Option> own);
/// The configuration's sources as the command line gives them.
ConfigSources config_sources(const Arguments& arguments,
                             const std::vector<std::pair<std::string, std::string>>& option_settings);

}  // namespace psherald::cli
