#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <optional>

#include "notify/channels.hpp"
#include "psherald/error.hpp"
#include "psherald/messenger.hpp"

namespace psherald {
namespace {

std::string secret_in(const std::string& path) {
  if (path.empty()) return {};
  const auto fail = [&](const std::string& why) {
    throw Error{Errc::bad_config, "cannot read the secret in \"" + path + "\" (secret_file of a receiver): " + why};
  };
  struct stat status;
  if (::stat(path.c_str(), &status) != 0) fail(std::strerror(errno));
  if ((status.st_mode & 077) != 0) fail("others may read or change it; run: chmod 600 " + path);
  std::ifstream file{path};
  std::string line;
  if (!std::getline(file, line)) fail("it is empty or not to be read");
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

}  // namespace

struct Messenger::Impl {
  Impl(Options with) : options{std::move(with)} {
    bool any_mail = false;
    for (const auto& receiver : options.receivers) {
      any_mail = any_mail || !receiver.mail.empty();
      ways.emplace(receiver.name, Way{receiver, secret_in(receiver.secret_file)});
    }
    if (any_mail || options.receivers.empty()) mail.emplace(options.mail);
  }

  Delivery deliver(const Alert& alert, const std::string& target) {
    using Outcome = Delivery::Outcome;
    if (stopped) return {Outcome::unavailable, 0, "stopped before it was tried", {}};
    if (alert.channel == "mail" && mail) return mail->deliver(alert, target);
    const auto way = ways.find(alert.receiver);
    if (way == ways.end()) return {Outcome::refused, 0, "there is no receiver \"" + alert.receiver + "\"", {}};
    const auto& receiver = way->second.receiver;
    if (alert.channel == "webhook")
      return notify::to_webhook(
          alert, {receiver.webhook, receiver.format, way->second.secret, options.allow_link_local}, stopped);
    if (alert.channel == "command") return notify::to_command(alert, {receiver.command}, stopped);
    if (alert.channel == "syslog") return notify::to_syslog(alert, receiver.syslog);
    if (alert.channel == "log" && options.on_log) {
      options.on_log(alert);
      return {Outcome::accepted, 250, "written to the log", {}};
    }
    return {Outcome::refused, 0, "nobody knows the channel \"" + alert.channel + "\"", {}};
  }

  struct Way {
    Receiver receiver;
    std::string secret;
  };
  const Options options;
  std::map<std::string, Way> ways{};
  std::optional<MailNotifier> mail{};
  std::atomic<bool> stopped = false;
};

Messenger::Messenger(Options options) : impl_{std::make_unique<Impl>(std::move(options))} {}
Messenger::~Messenger() = default;

Delivery Messenger::deliver(const Alert& alert, const std::string& target) noexcept try {
  return impl_->deliver(alert, target);
} catch (const std::exception& error) {  // out of memory
  return {Delivery::Outcome::deferred, 0, error.what(), {}};
}

Result<void> Messenger::ping(const std::string& url) {
  return notify::ping(url, std::chrono::seconds{3}, impl_->stopped);
}

void Messenger::stop() noexcept {
  impl_->stopped = true;
  if (impl_->mail) impl_->mail->stop();
}

}  // namespace psherald
