#pragma once

#include <memory>
#include <string_view>

#include "psherald/filter.hpp"

namespace psherald::query {

/// A regular expression of RE2, whose time is linear in the text.
/// Threads: any number at once.
class CompiledRegex {
 public:
  /// Whether it is found somewhere in the text.
  bool found_in(std::string_view text) const;
  struct Impl;
  explicit CompiledRegex(std::shared_ptr<const Impl> impl) : impl_{std::move(impl)} {}

 private:
  std::shared_ptr<const Impl> impl_;
};
/// A bad_query fault when RE2 refuses it or it needs too much memory.
Result<CompiledRegex> compile(const ast::Regex& regex);

}  // namespace psherald::query
