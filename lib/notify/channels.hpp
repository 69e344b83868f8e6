#pragma once

/// Ways to people other than mail. Each tries once and says what became of it.

#include <atomic>
#include <chrono>
#include <string>
#include <vector>

#include "psherald/notifier.hpp"
#include "psherald/watchdog.hpp"

namespace psherald::notify {

struct Webhook {
  std::string url{};
  Receiver::Format format = Receiver::Format::json;
  std::string secret{};           ///< Empty: the request is not signed.
  bool allow_link_local = false;  ///< For tests. Else addresses of this link and of metadata services are refused.
  std::chrono::milliseconds timeout{10'000};
};
Delivery to_webhook(const Alert& alert, const Webhook& webhook, const std::atomic<bool>& stop);

/// Asks for a URL, as a sign of life. A Fault, peer_lost, says why it was not taken.
Result<void> ping(const std::string& url, std::chrono::milliseconds timeout, const std::atomic<bool>& stop);

struct Command {
  std::vector<std::string> argv{};
  std::chrono::milliseconds terminate_after{10'000}, kill_after{12'000};
};
Delivery to_command(const Alert& alert, const Command& command, const std::atomic<bool>& stop);

Delivery to_syslog(const Alert& alert, const std::string& facility);

}  // namespace psherald::notify
