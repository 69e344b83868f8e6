#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace psherald::testing {

/// A mail server on loopback that does what a script says. Threads: one of its own; everything else from any.
class SmtpServer {
 public:
  enum class Stage { connect, ehlo, mail, rcpt, data, content, quit, other };
  /// Asked before each answer, with the line that came (of `content`, the whole mail). Empty: the usual answer.
  using Script = std::function<std::string(Stage stage, const std::string& line)>;
  static inline const std::string drop = "drop";        ///< Closes the connection instead of answering.
  static inline const std::string silence = "silence";  ///< Never answers.

  struct Mail {
    std::string from{}, to{}, content{};  ///< Content as it was sent, dots undone.
  };

  explicit SmtpServer(Script script = {});
  SmtpServer(const SmtpServer&) = delete;
  SmtpServer& operator=(const SmtpServer&) = delete;
  ~SmtpServer();

  std::string url() const;  ///< "smtp://127.0.0.1:PORT"
  void follow(Script script);
  std::vector<Mail> mails() const;  ///< That it has taken over, answered or not.
  int connections() const;
  std::vector<std::string> lines() const;  ///< All commands that came.

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace psherald::testing
