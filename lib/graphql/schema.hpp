#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "graphql/document.hpp"

/// What can be asked. Source: the GraphQL specification of October 2021, section 3, without interfaces and unions.
namespace psherald::graphql {

/// An argument, or a field of an input object.
struct InputValue {
  std::string name{}, description{};
  TypeRef type{};
  std::optional<Value> default_value{};
  std::optional<std::string> deprecation{};

  bool required() const noexcept { return type.non_null() && !default_value; }
};

struct TypeDefinition;

struct FieldDefinition {
  std::string name{}, description{};
  std::vector<InputValue> arguments{};
  TypeRef type{};
  std::optional<std::string> deprecation{};
  bool grown = false;                  ///< Told only to who asks for all that there is.
  std::size_t number = 0;              ///< Its place within its type.
  const TypeDefinition* of = nullptr;  ///< What stands in `type` within lists.

  const InputValue* argument(std::string_view argument_name) const noexcept;
};

struct EnumValue {
  std::string name{}, description{};
  std::optional<std::string> deprecation{};
};

struct TypeDefinition {
  enum class Kind { scalar, object, enumeration, input_object };
  enum class Scalar { none, integer, real, string, boolean, id };
  Kind kind = Kind::scalar;
  Scalar scalar = Scalar::none;
  std::string name{}, description{};
  std::vector<FieldDefinition> fields{};
  std::vector<InputValue> inputs{};
  std::vector<EnumValue> values{};
  bool grown = false;  ///< As of a field.

  bool input() const noexcept { return kind != Kind::object; }
  const FieldDefinition* field(std::string_view field_name) const noexcept;  ///< nullptr when there is none.
  const InputValue* input_field(std::string_view field_name) const noexcept;
  const EnumValue* value(std::string_view value_name) const noexcept;
};

struct DirectiveDefinition {
  std::string name{}, description{};
  std::vector<std::string> locations{};
  std::vector<InputValue> arguments{};

  bool allowed_on(std::string_view location) const noexcept;
  const InputValue* argument(std::string_view argument_name) const noexcept;
};

/// Types and directives, those of introspection too. Threads: const calls from several at once.
class Schema {
 public:
  /// Both texts are in the schema language, and literals of the program. What stands in `grown`, types and fields by
  /// `extend type`, can be asked for as all else, and is told by introspection only to who wants all.
  /// @throws std::logic_error: they are not
  explicit Schema(std::string_view text, std::string_view grown = {});
  Schema(const Schema&) = delete;
  Schema& operator=(const Schema&) = delete;

  const TypeDefinition* type(std::string_view name) const noexcept;  ///< nullptr when there is none.
  const DirectiveDefinition* directive(std::string_view name) const noexcept;
  const std::deque<TypeDefinition>& types() const noexcept { return types_; }
  const std::vector<DirectiveDefinition>& directives() const noexcept { return directives_; }
  std::vector<std::string_view> type_names() const;
  const std::string& description() const noexcept { return description_; }

  /// nullptr: there is nothing to ask, or to change.
  const TypeDefinition* query() const noexcept { return type(query_); }
  const TypeDefinition* mutation() const noexcept { return type(mutation_); }
  const TypeDefinition* root(Operation::Kind kind) const noexcept;

  /// The field of that name, also __typename, and at the root of queries __schema and __type; nullptr when there is
  /// none.
  const FieldDefinition* field(const TypeDefinition& parent, std::string_view name) const noexcept;
  const FieldDefinition& typename_field() const noexcept { return typename_field_; }
  const FieldDefinition& schema_field() const noexcept { return schema_field_; }
  const FieldDefinition& type_field() const noexcept { return type_field_; }

 private:
  void add(std::string_view text, bool grown);
  void resolve(FieldDefinition& field) const;

  std::deque<TypeDefinition> types_{};
  std::map<std::string, TypeDefinition*, std::less<>> by_name_{};
  std::vector<DirectiveDefinition> directives_{};
  std::string query_{}, mutation_{}, description_{};
  FieldDefinition typename_field_{}, schema_field_{}, type_field_{};
};

/// What a text in the schema language defines.
struct SchemaText {
  std::vector<TypeDefinition> types{};
  std::vector<TypeDefinition> extensions{};  ///< The fields by which types of these names grow.
  std::vector<DirectiveDefinition> directives{};
  std::string query{}, mutation{}, description{};
};
/// @throws SyntaxError
SchemaText parse_schema(std::string_view text);

/// The scalars, the directives and the types of introspection.
extern const std::string_view built_in_schema;

}  // namespace psherald::graphql
