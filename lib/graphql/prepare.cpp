#include "graphql/prepare.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "record/json.hpp"

namespace psherald::graphql {
namespace {

/// Thrown within prepare: the request cannot be executed.
struct Refused {
  Mistakes mistakes;
};

[[noreturn]] void refuse(std::string message, std::vector<Location> locations = {}) {
  throw Refused{{{std::move(message), std::move(locations)}}};
}

Document parsed(const Request& request, const RequestLimits& limits) {
  auto document = parse_document(request.query, limits.parse);
  if (!document) refuse(document.error().text, {document.error().location});
  return std::move(*document);
}

const Operation& chosen(const Document& document, const std::string& name) {
  if (document.operations.empty()) refuse("Must provide an operation.");
  if (name.empty()) {
    if (document.operations.size() > 1) refuse("Must provide operation name if query contains multiple operations.");
    return document.operations.front();
  }
  const auto found = std::find_if(document.operations.begin(), document.operations.end(),
                                  [&](const Operation& operation) { return operation.name == name; });
  if (found == document.operations.end()) refuse("Unknown operation named \"" + name + "\".");
  return *found;
}

std::string_view kind_name(Operation::Kind kind) {
  switch (kind) {
    case Operation::Kind::query: return "query";
    case Operation::Kind::mutation: return "mutation";
    case Operation::Kind::subscription: break;
  }
  return "subscription";
}

/// Gathers the fields of an operation. Source: the specification, section 6.3.2.
class Gathering {
 public:
  Gathering(const Schema& schema, const Document& document, const Variables& variables)
      : schema_{schema}, document_{document}, variables_{variables} {}

  using Parts = std::vector<const std::vector<Selection>*>;

  std::vector<Field> fields(const TypeDefinition& type, const Parts& parts) const {
    Groups groups;
    for (const auto* part : parts) collect(*part, groups);
    std::vector<Field> fields;
    for (const auto& same : groups.in_order) fields.push_back(field(type, same));
    return fields;
  }

 private:
  struct Groups {
    std::vector<std::vector<const Selection*>> in_order{};
    std::map<std::string_view, std::size_t> places{};
    std::set<std::string_view> spread{};
  };

  void collect(const std::vector<Selection>& selections, Groups& groups) const {
    for (const auto& selection : selections) {
      if (left_out(selection)) continue;
      if (selection.kind == Selection::Kind::field) {
        const auto [place, fresh] = groups.places.try_emplace(selection.response_name(), groups.in_order.size());
        if (fresh) groups.in_order.emplace_back();
        groups.in_order[place->second].push_back(&selection);
      } else if (selection.kind == Selection::Kind::inline_fragment) {
        collect(selection.selections, groups);
      } else if (groups.spread.insert(selection.name).second) {
        collect(document_.fragment(selection.name)->selections, groups);
      }
    }
  }

  bool left_out(const Selection& selection) const {
    return condition(selection, "skip", false) || !condition(selection, "include", true);
  }

  bool condition(const Selection& selection, std::string_view name, bool otherwise) const {
    for (const auto& directive : selection.directives) {
      if (directive.name != name) continue;
      try {
        const auto arguments =
            coerce_arguments(schema_, schema_.directive(name)->arguments, directive.arguments, variables_);
        return arguments.member("if")->text == "true";
      } catch (const NullFault& fault) {
        refuse(fault.message, {location_of(document_.source, fault.at)});
      }
    }
    return otherwise;
  }

  Field field(const TypeDefinition& parent, const std::vector<const Selection*>& same) const {
    const auto& first = *same.front();
    Field field;
    field.name = first.response_name();
    append_json_string(field.key, field.name);
    field.key += ':';
    field.parent = &parent;
    field.definition = schema_.field(parent, first.name);
    try {
      field.arguments = coerce_arguments(schema_, field.definition->arguments, first.arguments, variables_);
    } catch (const NullFault& fault) {
      field.fault = fault;
    }
    Parts parts;
    for (const auto* selection : same) {
      field.at.push_back(selection->at);
      parts.push_back(&selection->selections);
    }
    field.fields = fields(*field.definition->of, parts);
    return field;
  }

  const Schema& schema_;
  const Document& document_;
  const Variables& variables_;
};

PreparedRequest prepared(const Schema& schema, const Request& request, const RequestLimits& limits) {
  auto document = parsed(request, limits);
  if (auto mistakes = validate(schema, document, limits.extent); !mistakes.empty()) throw Refused{std::move(mistakes)};
  const auto& operation = chosen(document, request.operation_name);
  const auto* root = schema.root(operation.kind);
  if (!root)
    refuse("Schema is not configured to execute " + std::string{kind_name(operation.kind)} + " operation.",
           {location_of(document.source, operation.at)});
  const auto given = parse_variables(request.variables, limits.values);
  if (!given) refuse(given.error().text);
  const auto variables = coerce_variables(schema, document, operation, *given);
  if (!variables) throw Refused{{variables.error()}};
  PreparedRequest prepared{operation.kind,
                           Gathering{schema, document, *variables}.fields(*root, {&operation.selections})};
  prepared.source = std::move(document.source);
  return prepared;
}

}  // namespace

const Value* Field::argument(std::string_view argument_name) const noexcept {
  const auto* value = arguments.member(argument_name);
  return value && value->kind != Value::Kind::null ? value : nullptr;
}

Result<PreparedRequest, Mistakes> prepare(const Schema& schema, const Request& request, const RequestLimits& limits) {
  try {
    return prepared(schema, request, limits);
  } catch (Refused& refused) {
    return std::move(refused.mistakes);
  }
}

}  // namespace psherald::graphql
