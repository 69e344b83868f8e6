#pragma once

#include <string>
#include <vector>

#include "psherald/fields.hpp"

namespace psherald::exchange {

/// Also where it is the JSON of one.
bool is_number(const FieldValue& value);
/// As programs read it: times in UTC, nothing for absent.
std::string plain_text(const FieldValue& value);
/// Absent ones are left out. Times are in UTC.
std::string json_object(const std::vector<std::string>& names, const std::vector<FieldValue>& values);
/// A text that a spreadsheet would take for a formula gets an apostrophe in front.
std::string csv_line(const std::vector<FieldValue>& values);

}  // namespace psherald::exchange
