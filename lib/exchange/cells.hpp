#pragma once

#include <string>
#include <string_view>

namespace psherald::exchange {

/// Appends the text, which has to be UTF-8, as a JSON string. Besides what JSON wants to be escaped it escapes DEL and
/// U+0080 to U+009F, which a terminal takes for orders; a reader gets the text as it was.
void append_json_text(std::string& out, std::string_view text);
/// Appends JSON as it is but for those two, which valid JSON has only within strings, and line breaks between values.
void append_json_line(std::string& out, std::string_view json);

/// Appends the text as a cell of RFC 4180 for spreadsheets: a text that begins with = + - @ TAB or CR, which they would
/// compute, gets an apostrophe in front; control characters but line breaks and TAB become U+FFFD, CR LF becomes LF.
void append_csv_text(std::string& out, std::string_view text);

}  // namespace psherald::exchange
