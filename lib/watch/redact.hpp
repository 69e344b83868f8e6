#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace psherald::watch {

/// Takes out of texts what nobody should read in a message: passwords, tokens, keys, and what else is asked for.
class Redactor {
 public:
  /// `patterns` in RE2's syntax. @throws Error bad_config for one that is none
  Redactor(const std::vector<std::string>& patterns, bool defaults);
  Redactor(Redactor&&) noexcept;
  ~Redactor();
  std::string operator()(std::string_view text) const;

 private:
  struct Impl;
  std::unique_ptr<const Impl> impl_;
};

}  // namespace psherald::watch
