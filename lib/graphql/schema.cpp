#include "graphql/schema.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "graphql/lexer.hpp"

namespace psherald::graphql {
namespace {

template <class Named>
const Named* find_named(const std::vector<Named>& all, std::string_view name) noexcept {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Named& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

TypeDefinition::Scalar scalar_of(std::string_view name) {
  using Scalar = TypeDefinition::Scalar;
  constexpr std::array<std::pair<std::string_view, Scalar>, 5> scalars{{{"Int", Scalar::integer},
                                                                        {"Float", Scalar::real},
                                                                        {"String", Scalar::string},
                                                                        {"Boolean", Scalar::boolean},
                                                                        {"ID", Scalar::id}}};
  for (const auto& [known, scalar] : scalars)
    if (known == name) return scalar;
  return Scalar::none;
}

FieldDefinition meta_field(std::string name, TypeRef type, std::vector<InputValue> arguments = {}) {
  FieldDefinition field;
  field.name = std::move(name);
  field.type = std::move(type);
  field.arguments = std::move(arguments);
  return field;
}

InputValue name_argument() {
  InputValue argument;
  argument.name = "name";
  argument.type = {"String", "!"};
  return argument;
}

}  // namespace

const InputValue* FieldDefinition::argument(std::string_view argument_name) const noexcept {
  return find_named(arguments, argument_name);
}
const FieldDefinition* TypeDefinition::field(std::string_view field_name) const noexcept {
  return find_named(fields, field_name);
}
const InputValue* TypeDefinition::input_field(std::string_view field_name) const noexcept {
  return find_named(inputs, field_name);
}
const EnumValue* TypeDefinition::value(std::string_view value_name) const noexcept {
  return find_named(values, value_name);
}
bool DirectiveDefinition::allowed_on(std::string_view location) const noexcept {
  return std::find(locations.begin(), locations.end(), location) != locations.end();
}
const InputValue* DirectiveDefinition::argument(std::string_view argument_name) const noexcept {
  return find_named(arguments, argument_name);
}

Schema::Schema(std::string_view text, std::string_view grown)
    : typename_field_{meta_field("__typename", {"String", "!"})},
      schema_field_{meta_field("__schema", {"__Schema", "!"})},
      type_field_{meta_field("__type", {"__Type"}, {name_argument()})} {
  add(text, false);
  add(built_in_schema, false);
  if (!grown.empty()) add(grown, true);
  for (auto& type : types_) {
    for (std::size_t number = 0; number < type.fields.size(); ++number) {
      type.fields[number].number = number;
      resolve(type.fields[number]);
    }
    for (const auto& input : type.inputs)
      if (!this->type(input.type.name)) throw std::logic_error{"the schema does not define " + input.type.name};
  }
  for (auto* field : {&typename_field_, &schema_field_, &type_field_}) resolve(*field);
}

void Schema::add(std::string_view text, bool grown) try {
  auto parsed = parse_schema(text);
  for (auto& type : parsed.types) {
    type.grown = grown;
    if (type.kind == TypeDefinition::Kind::scalar) type.scalar = scalar_of(type.name);
    auto& kept = types_.emplace_back(std::move(type));
    if (!by_name_.try_emplace(kept.name, &kept).second)
      throw std::logic_error{"the schema defines " + kept.name + " twice"};
  }
  for (auto& extension : parsed.extensions) {
    const auto found = by_name_.find(extension.name);
    if (found == by_name_.end()) throw std::logic_error{"the schema extends " + extension.name};
    for (auto& field : extension.fields) {
      field.grown = grown;
      found->second->fields.push_back(std::move(field));
    }
  }
  for (auto& directive : parsed.directives) directives_.push_back(std::move(directive));
  if (!parsed.description.empty()) description_ = std::move(parsed.description);
  if (!parsed.query.empty()) query_ = std::move(parsed.query);
  if (!parsed.mutation.empty()) mutation_ = std::move(parsed.mutation);
} catch (const SyntaxError& error) {
  throw std::logic_error{"the schema, at byte " + std::to_string(error.at) + ": " + error.message};
}

void Schema::resolve(FieldDefinition& field) const {
  field.of = type(field.type.name);
  if (!field.of) throw std::logic_error{"the schema does not define " + field.type.name};
}

const TypeDefinition* Schema::type(std::string_view name) const noexcept {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

const DirectiveDefinition* Schema::directive(std::string_view name) const noexcept {
  return find_named(directives_, name);
}

std::vector<std::string_view> Schema::type_names() const {
  std::vector<std::string_view> names;
  for (const auto& type : types_) names.push_back(type.name);
  return names;
}

const TypeDefinition* Schema::root(Operation::Kind kind) const noexcept {
  switch (kind) {
    case Operation::Kind::query: return query();
    case Operation::Kind::mutation: return mutation();
    case Operation::Kind::subscription: break;
  }
  return nullptr;
}

const FieldDefinition* Schema::field(const TypeDefinition& parent, std::string_view name) const noexcept {
  if (name == typename_field_.name) return &typename_field_;
  if (&parent == query()) {
    if (name == schema_field_.name) return &schema_field_;
    if (name == type_field_.name) return &type_field_;
  }
  return parent.field(name);
}

}  // namespace psherald::graphql
