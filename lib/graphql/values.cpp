#include "graphql/values.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "graphql/nearest.hpp"
#include "graphql/validation.hpp"
#include "record/number.hpp"
#include "record/utf8.hpp"

namespace psherald::graphql {
namespace {

namespace json = simdjson::ondemand;

std::string_view trim(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(space), text.size()));
  return text.substr(0, text.find_last_not_of(space) + 1);
}

/// Thrown within parse_variables and coerce_variables.
struct Wrong {
  std::string why;
  std::string where{};           // within the variable: ".lines[2]"
  const Value* value = nullptr;  // what is there
};

class VariablesReader {
 public:
  explicit VariablesReader(const ValueLimits& limits) : limits_{limits} {}

  Value object(json::object members, std::size_t depth) {
    Value object;
    object.kind = Value::Kind::object;
    std::map<std::string, std::size_t> places;
    for (auto member : members) {
      std::string name{std::string_view{member.unescaped_key()}};
      auto read = value(member.value(), depth + 1);
      read.name = name;
      const auto [place, fresh] = places.try_emplace(std::move(name), object.items.size());
      // The last of one name counts, as in every reader of JSON that clients have.
      if (fresh)
        object.items.push_back(std::move(read));
      else
        object.items[place->second] = std::move(read);
    }
    return object;
  }

 private:
  Value value(json::value source, std::size_t depth) {
    if (++values_ > limits_.values)
      throw Wrong{"there are more than " + std::to_string(limits_.values) + " values in it"};
    if (depth > limits_.depth) throw Wrong{"it is nested more than " + std::to_string(limits_.depth) + " deep"};
    Value value;
    switch (source.type().value()) {
      case json::json_type::null:
        if (!source.is_null()) throw Wrong{"it has a value that is none"};
        break;
      case json::json_type::boolean:
        value.kind = Value::Kind::boolean;
        value.text = bool{source.get_bool()} ? "true" : "false";
        break;
      case json::json_type::string:
        value.kind = Value::Kind::string;
        value.text = std::string_view{source.get_string()};
        break;
      case json::json_type::number: number(source, value); break;
      case json::json_type::array:
        value.kind = Value::Kind::list;
        for (auto item : source.get_array()) value.items.push_back(this->value(item.value(), depth + 1));
        break;
      case json::json_type::object: return object(source.get_object(), depth);
    }
    return value;
  }

  static void number(json::value& source, Value& value) {
    const std::string_view raw = source.raw_json_token();
    value.text = trim(raw);
    const double number = source.get_double();  // refuses what is no number
    const bool whole = value.text.find_first_of(".eE") == std::string::npos;
    value.kind = whole ? Value::Kind::integer : Value::Kind::real;
    // 2.0 is the integer 2 to whoever knows but one kind of number.
    constexpr double exact = 9'007'199'254'740'992.0;
    if (whole || std::floor(number) != number || std::abs(number) > exact) return;
    value.kind = Value::Kind::integer;
    value.text = std::to_string(static_cast<std::int64_t>(number));
  }

  const ValueLimits& limits_;
  std::size_t values_ = 0;
};

Value null_value() { return {}; }

// A number may stand for the text of an ID.
void as_declared(Value& leaf, const TypeDefinition& type) {
  if (type.scalar == TypeDefinition::Scalar::id) leaf.kind = Value::Kind::string;
}

class Coercion {
 public:
  explicit Coercion(const Schema& schema) : schema_{schema} {}

  Value value(const Value& given, const TypeRef& type, const std::string& where) const {
    if (given.kind == Value::Kind::null) {
      if (type.non_null())
        throw Wrong{"Expected non-nullable type " + in_quotes(type.print()) + " not to be null.", where, &given};
      return null_value();
    }
    const auto nullable = type.nullable();
    if (nullable.list()) return list(given, nullable.inner(), where);
    const auto& named = *schema_.type(type.name);
    if (named.kind == TypeDefinition::Kind::input_object) return object(given, named, where);
    return leaf(given, named, where);
  }

 private:
  Value list(const Value& given, const TypeRef& of, const std::string& where) const {
    Value list;
    list.kind = Value::Kind::list;
    if (given.kind != Value::Kind::list) {
      list.items.push_back(value(given, of, where));
      return list;
    }
    for (std::size_t i = 0; i < given.items.size(); ++i)
      list.items.push_back(value(given.items[i], of, where + '[' + std::to_string(i) + ']'));
    return list;
  }

  Value object(const Value& given, const TypeDefinition& type, const std::string& where) const {
    if (given.kind != Value::Kind::object)
      throw Wrong{"Expected type " + in_quotes(type.name) + " to be an object.", where, &given};
    const auto names = names_of(type.inputs);
    for (const auto& member : given.items)
      if (!type.input_field(member.name))
        throw Wrong{"Field " + in_quotes(member.name) + " is not defined by type " + in_quotes(type.name) + "." +
                        did_you_mean(member.name, names),
                    where, &given};
    Value object;
    object.kind = Value::Kind::object;
    for (const auto& input : type.inputs) {
      const auto* member = given.member(input.name);
      if (!member && input.required())
        throw Wrong{"Field " + in_quotes(input.name) + " of required type " + in_quotes(input.type.print()) +
                        " was not provided.",
                    where, &given};
      if (!member && !input.default_value) continue;
      object.items.push_back(member ? value(*member, input.type, where + '.' + input.name) : *input.default_value);
      object.items.back().name = input.name;
    }
    return object;
  }

  static Value leaf(const Value& given, const TypeDefinition& type, const std::string& where) {
    // In JSON the value of an enumeration is a text.
    auto literal = given;
    if (type.kind == TypeDefinition::Kind::enumeration && given.kind == Value::Kind::string)
      literal.kind = Value::Kind::enumeration;
    auto why = why_no_leaf(literal, type);
    if (!why.empty() && type.kind == TypeDefinition::Kind::enumeration && literal.kind != Value::Kind::enumeration)
      why = "Enum " + in_quotes(type.name) + " cannot represent non-string value: " + print_short(given) + "." +
            did_you_mean(print_short(given), names_of(type.values), "the enum value ");
    if (!why.empty() && type.scalar == TypeDefinition::Scalar::id)
      why = "ID cannot represent value: " + print_short(given);
    if (!why.empty()) throw Wrong{std::move(why), where, &given};
    literal.name.clear();
    as_declared(literal, type);
    return literal;
  }

  const Schema& schema_;
};

Mistake mistake_at(const Document& document, const Variable& variable, const std::string& rest) {
  return {"Variable " + in_quotes('$' + variable.name) + rest, {location_of(document.source, variable.at)}};
}

}  // namespace

std::string print_short(const Value& value) {
  constexpr std::size_t most = 200;
  auto text = print(value);
  if (text.size() <= most) return text;
  return std::string{cut_utf8(text, most)} + "...";
}

bool fits_int(std::string_view digits) noexcept { return parse_number<std::int32_t>(digits).has_value(); }

Result<Value> parse_variables(std::string_view text, const ValueLimits& limits) {
  Value none;
  none.kind = Value::Kind::object;
  if (const auto trimmed = trim(text); trimmed.empty() || trimmed == "null") return none;
  const auto refused = [](std::string why) { return Fault{Errc::bad_query, "The variables cannot be read: " + why}; };
  if (text.size() > limits.bytes) return refused("they may have " + std::to_string(limits.bytes) + " bytes.");
  try {
    json::parser parser;
    const simdjson::padded_string padded{text};
    json::document document = parser.iterate(padded);
    if (document.type() != json::json_type::object) return refused("they have to be a JSON object.");
    auto variables = VariablesReader{limits}.object(document.get_object(), 0);
    if (document.current_location().error() == simdjson::SUCCESS)
      return refused("something stands behind the JSON object.");
    return variables;
  } catch (const Wrong& wrong) {
    return refused(wrong.why + '.');
  } catch (const simdjson::simdjson_error& error) {
    return refused(std::string{"they are no JSON object: "} + error.what());
  }
}

Result<Variables, Mistake> coerce_variables(const Schema& schema, const Document& document, const Operation& operation,
                                            const Value& given) {
  Variables variables;
  for (const auto& variable : operation.variables) {
    const auto* value = given.member(variable.name);
    if (!value && variable.default_value) {
      const auto usual = coerce_literal(schema, *variable.default_value, variable.type, {});
      variables[variable.name] = usual.value_or(null_value());
      continue;
    }
    if (variable.type.non_null() && !value)
      return mistake_at(document, variable,
                        " of required type " + in_quotes(variable.type.print()) + " was not provided.");
    if (variable.type.non_null() && value->kind == Value::Kind::null)
      return mistake_at(document, variable,
                        " of non-null type " + in_quotes(variable.type.print()) + " must not be null.");
    if (!value) continue;
    try {
      variables[variable.name] = Coercion{schema}.value(*value, variable.type, "");
    } catch (const Wrong& wrong) {
      const auto where = wrong.where.empty() ? "" : " at " + in_quotes(variable.name + wrong.where);
      return mistake_at(document, variable,
                        " got invalid value " + print_short(*wrong.value) + where + "; " + wrong.why);
    }
  }
  return variables;
}

std::optional<Value> coerce_literal(const Schema& schema, const Value& literal, const TypeRef& type,
                                    const Variables& variables) {
  if (literal.kind == Value::Kind::variable) {
    const auto found = variables.find(literal.text);
    if (found == variables.end() || (type.non_null() && found->second.kind == Value::Kind::null)) return {};
    return found->second;
  }
  if (literal.kind == Value::Kind::null) return null_value();
  const auto nullable = type.nullable();
  Value value;
  if (nullable.list()) {
    value.kind = Value::Kind::list;
    const auto add = [&](const Value& item) {
      auto one = coerce_literal(schema, item, nullable.inner(), variables);
      if (!one && nullable.inner().non_null()) return false;
      value.items.push_back(one ? std::move(*one) : null_value());
      return true;
    };
    if (literal.kind != Value::Kind::list) return add(literal) ? std::optional{value} : std::nullopt;
    for (const auto& item : literal.items)
      if (!add(item)) return {};
    return value;
  }
  const auto& named = *schema.type(type.name);
  if (named.kind != TypeDefinition::Kind::input_object) {
    value.kind = literal.kind;
    value.text = literal.text;
    as_declared(value, named);
    return value;
  }
  value.kind = Value::Kind::object;
  for (const auto& input : named.inputs) {
    const auto* member = literal.member(input.name);
    auto one = member ? coerce_literal(schema, *member, input.type, variables) : std::nullopt;
    if (!one && input.default_value) one = *input.default_value;
    if (!one && input.type.non_null()) return {};
    if (!one) continue;
    one->name = input.name;
    value.items.push_back(std::move(*one));
  }
  return value;
}

Value coerce_arguments(const Schema& schema, const std::vector<InputValue>& definitions,
                       const std::vector<Value>& given, const Variables& variables) {
  Value all;
  all.kind = Value::Kind::object;
  for (const auto& definition : definitions) {
    const Value* literal = nullptr;
    for (const auto& argument : given)
      if (argument.name == definition.name) literal = &argument;
    const bool absent = !literal || (literal->kind == Value::Kind::variable && !variables.contains(literal->text));
    std::optional<Value> value;
    if (absent) {
      if (definition.default_value) value = *definition.default_value;
      if (!value) continue;
    } else {
      value = coerce_literal(schema, *literal, definition.type, variables);
      if (!value && literal->kind == Value::Kind::variable)
        throw NullFault{literal->at, "Argument " + in_quotes(definition.name) + " of non-null type " +
                                         in_quotes(definition.type.print()) + " must not be null."};
      if (!value)
        throw NullFault{literal->at,
                        "Argument " + in_quotes(definition.name) + " has invalid value " + print_short(*literal) + "."};
    }
    value->name = definition.name;
    all.items.push_back(std::move(*value));
  }
  return all;
}

}  // namespace psherald::graphql
