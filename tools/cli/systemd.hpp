#pragma once

#include <string>
#include <vector>

namespace psherald::cli {

/// Sockets that systemd has opened for this process, by what they are for. Source: sd_listen_fds(3).
struct InheritedSockets {
  std::vector<int> bridge;  ///< All that are not named "web".
  std::vector<int> web;
};
InheritedSockets inherited_sockets();

/// Tells systemd "READY=1" and the like; without it nothing happens. Source: sd_notify(3).
void notify_systemd(const std::string& state) noexcept;

}  // namespace psherald::cli
