#pragma once

/// The values of a record under the names of the filter language, for tables, JSON and CSV.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "psherald/filter.hpp"
#include "psherald/record.hpp"

namespace psherald {

/// JSON text: a number, list or object of an attribute.
struct Json {
  std::string text;
  friend bool operator==(const Json&, const Json&) = default;
};
/// std::monostate: absent. Texts are valid UTF-8.
using FieldValue = std::variant<std::monostate, std::int64_t, Timestamp, std::string, Json>;

/// The record is one of the batch. Of an attribute it is the first value that the path leads to. `text` is the message.
FieldValue value_of(const RecordBatch& batch, const Record& record, const ast::FieldRef& field);
/// All fields but `text` and attributes, in the order of the language's description.
const std::vector<ast::Field>& record_fields();

}  // namespace psherald
