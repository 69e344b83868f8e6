#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "net/client.hpp"
#include "net/host_name.hpp"
#include "notify/mail.hpp"
#include "psherald/error.hpp"

namespace psherald {
namespace {

std::string sender(const MailNotifier::Options& options) {
  std::string from = options.from.empty() ? "neelix@" + net::host_name("localhost") : options.from;
  if (!notify::is_address(from))
    throw Error{Errc::bad_config, "\"" + from + "\" is no mail address to send from; set from under [mail]"};
  return from;
}

std::string password(const MailNotifier::Options& options) {
  if (options.user.empty()) return {};
  const auto fail = [&](const std::string& why) {
    throw Error{Errc::bad_config, "cannot read the password of " + options.user + " from \"" + options.password_file +
                                      "\" (password_file under [mail]): " + why};
  };
  struct stat status;
  if (::stat(options.password_file.c_str(), &status) != 0) fail(std::strerror(errno));
  if ((status.st_mode & 077) != 0) fail("others may read or change it; run: chmod 600 " + options.password_file);
  std::ifstream file{options.password_file};
  std::string line;
  if (!std::getline(file, line)) fail("it is empty or not to be read");
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

net::MailClient::Options client_options(const MailNotifier::Options& options) {
  return {net::parse_mail_server(options.server).value(), options.user, password(options), options.verify,
          options.timeout};
}

/// Only a refusal of the recipient or of the mail itself is the address's own. What the server says before that holds
/// for all, and is for people to mend: such a mail is kept and tried again.
Delivery::Outcome outcome_of(const net::MailClient::Attempt& attempt) {
  using Stage = net::MailClient::Stage;
  switch (attempt.stage) {
    case Stage::connection: return Delivery::Outcome::unavailable;
    case Stage::sender: return Delivery::Outcome::deferred;
    case Stage::recipient:
    case Stage::content: return attempt.code >= 500 ? Delivery::Outcome::refused : Delivery::Outcome::deferred;
    case Stage::done: return Delivery::Outcome::accepted;
  }
  return Delivery::Outcome::deferred;
}

std::string sentence(const net::MailClient::Attempt& attempt, const std::string& server) {
  using Stage = net::MailClient::Stage;
  switch (attempt.stage) {
    case Stage::connection: return "cannot hand in mail at " + server + ": " + attempt.reason;
    case Stage::sender: return server + " does not take the sender: " + attempt.reason;
    case Stage::recipient: return server + " does not take the address: " + attempt.reason;
    case Stage::content:
      if (attempt.code == 0 && attempt.handed_over)
        return "uncertain: " + server + " did not say whether it has the mail: " + attempt.reason;
      return server + " does not take the mail: " + attempt.reason;
    case Stage::done: return attempt.reason;
  }
  return {};
}

}  // namespace

struct MailNotifier::Impl {
  explicit Impl(Options with) : options{std::move(with)}, from{sender(options)}, client{client_options(options)} {}

  Delivery deliver(const Alert& alert, const std::string& address) {
    if (!notify::is_address(address)) return {Delivery::Outcome::refused, 0, "\"" + address + "\" is no mail address"};
    if (stopped) return {Delivery::Outcome::unavailable, 0, "stopped before it was tried"};
    const auto attempt = client.send(from, address, notify::compose_mail(alert, from), stopped);
    const bool done = attempt.stage == net::MailClient::Stage::done;
    return {outcome_of(attempt), done ? 250 : attempt.code, sentence(attempt, options.server)};
  }

  const Options options;
  const std::string from;
  net::MailClient client;
  std::atomic<bool> stopped = false;
};

MailNotifier::MailNotifier(Options options) : impl_{std::make_unique<Impl>(std::move(options))} {}
MailNotifier::~MailNotifier() = default;

Delivery MailNotifier::deliver(const Alert& alert, const std::string& address) noexcept try {
  return impl_->deliver(alert, address);
} catch (const std::exception& error) {  // out of memory
  return {Delivery::Outcome::deferred, 0, error.what()};
}

void MailNotifier::stop() noexcept { impl_->stopped = true; }

}  // namespace psherald
