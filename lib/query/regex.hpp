#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

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
  friend class RegexAtoms;
  std::shared_ptr<const Impl> impl_;
};
/// A bad_query fault when RE2 refuses it or it needs too much memory.
Result<CompiledRegex> compile(const ast::Regex& regex);

/// The texts of which some have to stand in a text so that a regular expression may be found in it.
class RegexAtoms {
 public:
  explicit RegexAtoms(const CompiledRegex& regex);
  /// Each is at least three bytes long, with letters in lower case. A text has it in any case.
  const std::vector<std::string>& atoms() const noexcept { return atoms_; }
  /// It may be found in any text: there is nothing to ask.
  bool anything() const noexcept { return atoms_.empty(); }
  /// Whether it may be found in a text that has these of the atoms, by their index.
  bool may_be_found(const std::vector<int>& atoms) const;

 private:
  struct Filter;
  std::shared_ptr<const Filter> filter_{};
  std::vector<std::string> atoms_{};
};

}  // namespace psherald::query
