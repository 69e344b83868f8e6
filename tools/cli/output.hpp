#pragma once

/// How commands write: forms of values for people and programs. Whatever texts hold, no control character but a line
/// break reaches the output: a terminal shows it and does nothing else.

#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/arguments.hpp"
#include "exchange/rows.hpp"
#include "psherald/fields.hpp"

namespace psherald::cli {

using exchange::csv_line;
using exchange::is_number;
using exchange::json_object;
using exchange::plain_text;

enum class Format {
  table,   ///< A line for each record or row, under a header.
  json,    ///< An array of objects.
  ndjson,  ///< Such an object on each line.
  csv,     ///< The same values, in RFC 4180's form.
  log      ///< Records as a log file has them: with the lines of tracebacks.
};

struct OutputOptions {
  Format format = Format::table;
  bool colours = false;   ///< For `table` and `log`.
  std::size_t width = 0;  ///< Characters in a line of `table`; 0: no bound.
};
enum class Of { records, rows };  ///< Rows have no form of a log file.
/// From --format and what stdout is: no colours and no bound unless it is a terminal. @throws UsageError
OutputOptions output_options(const Arguments& arguments, Format format = Format::table, Of of = Of::records);

/// The lines of a text, with spaces for tabs.
std::vector<std::string> lines_of(std::string_view text);
std::string one_line(std::string_view text);
/// As people read it, in one line: a time in local time, nothing for absent.
std::string shown(const FieldValue& value);
std::size_t characters(std::string_view text);
/// Cut to so many characters, or with spaces behind it.
std::string column(std::string text, std::size_t width);

/// Writes rows of named values.
class RowWriter {
 public:
  RowWriter(std::FILE* to, std::vector<std::string> names, const OutputOptions& options)
      : to_{to}, names_{std::move(names)}, options_{options} {}

  void write(std::vector<FieldValue> values);
  /// Writes what a table has held back to find the width of its columns.
  void flush();
  /// Behind the last one.
  void end();

 private:
  void put(const std::string& text) { std::fwrite(text.data(), 1, text.size(), to_); }
  void put_header(const std::vector<std::vector<std::string>>& rows);
  void put_line(const std::vector<std::string>& cells);

  struct Column {
    std::size_t width;
    bool of_numbers;  // which stand to the right
  };

  std::FILE* to_;
  std::vector<std::string> names_;
  OutputOptions options_;
  bool first_ = true;
  std::vector<std::vector<FieldValue>> held_{};
  std::vector<Column> columns_{};  // known from the first flush on
};

/// @throws Failure: what was written to stdout did not get there.
void check_written();

}  // namespace psherald::cli
