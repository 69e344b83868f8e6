#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "psherald/filter.hpp"

namespace psherald::query {

/// How parse_filter leaves its depths; it never gets out of it.
struct Failure {
  QueryFault fault;
};

/// A word as typed: where it stands, its text without escapes, and the same with its wildcards.
struct Bare {
  std::size_t begin = 0, end = 0;
  std::string plain{};
  std::vector<std::variant<std::string, ast::Wild>> parts{};
  bool wild = false, escaped = false;
  bool lone_star() const noexcept {
    return wild && parts.size() == 1 && parts[0] == decltype(parts)::value_type{ast::Wild::any_run};
  }
};

enum class Keyword : std::uint8_t { none, op_or, op_and, op_not };

/// Reads the text of a filter piece by piece. Positions are bytes; columns count code points.
class Lexer {
 public:
  /// @throws Failure for what may stand nowhere in a filter
  explicit Lexer(std::string_view text);

  std::size_t at() const noexcept { return at_; }
  void go_to(std::size_t position) noexcept { at_ = position; }
  bool at_end() const noexcept { return at_ == text_.size(); }
  /// The rest; empty at the end.
  std::string_view rest() const noexcept { return text_.substr(at_); }
  std::string_view between(std::size_t begin, std::size_t end) const noexcept {
    return text_.substr(begin, end - begin);
  }
  bool looking_at(std::string_view token) const noexcept { return rest().starts_with(token); }
  bool take(std::string_view token) noexcept;
  void skip_space() noexcept;
  /// White space, a closing parenthesis or the end; in a list also a comma.
  bool at_separator(bool in_list = false) const noexcept;

  /// `or`, `and`, `not` and their signs, standing alone. Stays where it is; `bytes` is the length.
  Keyword keyword(std::size_t& bytes) const noexcept;
  /// The characters of a name from here; stays where it is.
  std::string_view name() const noexcept;
  /// Up to the next separator, quote or parenthesis. @throws Failure for a wrong escape
  Bare bare(bool in_list);
  /// From its opening quote on. @throws Failure
  std::string phrase();
  /// A text that may not begin so, at this place. @throws Failure
  void refuse_quotes() const;
  /// Whether the word from here is a path rather than a regular expression.
  bool is_path(bool in_list) const noexcept;
  /// From its opening slash on. @throws Failure. Does not look whether RE2 takes it.
  ast::Regex regex();

  std::size_t column(std::size_t position) const noexcept;
  /// What stands between, in quotes, short and without control characters.
  std::string found(std::size_t begin, std::size_t end) const;
  [[noreturn]] void fail(std::size_t begin, std::size_t end, std::string message,
                         std::vector<std::string> expected = {}, std::vector<std::string> nearest = {}) const;
  /// The end of the word that begins there, for saying what was found.
  std::size_t word_end(std::size_t begin) const noexcept;

 private:
  void check() const;
  void escape_in_bare(Bare& bare);
  char32_t hex_escape(std::size_t begin);

  std::string_view text_;
  std::size_t at_ = 0;
};

/// Has Unicode's property White_Space.
bool is_space(char32_t c) noexcept;
/// Shows nothing, and is not allowed in a filter but in its escaped form.
bool is_invisible(char32_t c) noexcept;
bool is_control(char32_t c) noexcept;
/// A quote of typography, which people get from word processors.
bool is_curly_quote(char32_t c) noexcept;
/// `\u{...}`.
std::string escaped(char32_t c);

/// Canonical text of a part of a filter.
std::string print(const ast::Node& root);

}  // namespace psherald::query
