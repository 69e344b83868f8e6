#include <map>

#include "graphql/validation.hpp"

namespace psherald::graphql {
namespace {

/// A field with the field whose selections it stands in, which is one of those that become one answer.
struct Met {
  const Selection* field;
  const Met* within;
};

bool same_arguments(const Selection& a, const Selection& b) {
  if (a.arguments.size() != b.arguments.size()) return false;
  for (const auto& argument : a.arguments) {
    const Value* other = nullptr;
    for (const auto& one : b.arguments)
      if (one.name == argument.name) other = &one;
    if (!other || !same(argument, *other)) return false;
  }
  return true;
}

std::string difference(const Selection& a, const Selection& b) {
  if (&a == &b) return {};
  if (a.name != b.name) return in_quotes(a.name) + " and " + in_quotes(b.name) + " are different fields";
  return same_arguments(a, b) ? "" : "they have differing arguments";
}

/// Looks whether fields of one response name are the same field with the same arguments. All types are known and none
/// is abstract, so it is enough to compare each with the first, and to go on with what all of them select. Source: the
/// specification, section 5.3.2.
class Merging {
 public:
  Merging(const Document& document, Complaints& complaints) : document_{document}, complaints_{complaints} {}

  void check(const std::vector<Selection>& selections) { check_all({{&selections, nullptr}}); }

 private:
  struct Part {
    const std::vector<Selection>* selections;
    const Met* within;
  };
  using Groups = std::map<std::string_view, std::vector<Met>>;

  void check_all(const std::vector<Part>& parts) {
    Groups groups;
    std::set<std::pair<const Fragment*, const Met*>> seen;
    for (const auto& part : parts) collect(part, groups, seen);
    for (const auto& [name, fields] : groups) check_group(fields);
  }

  void check_group(const std::vector<Met>& fields) {
    std::vector<Part> within;
    for (const auto& met : fields) {
      if (const auto why = difference(*fields.front().field, *met.field); !why.empty())
        return complain(fields.front(), met, why);
      within.push_back({&met.field->selections, &met});
    }
    check_all(within);
  }

  void collect(const Part& part, Groups& groups, std::set<std::pair<const Fragment*, const Met*>>& seen) {
    for (const auto& selection : *part.selections) {
      switch (selection.kind) {
        case Selection::Kind::field: groups[selection.response_name()].push_back({&selection, part.within}); break;
        case Selection::Kind::inline_fragment: collect({&selection.selections, part.within}, groups, seen); break;
        case Selection::Kind::spread: {
          const auto* fragment = document_.fragment(selection.name);
          if (seen.emplace(fragment, part.within).second) collect({&fragment->selections, part.within}, groups, seen);
        }
      }
    }
  }

  void complain(const Met& a, const Met& b, const std::string& why) {
    std::vector<At> first{a.field->at}, second{b.field->at};
    std::string name = a.field->response_name(), reason = why;
    for (const Met *x = a.within, *y = b.within; x != y; x = x->within, y = y->within) {
      reason = "subfields " + in_quotes(name) + " conflict because " + reason;
      name = x->field->response_name();
      first.insert(first.begin(), x->field->at);
      second.insert(second.begin(), y->field->at);
    }
    first.insert(first.end(), second.begin(), second.end());
    complaints_.add("Fields " + in_quotes(name) + " conflict because " + reason +
                        ". Use different aliases on the fields to fetch both if this was intentional.",
                    first);
  }

  const Document& document_;
  Complaints& complaints_;
};

}  // namespace

void Validation::merging() {
  Merging merging{document_, complaints_};
  for (const auto& operation : document_.operations) merging.check(operation.selections);
}

}  // namespace psherald::graphql
