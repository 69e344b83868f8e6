#pragma once

#include <string>
#include <string_view>

namespace psherald {

/// Appends the text as a JSON string with its quotes. It has to be UTF-8. Source: RFC 8259, section 7.
void append_json_string(std::string& out, std::string_view text);
/// Appends the shortest text that reads back as the same double, always with a point or an exponent so that it stays a
/// float. JSON has no NaN and no infinity: they become the strings "nan", "inf" and "-inf".
void append_json_double(std::string& out, double value);

}  // namespace psherald
