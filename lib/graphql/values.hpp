#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "graphql/mistake.hpp"
#include "graphql/schema.hpp"

namespace psherald::graphql {

/// The beginning of how a value is written, for sentences.
std::string print_short(const Value& value);
/// Whether the digits are a number of 32 bits with sign.
bool fits_int(std::string_view digits) noexcept;

/// What the variables of an operation are; one that has no value is not there.
using Variables = std::map<std::string, Value, std::less<>>;

/// What the variables of a request may be.
struct ValueLimits {
  std::size_t bytes = 1u << 20;  ///< Of their JSON.
  std::size_t values = 20'000;   ///< Lists and objects count with what is in them.
  std::size_t depth = 64;
};

/// A JSON object as a value; empty text and `null` are an empty one. A Fault says what is wrong with it.
Result<Value> parse_variables(std::string_view json, const ValueLimits& limits = {});

/// The operation's variables, each checked and made the type that it is declared as. Source: the specification,
/// section 6.1.2.
Result<Variables, Mistake> coerce_variables(const Schema& schema, const Document& document, const Operation& operation,
                                            const Value& given);

/// A literal of a valid document as the value of its place; nothing when a variable in it has none.
std::optional<Value> coerce_literal(const Schema& schema, const Value& literal, const TypeRef& type,
                                    const Variables& variables);

/// Thrown by the coercion of arguments: a sentence about a place that must not be null, and is.
struct NullFault {
  At at = 0;
  std::string message{};
};
/// All arguments that are given or have a default, as members of an object. Source: the specification, section 6.4.1.
/// @throws NullFault
Value coerce_arguments(const Schema& schema, const std::vector<InputValue>& definitions,
                       const std::vector<Value>& given, const Variables& variables);

}  // namespace psherald::graphql
