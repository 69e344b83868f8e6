#include <map>

#include "graphql/validation.hpp"

namespace psherald::graphql {
namespace {

// Whether all that the variable may be is welcome there.
bool within(const TypeRef& variable, const TypeRef& place) {
  if (place.non_null()) return variable.non_null() && within(variable.inner(), place.inner());
  if (variable.non_null()) return within(variable.inner(), place);
  if (place.list() != variable.list()) return false;
  return place.list() ? within(variable.inner(), place.inner()) : variable.name == place.name;
}

bool allowed(const Variable& variable, const VariableUse& use) {
  const auto& place = *use.expected;
  if (!place.non_null() || variable.type.non_null()) return within(variable.type, place);
  const bool defaulted = variable.default_value && variable.default_value->kind != Value::Kind::null;
  return (defaulted || use.has_default) && within(variable.type, place.inner());
}

std::string by_operation(const Operation& operation, std::string_view verb) {
  return operation.name.empty() ? "" : ' ' + std::string{verb} + ' ' + in_quotes(operation.name);
}

}  // namespace

void Validation::variable_definitions(const Operation& operation) {
  std::map<std::string_view, std::vector<At>> places;
  for (const auto& variable : operation.variables) {
    places[variable.name].push_back(variable.at + 1);
    const auto* type = known_type(variable.type);
    if (type && !type->input())
      complaints_.add("Variable " + in_quotes('$' + variable.name) + " cannot be non-input type " +
                          in_quotes(variable.type.print()) + ".",
                      {variable.type.at});
    if (variable.default_value) value(*variable.default_value, type && type->input() ? Place{variable.type} : Place{});
    directives(variable.directives, "VARIABLE_DEFINITION");
  }
  for (const auto& [name, where] : places)
    if (where.size() > 1)
      complaints_.add("There can be only one variable named " + in_quotes('$' + std::string{name}) + ".", where);
}

void Validation::variable_uses(const Operation& operation, const Uses& own) {
  std::map<std::string_view, const Variable*> defined;
  for (const auto& variable : operation.variables) defined.try_emplace(variable.name, &variable);
  std::set<std::string_view> used;
  std::set<const Uses*> seen{&own};
  for (std::vector<const Uses*> left{&own}; !left.empty();) {
    const auto* uses = left.back();
    left.pop_back();
    for (const auto& use : uses->variables) {
      const auto name = '$' + use.variable->text;
      const auto found = defined.find(use.variable->text);
      used.insert(use.variable->text);
      if (found == defined.end()) {
        complaints_.add(
            "Variable " + in_quotes(name) + " is not defined" + by_operation(operation, "by operation") + ".",
            {use.variable->at, operation.at});
      } else if (use.expected && schema_.type(found->second->type.name) && !allowed(*found->second, use)) {
        complaints_.add("Variable " + in_quotes(name) + " of type " + in_quotes(found->second->type.print()) +
                            " used in position expecting type " + in_quotes(use.expected->print()) + ".",
                        {found->second->at, use.variable->at});
      }
    }
    for (const auto* spread : uses->spreads)
      if (const auto* fragment = document_.fragment(spread->name))
        if (const auto* next = &fragment_uses_[static_cast<std::size_t>(fragment - document_.fragments.data())];
            seen.insert(next).second)
          left.push_back(next);
  }
  for (const auto& variable : operation.variables)
    if (!used.contains(variable.name))
      complaints_.add("Variable " + in_quotes('$' + variable.name) + " is never used" +
                          by_operation(operation, "in operation") + ".",
                      {variable.at});
}

}  // namespace psherald::graphql
