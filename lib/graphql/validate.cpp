#include "graphql/validate.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "graphql/validation.hpp"

namespace psherald::graphql {
namespace {

struct Extent {
  std::size_t fields = 0, depth = 0;
};

/// Counts each fragment once and uses the number wherever it is spread: how often that is may be exponential.
class Extents {
 public:
  explicit Extents(const Document& document) : document_{document} {}

  Extent of(const std::vector<Selection>& selections) {
    Extent sum;
    if (++level_ > most_levels) too_deep_ = true;
    if (too_deep_) return sum;
    for (const auto& selection : selections) {
      const auto part =
          selection.kind == Selection::Kind::spread ? of_fragment(selection.name) : of(selection.selections);
      const std::size_t itself = selection.kind == Selection::Kind::field;
      sum.fields = std::min(sum.fields + part.fields + itself, most);
      sum.depth = std::max(sum.depth, part.depth + itself);
    }
    --level_;
    return sum;
  }

  /// Braces stand so deep within each other, where fragments are put in for their spreads, that nothing may follow
  /// them.
  bool too_deep() const noexcept { return too_deep_; }
  static constexpr std::size_t most_levels = 250;

 private:
  static constexpr std::size_t most = 1u << 30;

  Extent of_fragment(const std::string& name) {
    const auto known = known_.find(name);
    if (known != known_.end()) return known->second;
    const auto* fragment = document_.fragment(name);
    return known_[name] = fragment ? of(fragment->selections) : Extent{};
  }

  const Document& document_;
  std::map<std::string, Extent> known_{};
  std::size_t level_ = 0;
  bool too_deep_ = false;
};

class CycleFinder {
 public:
  CycleFinder(const Document& document, const std::vector<Uses>& uses, Complaints& complaints)
      : document_{document}, uses_{uses}, complaints_{complaints} {}

  void follow(std::size_t fragment) {
    const auto& name = document_.fragments[fragment].name;
    if (!seen_.insert(name).second) return;
    place_[name] = way_.size();
    for (const auto* spread : uses_[fragment].spreads) {
      way_.push_back(spread);
      if (const auto place = place_.find(spread->name); place != place_.end())
        complain(place->second);
      else if (const auto* next = document_.fragment(spread->name))
        follow(static_cast<std::size_t>(next - document_.fragments.data()));
      way_.pop_back();
    }
    place_.erase(name);
  }

 private:
  void complain(std::size_t from) {
    std::string via;
    std::vector<At> where;
    for (std::size_t i = from; i < way_.size(); ++i) {
      where.push_back(way_[i]->at);
      if (i + 1 < way_.size()) via += (via.empty() ? " via " : ", ") + in_quotes(way_[i]->name);
    }
    complaints_.add("Cannot spread fragment " + in_quotes(way_.back()->name) + " within itself" + via + ".", where);
  }

  const Document& document_;
  const std::vector<Uses>& uses_;
  Complaints& complaints_;
  std::set<std::string> seen_{};
  std::map<std::string, std::size_t> place_{};  // within way_, of the fragments that lead here
  std::vector<const Selection*> way_{};
};

}  // namespace

void find_cycles(const Document& document, const std::vector<Uses>& uses, Complaints& complaints) {
  CycleFinder finder{document, uses, complaints};
  for (std::size_t i = 0; i < document.fragments.size(); ++i) finder.follow(i);
}

void Complaints::add(std::string message, const std::vector<At>& where) {
  constexpr std::size_t most = 100;
  if (mistakes_.size() == most) {
    mistakes_.push_back({"Too many validation errors, error limit reached. Validation aborted."});
    throw TooMany{};
  }
  Mistake mistake{std::move(message)};
  for (const auto at : where) mistake.locations.push_back(location_of(document_.source, at));
  mistakes_.push_back(std::move(mistake));
}

void Validation::operations() {
  std::map<std::string_view, At> names;
  for (const auto& operation : document_.operations) {
    if (operation.name.empty()) {
      if (document_.operations.size() > 1)
        complaints_.add("This anonymous operation must be the only defined operation.", {operation.at});
    } else if (const auto [known, fresh] = names.try_emplace(operation.name, operation.name_at); !fresh) {
      complaints_.add("There can be only one operation named " + in_quotes(operation.name) + ".",
                      {known->second, operation.name_at});
    }
    operation_uses_.push_back(uses_of(operation));
  }
}

void Validation::fragments() {
  std::map<std::string_view, At> names;
  for (const auto& fragment : document_.fragments) {
    if (const auto [known, fresh] = names.try_emplace(fragment.name, fragment.name_at); !fresh)
      complaints_.add("There can be only one fragment named " + in_quotes(fragment.name) + ".",
                      {known->second, fragment.name_at});
    fragment_uses_.push_back(uses_of(fragment));
  }
}

void Validation::unused_fragments() {
  std::set<std::string_view> used;
  std::vector<const Uses*> left;
  for (const auto& uses : operation_uses_) left.push_back(&uses);
  while (!left.empty()) {
    const auto* uses = left.back();
    left.pop_back();
    for (const auto* spread : uses->spreads) {
      const auto* fragment = document_.fragment(spread->name);
      if (fragment && used.insert(fragment->name).second)
        left.push_back(&fragment_uses_[static_cast<std::size_t>(fragment - document_.fragments.data())]);
    }
  }
  for (const auto& fragment : document_.fragments)
    if (!used.contains(fragment.name))
      complaints_.add("Fragment " + in_quotes(fragment.name) + " is never used.", {fragment.at});
}

void Validation::extent(const ExtentLimits& limits) {
  Extents extents{document_};
  std::size_t fields = 0;
  for (const auto& operation : document_.operations) {
    const auto extent = extents.of(operation.selections);
    fields += extent.fields;
    if (extents.too_deep()) {
      complaints_.add("Fragments are nested too deeply: at most " + std::to_string(Extents::most_levels) +
                          " braces may stand within each other, counting each fragment wherever it is used.",
                      {operation.at});
      return;
    }
    if (extent.depth > limits.depth)
      complaints_.add("This asks for fields within fields " + std::to_string(extent.depth) +
                          " deep; it may be at most " + std::to_string(limits.depth) + ".",
                      {operation.at});
    if (fields > limits.fields) {
      complaints_.add("This asks for too many fields: a document may ask for " + std::to_string(limits.fields) +
                          ", counting each fragment wherever it is used.",
                      {operation.at});
      return;
    }
  }
}

void Validation::run(const ExtentLimits& limits) {
  operations();
  fragments();
  for (std::size_t i = 0; i < document_.operations.size(); ++i)
    variable_uses(document_.operations[i], operation_uses_[i]);
  unused_fragments();
  find_cycles(document_, fragment_uses_, complaints_);
  // What follows visits fragments wherever they are spread, and relies on names that are known.
  if (complaints_.none()) extent(limits);
  if (complaints_.none()) merging();
}

Mistakes validate(const Schema& schema, const Document& document, const ExtentLimits& limits) {
  Complaints complaints{document};
  try {
    Validation{schema, document, complaints}.run(limits);
  } catch (const Complaints::TooMany&) {
  }
  return std::move(complaints).take();
}

}  // namespace psherald::graphql
