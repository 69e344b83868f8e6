#include "graphql/parser.hpp"
#include "graphql/schema.hpp"

namespace psherald::graphql {
namespace {

class SchemaParser : Parser {
 public:
  using Parser::Parser;

  SchemaText parse() {
    SchemaText schema;
    while (token().kind != Token::Kind::end) definition(schema);
    return schema;
  }

 private:
  void definition(SchemaText& schema) {
    auto about = description();
    if (take_keyword("schema")) {
      schema.description = std::move(about);
      return roots(schema);
    }
    if (take_keyword("directive")) {
      schema.directives.push_back(directive(std::move(about)));
      return;
    }
    const bool extends = take_keyword("extend");
    auto type = type_definition();
    type.description = std::move(about);
    (extends ? schema.extensions : schema.types).push_back(std::move(type));
  }

  std::string description() {
    if (token().kind != Token::Kind::string) return {};
    auto text = token().text;
    advance();
    return text;
  }

  void roots(SchemaText& schema) {
    expect_punctuator("{");
    while (!take_punctuator("}")) {
      auto& root = at_keyword("query") ? schema.query : schema.mutation;
      if (!take_keyword("query")) expect_keyword("mutation");
      expect_punctuator(":");
      root = expect_name();
    }
  }

  TypeDefinition type_definition() {
    TypeDefinition type;
    if (take_keyword("scalar")) {
      type.name = expect_name();
    } else if (take_keyword("type")) {
      type.kind = TypeDefinition::Kind::object;
      type.name = expect_name();
      type.fields = within<FieldDefinition>("{", "}", [&] { return field(); });
    } else if (take_keyword("input")) {
      type.kind = TypeDefinition::Kind::input_object;
      type.name = expect_name();
      type.inputs = within<InputValue>("{", "}", [&] { return input_value(); });
    } else {
      expect_keyword("enum");
      type.kind = TypeDefinition::Kind::enumeration;
      type.name = expect_name();
      type.values = within<EnumValue>("{", "}", [&] { return enum_value(); });
    }
    return type;
  }

  template <class Part, class Read>
  std::vector<Part> within(std::string_view open, std::string_view close, Read read) {
    std::vector<Part> parts;
    expect_punctuator(open);
    while (!take_punctuator(close)) parts.push_back(read());
    return parts;
  }

  std::vector<InputValue> argument_definitions() {
    if (!at_punctuator("(")) return {};
    return within<InputValue>("(", ")", [&] { return input_value(); });
  }

  FieldDefinition field() {
    FieldDefinition field;
    field.description = description();
    field.name = expect_name();
    field.arguments = argument_definitions();
    expect_punctuator(":");
    field.type = type();
    field.deprecation = deprecation();
    return field;
  }

  InputValue input_value() {
    InputValue input;
    input.description = description();
    input.name = expect_name();
    expect_punctuator(":");
    input.type = type();
    if (take_punctuator("=")) input.default_value = value(Variables::forbidden);
    input.deprecation = deprecation();
    return input;
  }

  EnumValue enum_value() {
    EnumValue value;
    value.description = description();
    value.name = expect_name();
    value.deprecation = deprecation();
    return value;
  }

  std::optional<std::string> deprecation() {
    for (const auto& directive : directives(Variables::forbidden))
      if (directive.name == "deprecated")
        return directive.arguments.empty() ? "No longer supported" : directive.arguments.front().text;
    return {};
  }

  DirectiveDefinition directive(std::string about) {
    DirectiveDefinition directive;
    directive.description = std::move(about);
    expect_punctuator("@");
    directive.name = expect_name();
    directive.arguments = argument_definitions();
    expect_keyword("on");
    do {
      directive.locations.push_back(expect_name());
    } while (take_punctuator("|"));
    return directive;
  }
};

}  // namespace

SchemaText parse_schema(std::string_view text) { return SchemaParser{text, ParseLimits{}}.parse(); }

}  // namespace psherald::graphql
