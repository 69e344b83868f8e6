#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace psherald::cli {

/// Sockets that systemd has opened for this process, by what they are for. Source: sd_listen_fds(3).
struct InheritedSockets {
  std::vector<int> bridge;  ///< All that are not named "web".
  std::vector<int> web;

  /// All of them, for a program that does one thing only, whatever they are named.
  std::vector<int> all() const;
};
InheritedSockets inherited_sockets();

/// Tells systemd "READY=1" and the like; without it nothing happens. Source: sd_notify(3).
void notify_systemd(const std::string& state) noexcept;

/// "RELOADING=1" with the time that systemd wants to know beside it; READY=1 follows when it is done.
std::string reloading_state();

/// Within this time systemd wants to hear WATCHDOG=1, or it ends the process. Nothing: it does not listen.
/// Source: sd_watchdog_enabled(3).
std::optional<std::chrono::microseconds> watchdog_patience();

/// Whether stderr leads to systemd's journal. Source: systemd.exec(5), JOURNAL_STREAM.
bool stderr_is_journal();

}  // namespace psherald::cli
