#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "psherald/notifier.hpp"
#include "psherald/watchdog.hpp"

namespace psherald {

/// Brings alerts to receivers by all channels that they have: mail, webhook, command, syslog, log.
/// A webhook is asked with POST: 2xx is taken, 408, 425, 429 and 5xx are tried again, anything else is refused.
/// Redirects are not followed, addresses of the link and of metadata services are not asked. A command gets JSON on its
/// standard input: 0 is taken, 75 is tried again, anything else is refused. docs/alerting.md describes both. Threads:
/// deliver() as a Watchdog does it, ping() beside it from one at a time, stop() from any.
class Messenger final : public Notifier {
 public:
  struct Options {
    std::vector<Receiver> receivers{};
    MailNotifier::Options mail{};
    std::function<void(const Alert& alert)> on_log{};  ///< Of a receiver with `log`. Must not throw.
    bool allow_link_local = false;                     ///< For tests: webhooks may lead to any address.
  };
  explicit Messenger(Options options);  ///< @throws Error bad_config: a secret that cannot be read, and as MailNotifier
  Messenger(const Messenger&) = delete;
  Messenger& operator=(const Messenger&) = delete;
  ~Messenger() override;

  Delivery deliver(const Alert& alert, const std::string& target) noexcept override;
  /// Asks for a URL, as a sign of life; waits for three seconds at most.
  Result<void> ping(const std::string& url);
  /// Ends an attempt that has not yet handed over the whole message; later ones are deferred at once.
  void stop() noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace psherald
