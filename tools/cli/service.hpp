#pragma once

#include <asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/journal.hpp"
#include "cli/systemd.hpp"
#include "psherald/config.hpp"
#include "psherald/log_store.hpp"

namespace psherald::cli {

/// What is special to a program that runs until it is told to end.
struct ServiceKind {
  std::string name;                                                  ///< "ps_bridge": of log file and records.
  std::vector<std::pair<std::string, std::string>> option_settings;  ///< Which setting --listen stands for, and so on.
  std::vector<std::string> locks;                                    ///< The programs that it stands in for.
  bool writes_log = false;                                           ///< Also locks the database against other bridges.
};

/// What such a program has from its environment, and what its parts are made from.
struct Service {
  const ServiceKind& kind;
  const ConfigSources sources;
  Config config;
  Journal journal;
  InheritedSockets inherited;

  /// For an address that cannot be listened on: "; give another one with --listen, or bridge.listen in psherald.toml".
  std::string other_address(const std::string& setting) const;

  /// Runs `io` until SIGTERM or SIGINT, which call `stop`; it returns when the parts have delivered what they had.
  /// SIGHUP reads the configuration again and hands it to `reload`; a wrong one is told and changes nothing.
  void run(asio::io_context& io, const std::function<void()>& stop, const std::function<void(const Config&)>& reload);

 private:
  void reload_config(const std::function<void(const Config&)>& reload);
};

/// Loads the configuration, opens the journal, takes the locks and runs `body`. What goes wrong is noted in the journal
/// as well. @throws what `body` throws; AlreadyRunning; Error bad_config.
void run_service(const ServiceKind& kind, const Arguments& arguments, const std::function<void(Service&)>& body);

/// Whether the addresses are those that hold when nobody gives any: this port of this machine.
bool is_default(const std::vector<std::string>& listen, std::uint16_t port);

/// Opens a database to look at it. @throws Failure: there is none that can be read; Error as LogStore.
LogStore open_to_look(LogStore::Options options);

/// Options that every service takes, in front of its own.
std::vector<Option> service_options(std::vector<Option> own);
/// The configuration's sources as the command line gives them.
ConfigSources config_sources(const Arguments& arguments,
                             const std::vector<std::pair<std::string, std::string>>& option_settings);

}  // namespace psherald::cli
