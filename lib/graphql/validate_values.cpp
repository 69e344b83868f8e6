#include <map>

#include "graphql/nearest.hpp"
#include "graphql/validation.hpp"
#include "graphql/values.hpp"

namespace psherald::graphql {
std::string why_no_leaf(const Value& given, const TypeDefinition& type) {
  using Kind = Value::Kind;
  using Scalar = TypeDefinition::Scalar;
  const auto kind = given.kind;
  switch (type.scalar) {
    case Scalar::integer:
      if (kind != Kind::integer) return "Int cannot represent non-integer value: " + print_short(given);
      if (!fits_int(given.text)) return "Int cannot represent non 32-bit signed integer value: " + print_short(given);
      return {};
    case Scalar::real:
      if (kind == Kind::integer || kind == Kind::real) return {};
      return "Float cannot represent non numeric value: " + print_short(given);
    case Scalar::string:
      if (kind == Kind::string) return {};
      return "String cannot represent a non string value: " + print_short(given);
    case Scalar::boolean:
      if (kind == Kind::boolean) return {};
      return "Boolean cannot represent a non boolean value: " + print_short(given);
    case Scalar::id:
      if (kind == Kind::string || kind == Kind::integer) return {};
      return "ID cannot represent a non-string and non-integer value: " + print_short(given);
    case Scalar::none: break;
  }
  const auto names = names_of(type.values);
  if (kind != Kind::enumeration)
    return "Enum " + in_quotes(type.name) + " cannot represent non-enum value: " + print_short(given) + "." +
           did_you_mean(print_short(given), names, "the enum value ");
  if (type.value(given.text)) return {};
  return "Value " + in_quotes(given.text) + " does not exist in " + in_quotes(type.name) + " enum." +
         did_you_mean(given.text, names, "the enum value ");
}

void Validation::value(const Value& given, const Place& place) {
  if (given.kind == Value::Kind::variable) {
    uses_->variables.push_back({&given, place.type, place.has_default});
    return;
  }
  if (!place.type) {
    if (given.kind == Value::Kind::object) unique_members(given);
    for (const auto& item : given.items) value(item, {});
    return;
  }
  const auto& type = *place.type;
  if (given.kind == Value::Kind::null) {
    if (type.non_null())
      complaints_.add("Expected value of type " + in_quotes(type.print()) + ", found null.", {given.at});
    return;
  }
  const auto nullable = type.nullable();
  const auto* named = schema_.type(type.name);
  if (given.kind == Value::Kind::list && nullable.list()) {
    for (const auto& item : given.items) value(item, {nullable.inner()});
  } else if (given.kind == Value::Kind::object && named->kind == TypeDefinition::Kind::input_object) {
    object(given, *named);
  } else {
    leaf(given, type);
    if (given.kind == Value::Kind::object) unique_members(given);
    for (const auto& item : given.items) value(item, {});
  }
}

void Validation::leaf(const Value& given, const TypeRef& type) {
  const auto* named = schema_.type(type.name);
  if (named->kind == TypeDefinition::Kind::input_object)
    return complaints_.add("Expected value of type " + in_quotes(type.print()) + ", found " + print_short(given) + ".",
                           {given.at});
  if (auto why = why_no_leaf(given, *named); !why.empty()) complaints_.add(std::move(why), {given.at});
}

void Validation::object(const Value& given, const TypeDefinition& type) {
  unique_members(given);
  for (const auto& input : type.inputs)
    if (input.required() && !given.member(input.name))
      complaints_.add("Field " + in_quotes(type.name + '.' + input.name) + " of required type " +
                          in_quotes(input.type.print()) + " was not provided.",
                      {given.at});
  const auto names = names_of(type.inputs);
  for (const auto& member : given.items) {
    const auto* input = type.input_field(member.name);
    if (!input)
      complaints_.add("Field " + in_quotes(member.name) + " is not defined by type " + in_quotes(type.name) + "." +
                          did_you_mean(member.name, names),
                      {member.name_at});
    value(member, input ? Place{input->type, input->default_value.has_value()} : Place{});
  }
}

void Validation::unique_members(const Value& object) {
  std::map<std::string_view, At> names;
  for (const auto& member : object.items)
    if (const auto [known, fresh] = names.try_emplace(member.name, member.name_at); !fresh)
      complaints_.add("There can be only one input field named " + in_quotes(member.name) + ".",
                      {known->second, member.name_at});
}

}  // namespace psherald::graphql
