#pragma once

#include <stdexcept>
#include <string>

namespace psherald::cli {

/// Ends the program: with a code of sysexits.h, and a sentence for stderr.
class Failure : public std::runtime_error {
 public:
  Failure(int exit_code, const std::string& text) : std::runtime_error{text}, exit_code_{exit_code} {}
  int exit_code() const noexcept { return exit_code_; }

 private:
  int exit_code_;
};

/// The command line is wrong.
class UsageError : public Failure {
 public:
  explicit UsageError(const std::string& text);
};

/// Another one of the same program holds the lock. No news for cron, which starts it again and again.
class AlreadyRunning : public Failure {
 public:
  explicit AlreadyRunning(const std::string& text);
};

}  // namespace psherald::cli
