#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "psherald/result.hpp"

/// A GraphQL request as it was written, and the values in it. Source: the GraphQL specification of October 2021,
/// section 2.
namespace psherald::graphql {

/// The byte of the source at which something begins.
using At = std::uint32_t;

/// Both count from 1; a column is a code point.
struct Location {
  std::size_t line = 1, column = 1;
  friend bool operator==(const Location&, const Location&) = default;
};
Location location_of(std::string_view source, At at);

/// A literal, a value of a client's variables, and what an argument becomes: all are the same kind of tree.
struct Value {
  enum class Kind { null, boolean, integer, real, string, enumeration, variable, list, object };
  Kind kind = Kind::null;
  std::string text{};          ///< A string's text, a name, or a number or boolean as it was written.
  std::vector<Value> items{};  ///< Of a list or an object.
  std::string name{};          ///< Of a member of an object.
  At at = 0, name_at = 0;

  /// The member of an object; nullptr when there is none.
  const Value* member(std::string_view member_name) const noexcept;
};

/// GraphQL's way to write it.
std::string print(const Value& value);
/// Whether both say the same; the order of members means nothing.
bool same(const Value& a, const Value& b);

/// A type as fields, arguments and variables name it, such as `[GLog!]!`.
struct TypeRef {
  std::string name{};
  std::string wraps{};  ///< '!' and '[' from the outside in: "![!" of the example.
  At at = 0, name_at = 0;

  bool non_null() const noexcept { return wraps.starts_with('!'); }
  bool list() const noexcept { return wraps.starts_with('['); }
  TypeRef inner() const { return {name, wraps.substr(1), at, name_at}; }  ///< Without the outermost wrap.
  TypeRef nullable() const { return non_null() ? inner() : *this; }
  std::string print() const;
};

struct Directive {
  std::string name{};
  std::vector<Value> arguments{};  ///< By Value::name.
  At at = 0;
};

struct Selection {
  enum class Kind { field, spread, inline_fragment };
  Kind kind = Kind::field;
  std::string name{};   ///< Of a field or a fragment.
  std::string alias{};  ///< Empty: none.
  std::vector<Value> arguments{};
  std::vector<Directive> directives{};
  std::optional<TypeRef> condition{};  ///< Of an inline fragment.
  std::vector<Selection> selections{};
  At at = 0, name_at = 0;
  std::optional<At> braces{};  ///< Where the selections begin, when there are some.

  const std::string& response_name() const noexcept { return alias.empty() ? name : alias; }
};

struct Variable {
  std::string name{};
  TypeRef type{};
  std::optional<Value> default_value{};
  std::vector<Directive> directives{};
  At at = 0;
};

struct Operation {
  enum class Kind { query, mutation, subscription };
  Kind kind = Kind::query;
  std::string name{};  ///< Empty: none.
  std::vector<Variable> variables{};
  std::vector<Directive> directives{};
  std::vector<Selection> selections{};
  At at = 0, name_at = 0;
};

struct Fragment {
  std::string name{};
  TypeRef condition{};
  std::vector<Directive> directives{};
  std::vector<Selection> selections{};
  At at = 0, name_at = 0;
};

struct Document {
  std::string source{};
  std::vector<Operation> operations{};
  std::vector<Fragment> fragments{};

  const Fragment* fragment(std::string_view name) const noexcept;  ///< nullptr when there is none.
};

/// What one request may be before anything about its meaning is known.
struct ParseLimits {
  std::size_t bytes = 256u << 10;  ///< Of the source. An introspection query has 2 KiB.
  std::size_t tokens = 20'000;     ///< Each costs some 200 bytes as a tree.
  std::size_t depth = 64;          ///< Braces and brackets within each other: the parser's stack.
  std::size_t operations = 50;     ///< Each is judged with all the fragments that it uses.
  std::size_t fragments = 200;     ///< They may use each other in a row.
};

/// Why a text is no document, and where.
struct SyntaxFault : Fault {
  Location location{};
};
/// Definitions of types are no part of a request and refused.
Result<Document, SyntaxFault> parse_document(std::string source, const ParseLimits& limits = {});

}  // namespace psherald::graphql
