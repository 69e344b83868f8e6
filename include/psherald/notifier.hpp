#pragma once

/// What the Watchdog has to tell, and how it is carried to people.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "psherald/record.hpp"
#include "psherald/result.hpp"

namespace psherald {

/// One message to one receiver: decided, worded and stored. However often it has to be sent, it stays the same.
/// Texts are UTF-8 from anywhere: a notifier has to make them safe for what it speaks.
struct Alert {
  enum class Kind {
    open,      ///< Something has begun; it may be over already.
    remind,    ///< It goes on.
    escalate,  ///< It goes on, nobody has acknowledged it, and this receiver has not heard of it before.
    resolve,   ///< It has ended.
    gone,      ///< It goes on, and nothing more will be said about it.
    blind,     ///< For a time nobody could have been heard, and nobody looked.
  };
  /// One thing that the message tells.
  struct Item {
    std::int64_t incident = 0;  ///< Row of watch_incident.
    std::string rule{}, key{};
    std::string title{};  ///< What people call it: the key, or the message of an error.
    Kind kind = Kind::open;
    std::string json{};  ///< All that is known of it: an object.
  };
  std::string uid{};     ///< 26 letters and digits. Two with the same one are the same message, sent twice.
  std::string origin{};  ///< The store that it comes from: 32 hexadecimal digits, the same for all its life.
  std::string root{};    ///< The uid of the message that began this thread; the own one for that message itself.
  Kind kind = Kind::open;
  std::string rule{};
  std::int64_t incident = 0;  ///< Row of watch_incident; the first one, where it tells of several.
  std::string receiver{};
  std::string channel = "mail";           ///< "mail", "webhook", "command", "syslog" or "log".
  std::vector<std::string> to{};          ///< All addresses of the receiver that this channel has.
  Timestamp at{};                         ///< When it was worded.
  std::string subject{}, text{}, html{};  ///< `text` in lines that end in \n; `html` a whole document.
  std::string link{};                     ///< Where the page shows it; empty: nowhere.
  std::string json{};                     ///< The whole of it as an object, for programs: docs/alerting.md.
  /// What it tells of. Of many the first hundred, when it was read from the store again.
  std::vector<Item> items{};
  std::size_t total = 0;  ///< How many there are.
};

std::string_view name_of(Alert::Kind kind) noexcept;

/// What became of one attempt to bring an alert to one address.
struct Delivery {
  enum class Outcome {
    accepted,     ///< The other side has taken it over.
    refused,      ///< It will never take it for this address.
    deferred,     ///< Not now: try this address again later.
    unavailable,  ///< The other side cannot be reached or takes nothing from us: no use to try others now.
  };
  Outcome outcome = Outcome::deferred;
  int code = 0;                         ///< The last reply of the other side; 0 when there was none.
  std::string detail{};                 ///< A sentence for people. One line of UTF-8.
  std::chrono::seconds retry_after{0};  ///< The other side asked for so much time. 0: it did not.
};

/// Whether syslog(3) has such a facility: "daemon", "user", "local0".
Result<void> check_facility(const std::string& name);

class Notifier {
 public:
  virtual ~Notifier() = default;
  /// Tries once. May wait for a network. The same alert may come again: with the same uid, so that the other side can
  /// tell. Must not throw. Threads: a Watchdog calls it from up to Watchdog::Options::deliveries at once, none of them
  /// its own: one at a time for mail, and one for each other channel of a receiver. For "log" it is its own.
  virtual Delivery deliver(const Alert& alert, const std::string& address) noexcept = 0;

 protected:
  Notifier() = default;
  Notifier(const Notifier&) = default;
  Notifier& operator=(const Notifier&) = default;
};

/// Sends alerts by mail, to a server that takes them over SMTP. One transaction for each address, so that one address
/// that is refused costs the others nothing; one connection for all, while the server keeps it open.
/// Threads: deliver() from one at a time, stop() from any.
/// Sources: RFC 5321 (SMTP), RFC 5322, 2045 to 2047 (the message), RFC 3834 (automatic mail).
class MailNotifier final : public Notifier {
 public:
  struct Options {
    /// "smtp://HOST:PORT": encrypted when the server offers it, whoever it is; with a user, and unless the server is
    /// on this machine, only encrypted and with a certificate that fits. "smtp+starttls://" and "smtps://": the same
    /// for everybody.
    std::string server = "smtp://localhost:25";
    std::string from{};           ///< The sender's address; empty: neelix@<name of this machine>.
    std::string user{};           ///< Empty: no login.
    std::string password_file{};  ///< Its first line is the password of `user`. Nobody else may read the file.
    bool verify = true;           ///< Whether certificates have to fit, where they are looked at.
    std::chrono::milliseconds timeout{30'000};  ///< For one attempt, from the connection to the last reply.
    friend bool operator==(const Options&, const Options&) = default;
  };
  explicit MailNotifier(Options options);  ///< @throws Error bad_config: no such server can be meant.
  MailNotifier(const MailNotifier&) = delete;
  MailNotifier& operator=(const MailNotifier&) = delete;
  ~MailNotifier() override;

  Delivery deliver(const Alert& alert, const std::string& address) noexcept override;
  /// Ends an attempt that has not yet handed over the whole message; later ones are deferred at once.
  void stop() noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace psherald
