#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "psherald/result.hpp"

namespace psherald::net {

/// A server that takes mail over SMTP.
struct MailServer {
  enum class Encryption {
    when_offered,  ///< STARTTLS where the server has it; else in the clear.
    required,      ///< STARTTLS, or nothing.
    from_start,    ///< TLS before the first word.
  };
  std::string host{};  ///< A name or an address, an IPv6 one in brackets.
  std::uint16_t port = 25;
  Encryption encryption = Encryption::when_offered;
  bool loopback = false;  ///< On this machine, by its name or address.
};
/// Reads smtp://HOST[:PORT] (25), smtp+starttls:// (587) or smtps:// (465).
Result<MailServer> parse_mail_server(std::string_view url);

/// Hands mail to one server, over one connection as long as the server keeps it. Threads: one at a time.
/// The only includer of libcurl. Sources: RFC 5321, RFC 3207 (STARTTLS), RFC 4954 (AUTH).
class MailClient {
 public:
  struct Options {
    MailServer server{};
    std::string user{}, password{};  ///< No user: no login.
    bool verify = true;              ///< Whether the certificate has to fit, where the encryption is not opportunistic.
    std::chrono::milliseconds timeout{30'000};  ///< For one mail.
  };
  /// How far an attempt came.
  enum class Stage {
    connection,  ///< Connect, greeting, TLS, login.
    sender,      ///< MAIL FROM
    recipient,   ///< RCPT TO
    content,     ///< DATA and the mail itself.
    done,        ///< The server has taken it over.
  };
  struct Attempt {
    Stage stage = Stage::connection;
    int code = 0;              ///< Of the server's last reply, when that was a refusal; 0: it gave none.
    bool handed_over = false;  ///< All of the mail went out: without a reply nobody knows whether the server has it.
    std::string reason{};      ///< The refusal, or what the network said. One line of UTF-8.
  };

  explicit MailClient(Options options);
  MailClient(const MailClient&) = delete;
  MailClient& operator=(const MailClient&) = delete;
  ~MailClient();

  /// One transaction: one sender, one recipient. Both are bare addresses, which the caller has checked; lines of `mail`
  /// end in CRLF. When `stop` becomes true, an attempt that has not handed over all of the mail ends within a second.
  Attempt send(const std::string& from, const std::string& to, std::string_view mail, const std::atomic<bool>& stop);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace psherald::net
