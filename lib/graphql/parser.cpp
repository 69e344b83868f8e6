#include "graphql/parser.hpp"

namespace psherald::graphql {

Parser::Level::Level(Parser& parser) : parser_{parser} {
  if (++parser.depth_ > parser.limits_.depth)
    throw SyntaxError{parser.token_.at, "This is nested too deeply: at most " + std::to_string(parser.limits_.depth) +
                                            " braces and brackets may stand within each other."};
}

void Parser::advance() {
  token_ = lexer_.next();
  if (++tokens_ > limits_.tokens)
    throw SyntaxError{token_.at,
                      "The document is too long: it may have " + std::to_string(limits_.tokens) + " tokens."};
}

void Parser::unexpected() const { throw SyntaxError{token_.at, "Unexpected " + token_.described() + "."}; }

void Parser::expect_punctuator(std::string_view text) {
  if (!take_punctuator(text))
    throw SyntaxError{token_.at, "Expected \"" + std::string{text} + "\", found " + token_.described() + "."};
}

void Parser::expect_keyword(std::string_view text) {
  if (!take_keyword(text))
    throw SyntaxError{token_.at, "Expected \"" + std::string{text} + "\", found " + token_.described() + "."};
}

std::string Parser::expect_name() {
  if (token_.kind != Token::Kind::name)
    throw SyntaxError{token_.at, "Expected Name, found " + token_.described() + "."};
  auto name = token_.text;
  advance();
  return name;
}

Value Parser::taken(Value::Kind kind) {
  Value value;
  value.kind = kind;
  value.at = token_.at;
  value.text = token_.text;
  advance();
  return value;
}

Value Parser::value(Variables variables) {
  switch (token_.kind) {
    case Token::Kind::integer: return taken(Value::Kind::integer);
    case Token::Kind::real: return taken(Value::Kind::real);
    case Token::Kind::string: return taken(Value::Kind::string);
    case Token::Kind::name:
      if (token_.text == "null") return taken(Value::Kind::null);
      return taken(token_.text == "true" || token_.text == "false" ? Value::Kind::boolean : Value::Kind::enumeration);
    case Token::Kind::punctuator:
      if (token_.text == "[") return list_value(variables);
      if (token_.text == "{") return object_value(variables);
      if (token_.text == "$" && variables == Variables::allowed) {
        Value variable;
        variable.kind = Value::Kind::variable;
        variable.at = token_.at;
        advance();
        variable.text = expect_name();
        return variable;
      }
      unexpected();
    case Token::Kind::end: break;
  }
  unexpected();
}

Value Parser::list_value(Variables variables) {
  const Level level{*this};
  Value list;
  list.kind = Value::Kind::list;
  list.at = token_.at;
  advance();
  while (!take_punctuator("]")) list.items.push_back(value(variables));
  return list;
}

Value Parser::object_value(Variables variables) {
  const Level level{*this};
  Value object;
  object.kind = Value::Kind::object;
  object.at = token_.at;
  advance();
  while (!take_punctuator("}")) {
    const auto name_at = token_.at;
    auto name = expect_name();
    expect_punctuator(":");
    auto& member = object.items.emplace_back(value(variables));
    member.name = std::move(name);
    member.name_at = name_at;
  }
  return object;
}

TypeRef Parser::type() {
  const Level level{*this};
  TypeRef type;
  const auto start = token_.at;
  if (take_punctuator("[")) {
    type = this->type();
    expect_punctuator("]");
    type.wraps.insert(0, 1, '[');
  } else {
    type.name_at = start;
    type.name = expect_name();
  }
  type.at = start;
  if (take_punctuator("!")) type.wraps.insert(0, 1, '!');
  return type;
}

std::vector<Value> Parser::arguments(Variables variables) {
  std::vector<Value> all;
  if (!take_punctuator("(")) return all;
  do {
    const auto name_at = token_.at;
    auto name = expect_name();
    expect_punctuator(":");
    auto& argument = all.emplace_back(value(variables));
    argument.name = std::move(name);
    argument.name_at = name_at;
  } while (!take_punctuator(")"));
  return all;
}

std::vector<Directive> Parser::directives(Variables variables) {
  std::vector<Directive> all;
  while (at_punctuator("@")) {
    Directive directive;
    directive.at = token_.at;
    advance();
    directive.name = expect_name();
    directive.arguments = arguments(variables);
    all.push_back(std::move(directive));
  }
  return all;
}

}  // namespace psherald::graphql
