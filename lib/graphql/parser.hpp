#pragma once

#include <string_view>
#include <vector>

#include "graphql/lexer.hpp"

namespace psherald::graphql {

/// What requests and schemas have in common: tokens, values, types, directives. All of it throws SyntaxError.
class Parser {
 public:
  Parser(std::string_view source, const ParseLimits& limits) : lexer_{source}, limits_{limits} { advance(); }

 protected:
  enum class Variables { allowed, forbidden };

  bool at_punctuator(std::string_view text) const noexcept { return at(Token::Kind::punctuator, text); }
  bool at_keyword(std::string_view text) const noexcept { return at(Token::Kind::name, text); }
  bool take_punctuator(std::string_view text) { return at_punctuator(text) && (advance(), true); }
  bool take_keyword(std::string_view text) { return at_keyword(text) && (advance(), true); }
  void expect_punctuator(std::string_view text);
  void expect_keyword(std::string_view text);
  std::string expect_name();
  [[noreturn]] void unexpected() const;

  Value value(Variables variables);
  TypeRef type();
  std::vector<Value> arguments(Variables variables);
  std::vector<Directive> directives(Variables variables);

  const Token& token() const noexcept { return token_; }
  const ParseLimits& limits() const noexcept { return limits_; }
  void advance();

  /// Counts how deep the parser is for as long as it lives.
  class Level {
   public:
    explicit Level(Parser& parser);
    ~Level() { --parser_.depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    Parser& parser_;
  };

 private:
  bool at(Token::Kind kind, std::string_view text) const noexcept { return token_.kind == kind && token_.text == text; }
  Value list_value(Variables variables);
  Value object_value(Variables variables);
  Value taken(Value::Kind kind);

  Lexer lexer_;
  ParseLimits limits_;
  Token token_{};
  std::size_t tokens_ = 0, depth_ = 0;
};

}  // namespace psherald::graphql
