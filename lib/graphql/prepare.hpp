#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "graphql/mistake.hpp"
#include "graphql/schema.hpp"
#include "graphql/validate.hpp"
#include "graphql/values.hpp"

namespace psherald::graphql {

/// What a client sends.
struct Request {
  std::string query{};
  std::string operation_name{};  ///< Which operation, where there are several; empty: not said.
  std::string variables{};       ///< A JSON object, or nothing.
};

struct RequestLimits {
  ParseLimits parse{};
  ExtentLimits extent{};
  ValueLimits values{};
};

/// A field to be answered: all selections of one response name within an object, with arguments as values.
struct Field {
  std::string name{};  ///< In the answer.
  std::string key{};   ///< The same as JSON, with the colon.
  const FieldDefinition* definition = nullptr;
  const TypeDefinition* parent = nullptr;
  Value arguments{};                 ///< By Value::name; those that are given or have a default.
  std::vector<Field> fields{};       ///< Of its value, when that is an object.
  std::vector<At> at{};              ///< Its selections in the source.
  std::optional<NullFault> fault{};  ///< Why its arguments cannot be had.

  /// The argument; nullptr when it is absent or null.
  const Value* argument(std::string_view argument_name) const noexcept;
};

/// A request that is valid, with its variables in their places.
struct PreparedRequest {
  Operation::Kind kind = Operation::Kind::query;
  std::vector<Field> fields{};
  std::string source{};
};

/// Parses, validates, and puts the variables in. The mistakes say why nothing can be executed.
Result<PreparedRequest, Mistakes> prepare(const Schema& schema, const Request& request,
                                          const RequestLimits& limits = {});

}  // namespace psherald::graphql
