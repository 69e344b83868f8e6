#pragma once

#include <string>
#include <string_view>

#include "graphql/document.hpp"

namespace psherald::graphql {

/// Thrown by lexer and parser and caught where a parse begins: half of a grammar's functions would otherwise do
/// nothing but pass it on.
struct SyntaxError {
  At at = 0;
  std::string message{};
};

struct Token {
  enum class Kind { end, punctuator, name, integer, real, string };
  Kind kind = Kind::end;
  At at = 0;
  std::string text{};  ///< As written; of a string what it says.

  std::string described() const;  ///< For people: `"{"`, `Name "message"`.
};

/// Cuts UTF-8 into tokens. Source: the specification, section 2.1.
class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_{source} {}
  Token next();  ///< @throws SyntaxError

 private:
  void skip_ignored();
  Token name();
  Token number();
  std::size_t digits(std::size_t from) const;
  Token string();
  Token block_string();
  void escape(std::string& out);
  char32_t braced_code_point();
  char32_t four_digits();
  char peek(std::size_t ahead = 0) const noexcept { return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0'; }
  [[noreturn]] void refuse(std::size_t at, std::string message) const;

  std::string_view source_;
  std::size_t at_ = 0;
};

/// What a block string says: without the indentation that all its lines have, and without empty lines around it.
std::string block_string_value(std::string_view raw);

}  // namespace psherald::graphql
