#include <map>

#include "graphql/nearest.hpp"
#include "graphql/validation.hpp"

namespace psherald::graphql {
namespace {

std::string_view location_name(Operation::Kind kind) {
  switch (kind) {
    case Operation::Kind::query: return "QUERY";
    case Operation::Kind::mutation: return "MUTATION";
    case Operation::Kind::subscription: break;
  }
  return "SUBSCRIPTION";
}

const Value* find_argument(const std::vector<Value>& given, std::string_view name) {
  for (const auto& argument : given)
    if (argument.name == name) return &argument;
  return nullptr;
}

}  // namespace

Uses Validation::uses_of(const Operation& operation) {
  Uses uses;
  uses_ = &uses;
  variable_definitions(operation);
  directives(operation.directives, location_name(operation.kind));
  selections(operation.selections, schema_.root(operation.kind));
  return uses;
}

Uses Validation::uses_of(const Fragment& fragment) {
  Uses uses;
  uses_ = &uses;
  const auto* type = condition(fragment.condition, fragment.name);
  directives(fragment.directives, "FRAGMENT_DEFINITION");
  selections(fragment.selections, type);
  return uses;
}

void Validation::selections(const std::vector<Selection>& all, const TypeDefinition* parent) {
  for (const auto& selection : all) {
    switch (selection.kind) {
      case Selection::Kind::field: field(selection, parent); break;
      case Selection::Kind::spread: spread(selection, parent); break;
      case Selection::Kind::inline_fragment: inline_fragment(selection, parent); break;
    }
  }
}

void Validation::field(const Selection& field, const TypeDefinition* parent) {
  const auto* definition = parent ? schema_.field(*parent, field.name) : nullptr;
  if (parent && !definition)
    complaints_.add("Cannot query field " + in_quotes(field.name) + " on type " + in_quotes(parent->name) + "." +
                        did_you_mean(field.name, names_of(parent->fields)),
                    {field.at});
  unique_arguments(field.arguments);
  for (const auto& given : field.arguments) {
    const auto* argument = definition ? definition->argument(given.name) : nullptr;
    if (definition && !argument)
      complaints_.add("Unknown argument " + in_quotes(given.name) + " on field " +
                          in_quotes(parent->name + '.' + field.name) + "." +
                          did_you_mean(given.name, names_of(definition->arguments)),
                      {given.name_at});
    value(given, argument ? Place{argument->type, argument->default_value.has_value()} : Place{});
  }
  if (definition)
    for (const auto& argument : definition->arguments)
      if (argument.required() && !find_argument(field.arguments, argument.name))
        complaints_.add("Field " + in_quotes(field.name) + " argument " + in_quotes(argument.name) + " of type " +
                            in_quotes(argument.type.print()) + " is required, but it was not provided.",
                        {field.at});
  directives(field.directives, "FIELD");
  const auto* type = definition ? definition->of : nullptr;
  const bool object = type && type->kind == TypeDefinition::Kind::object;
  if (definition && !object && field.braces)
    complaints_.add("Field " + in_quotes(field.name) + " must not have a selection since type " +
                        in_quotes(definition->type.print()) + " has no subfields.",
                    {*field.braces});
  if (object && !field.braces)
    complaints_.add("Field " + in_quotes(field.name) + " of type " + in_quotes(definition->type.print()) +
                        " must have a selection of subfields. Did you mean " + in_quotes(field.name + " { ... }") + "?",
                    {field.at});
  selections(field.selections, object ? type : nullptr);
}

void Validation::spread(const Selection& spread, const TypeDefinition* parent) {
  uses_->spreads.push_back(&spread);
  directives(spread.directives, "FRAGMENT_SPREAD");
  const auto* fragment = document_.fragment(spread.name);
  if (!fragment) return complaints_.add("Unknown fragment " + in_quotes(spread.name) + ".", {spread.name_at});
  const auto* type = schema_.type(fragment->condition.name);
  if (parent && type && type != parent && type->kind == TypeDefinition::Kind::object)
    complaints_.add("Fragment " + in_quotes(spread.name) + " cannot be spread here as objects of type " +
                        in_quotes(parent->name) + " can never be of type " + in_quotes(type->name) + ".",
                    {spread.at});
}

void Validation::inline_fragment(const Selection& fragment, const TypeDefinition* parent) {
  const auto* type = fragment.condition ? condition(*fragment.condition, {}) : parent;
  if (parent && type && type != parent)
    complaints_.add("Fragment cannot be spread here as objects of type " + in_quotes(parent->name) +
                        " can never be of type " + in_quotes(type->name) + ".",
                    {fragment.at});
  directives(fragment.directives, "INLINE_FRAGMENT");
  selections(fragment.selections, type);
}

// The type that a fragment is on; nullptr: nothing that has fields.
const TypeDefinition* Validation::condition(const TypeRef& condition, std::string_view fragment) {
  const auto* type = known_type(condition);
  if (!type || type->kind == TypeDefinition::Kind::object) return type;
  complaints_.add("Fragment " + (fragment.empty() ? "" : in_quotes(fragment) + " ") +
                      "cannot condition on non composite type " + in_quotes(condition.name) + ".",
                  {condition.at});
  return nullptr;
}

const TypeDefinition* Validation::known_type(const TypeRef& type) {
  const auto* known = schema_.type(type.name);
  if (!known)
    complaints_.add("Unknown type " + in_quotes(type.name) + "." + did_you_mean(type.name, schema_.type_names()),
                    {type.name_at});
  return known;
}

void Validation::directives(const std::vector<Directive>& all, std::string_view location) {
  std::map<std::string_view, At> names;
  for (const auto& directive : all) {
    const auto* definition = schema_.directive(directive.name);
    const auto name = '@' + directive.name;
    if (!definition) {
      complaints_.add("Unknown directive " + in_quotes(name) + ".", {directive.at});
    } else if (!definition->allowed_on(location)) {
      complaints_.add("Directive " + in_quotes(name) + " may not be used on " + std::string{location} + ".",
                      {directive.at});
    }
    if (const auto [known, fresh] = names.try_emplace(directive.name, directive.at); !fresh && definition)
      complaints_.add("The directive " + in_quotes(name) + " can only be used once at this location.",
                      {known->second, directive.at});
    unique_arguments(directive.arguments);
    for (const auto& given : directive.arguments) {
      const auto* argument = definition ? definition->argument(given.name) : nullptr;
      if (definition && !argument)
        complaints_.add("Unknown argument " + in_quotes(given.name) + " on directive " + in_quotes(name) + "." +
                            did_you_mean(given.name, names_of(definition->arguments)),
                        {given.name_at});
      value(given, argument ? Place{argument->type, argument->default_value.has_value()} : Place{});
    }
    if (!definition) continue;
    for (const auto& argument : definition->arguments)
      if (argument.required() && !find_argument(directive.arguments, argument.name))
        complaints_.add("Directive " + in_quotes(name) + " argument " + in_quotes(argument.name) + " of type " +
                            in_quotes(argument.type.print()) + " is required, but it was not provided.",
                        {directive.at});
  }
}

void Validation::unique_arguments(const std::vector<Value>& given) {
  std::map<std::string_view, std::vector<At>> places;
  for (const auto& argument : given) places[argument.name].push_back(argument.name_at);
  for (const auto& [name, where] : places)
    if (where.size() > 1) complaints_.add("There can be only one argument named " + in_quotes(name) + ".", where);
}

}  // namespace psherald::graphql
