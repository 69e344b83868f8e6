#pragma once

#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "graphql/validate.hpp"

/// The parts of validate().
namespace psherald::graphql {

/// Gathers what is wrong, up to a bound.
class Complaints {
 public:
  struct TooMany {};

  explicit Complaints(const Document& document) : document_{document} {}
  /// @throws TooMany
  void add(std::string message, const std::vector<At>& where);
  bool none() const noexcept { return mistakes_.empty(); }
  Mistakes take() && { return std::move(mistakes_); }

 private:
  const Document& document_;
  Mistakes mistakes_{};
};

/// A variable where it stands: what is expected there, when that is known.
struct VariableUse {
  const Value* variable;
  std::optional<TypeRef> expected;
  bool has_default;  ///< The place has a value of its own when none is given.
};

/// What an operation or a fragment uses.
struct Uses {
  std::vector<VariableUse> variables{};
  std::vector<const Selection*> spreads{};
};

/// A value that stands in a place of this type; nothing: the place is not known, and variables are all there is to see.
struct Place {
  std::optional<TypeRef> type{};
  bool has_default = false;
};

class Validation {
 public:
  Validation(const Schema& schema, const Document& document, Complaints& complaints)
      : schema_{schema}, document_{document}, complaints_{complaints} {}

  /// @throws Complaints::TooMany
  void run(const ExtentLimits& limits);

 private:
  // validate.cpp: the document
  void operations();
  void fragments();
  void unused_fragments();
  void extent(const ExtentLimits& limits);

  // validate_selections.cpp: what is asked for
  Uses uses_of(const Operation& operation);
  Uses uses_of(const Fragment& fragment);
  void selections(const std::vector<Selection>& all, const TypeDefinition* parent);
  void field(const Selection& field, const TypeDefinition* parent);
  void spread(const Selection& spread, const TypeDefinition* parent);
  void inline_fragment(const Selection& fragment, const TypeDefinition* parent);
  const TypeDefinition* condition(const TypeRef& condition, std::string_view fragment);
  void directives(const std::vector<Directive>& all, std::string_view location);
  void unique_arguments(const std::vector<Value>& given);
  const TypeDefinition* known_type(const TypeRef& type);

  // validate_values.cpp: what is given
  void value(const Value& given, const Place& place);
  void object(const Value& given, const TypeDefinition& type);
  void unique_members(const Value& object);
  void leaf(const Value& given, const TypeRef& type);

  // validate_variables.cpp
  void variable_definitions(const Operation& operation);
  void variable_uses(const Operation& operation, const Uses& own);

  // merging.cpp
  void merging();

  const Schema& schema_;
  const Document& document_;
  Complaints& complaints_;
  std::vector<Uses> operation_uses_{}, fragment_uses_{};  // in the document's order
  Uses* uses_ = nullptr;                                  // of what is being walked
};

/// Why the literal cannot be of this scalar or enumeration; empty: it can.
std::string why_no_leaf(const Value& given, const TypeDefinition& type);

/// The fragments that spread themselves, one complaint for each way round.
void find_cycles(const Document& document, const std::vector<Uses>& uses, Complaints& complaints);

}  // namespace psherald::graphql
