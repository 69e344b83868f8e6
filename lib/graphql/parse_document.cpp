#include "graphql/parser.hpp"
#include "record/utf8.hpp"

namespace psherald::graphql {
namespace {

class DocumentParser : Parser {
 public:
  using Parser::Parser;

  void parse(Document& document) {
    do {
      const auto start = token().at;
      definition(document);
      if (document.operations.size() > limits().operations || document.fragments.size() > limits().fragments)
        throw SyntaxError{start, "A document may have " + std::to_string(limits().operations) + " operations and " +
                                     std::to_string(limits().fragments) + " fragments."};
    } while (token().kind != Token::Kind::end);
  }

 private:
  void definition(Document& document) {
    if (at_keyword("fragment")) {
      document.fragments.push_back(fragment());
    } else if (at_punctuator("{")) {
      Operation shorthand;
      shorthand.at = token().at;
      shorthand.selections = selections();
      document.operations.push_back(std::move(shorthand));
    } else {
      document.operations.push_back(operation());
    }
  }

  Operation operation() {
    Operation operation;
    operation.at = token().at;
    if (take_keyword("mutation")) {
      operation.kind = Operation::Kind::mutation;
    } else if (take_keyword("subscription")) {
      operation.kind = Operation::Kind::subscription;
    } else if (!take_keyword("query")) {
      unexpected();
    }
    operation.name_at = token().at;
    if (token().kind == Token::Kind::name) operation.name = expect_name();
    if (take_punctuator("(")) {
      do {
        operation.variables.push_back(variable());
      } while (!take_punctuator(")"));
    }
    operation.directives = directives(Variables::allowed);
    operation.selections = selections();
    return operation;
  }

  Variable variable() {
    Variable variable;
    variable.at = token().at;
    expect_punctuator("$");
    variable.name = expect_name();
    expect_punctuator(":");
    variable.type = type();
    if (take_punctuator("=")) variable.default_value = value(Variables::forbidden);
    variable.directives = directives(Variables::forbidden);
    return variable;
  }

  Fragment fragment() {
    Fragment fragment;
    fragment.at = token().at;
    expect_keyword("fragment");
    if (at_keyword("on")) unexpected();
    fragment.name_at = token().at;
    fragment.name = expect_name();
    expect_keyword("on");
    fragment.condition = named_type();
    fragment.directives = directives(Variables::allowed);
    fragment.selections = selections();
    return fragment;
  }

  TypeRef named_type() {
    TypeRef type;
    type.at = type.name_at = token().at;
    type.name = expect_name();
    return type;
  }

  std::vector<Selection> selections() {
    const Level level{*this};
    std::vector<Selection> all;
    expect_punctuator("{");
    do {
      all.push_back(at_punctuator("...") ? fragment_selection() : field());
    } while (!take_punctuator("}"));
    return all;
  }

  Selection field() {
    Selection field;
    field.at = field.name_at = token().at;
    field.name = expect_name();
    if (take_punctuator(":")) {
      field.alias = std::exchange(field.name, {});
      field.name_at = token().at;
      field.name = expect_name();
    }
    field.arguments = arguments(Variables::allowed);
    field.directives = directives(Variables::allowed);
    if (!at_punctuator("{")) return field;
    field.braces = token().at;
    field.selections = selections();
    return field;
  }

  Selection fragment_selection() {
    Selection selection;
    selection.at = token().at;
    expect_punctuator("...");
    selection.name_at = token().at;
    if (token().kind == Token::Kind::name && token().text != "on") {
      selection.kind = Selection::Kind::spread;
      selection.name = expect_name();
      selection.directives = directives(Variables::allowed);
      return selection;
    }
    selection.kind = Selection::Kind::inline_fragment;
    if (take_keyword("on")) selection.condition = named_type();
    selection.directives = directives(Variables::allowed);
    selection.braces = token().at;
    selection.selections = selections();
    return selection;
  }
};

SyntaxFault fault_at(std::string_view source, At at, const std::string& message) {
  SyntaxFault fault;
  fault.code = Errc::bad_query;
  fault.text = "Syntax Error: " + message;
  fault.location = location_of(source, at);
  return fault;
}

}  // namespace

Result<Document, SyntaxFault> parse_document(std::string source, const ParseLimits& limits) {
  if (source.size() > limits.bytes)
    return fault_at({}, 0, "The document is too long: it may have " + std::to_string(limits.bytes) + " bytes.");
  if (!is_utf8(source)) return fault_at({}, 0, "The document is not UTF-8.");
  Document document;
  document.source = std::move(source);
  try {
    DocumentParser{document.source, limits}.parse(document);
  } catch (const SyntaxError& error) {
    return fault_at(document.source, error.at, error.message);
  }
  return document;
}

}  // namespace psherald::graphql
