#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace psherald {

/// Appends the text as a JSON string with its quotes. It has to be UTF-8. Source: RFC 8259, section 7.
void append_json_string(std::string& out, std::string_view text);
/// Appends the shortest text that reads back as the same double, always with a point or an exponent so that it stays a
/// float. JSON has no NaN and no infinity: they become the strings "nan", "inf" and "-inf".
void append_json_double(std::string& out, double value);
/// Appends [m,e], two whole numbers of which m / 2^e is exactly the value: for readers that get the last bit of decimal
/// digits wrong, as SQLite from 3.43 on does. False, and nothing is appended, for what has no such form: 2^53 and
/// above, -0.0, most below 2^-10, and what is not finite.
bool append_json_fraction(std::string& out, double value);
/// What append_json_fraction wrote; nothing for any other text.
std::optional<double> parse_json_fraction(std::string_view text);

}  // namespace psherald
