#pragma once

/// Records in forms that other programs read and write: bytes in and out, no files. docs/exchange.md describes them.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "psherald/record.hpp"

namespace psherald {

/// Appends a line for each record of the batch: a JSON object whose members are the fields of the filter language, with
/// all that a record has, so that a RecordReader gives it back. What is absent has no member. Pure ASCII controls, DEL
/// and U+0080 to U+009F are escaped, so a terminal shows the lines and does nothing else.
void append_ndjson(std::string& out, const RecordBatch& batch);

/// Appends the line of names, and one for each record: RFC 4180, the same fields. Made for spreadsheets, not to be read
/// back: a text that they would compute gets an apostrophe in front, and control characters become U+FFFD.
void append_csv_names(std::string& out);
void append_csv(std::string& out, const RecordBatch& batch);

}  // namespace psherald
