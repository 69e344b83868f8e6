#pragma once

#include <stdlib.h>
#include <time.h>

#include <optional>
#include <string>

namespace psherald::testing {

/// The local zone of this process, until the end of the scope.
class LocalZone {
 public:
  explicit LocalZone(const char* name) {
    if (const char* before = ::getenv("TZ")) before_ = before;
    set(name);
  }
  LocalZone(const LocalZone&) = delete;
  LocalZone& operator=(const LocalZone&) = delete;
  ~LocalZone() { set(before_ ? before_->c_str() : nullptr); }

 private:
  static void set(const char* name) {
    name != nullptr ? ::setenv("TZ", name, 1) : ::unsetenv("TZ");
    ::tzset();
  }
  std::optional<std::string> before_;
};

}  // namespace psherald::testing
