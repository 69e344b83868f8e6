#pragma once

#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "psherald/record.hpp"

namespace psherald::cli {

enum class RecordFormat {
  table,   ///< A line for each record, under a header.
  json,    ///< An array of objects, whose members are the fields of the filter language.
  ndjson,  ///< Such an object on each line.
  csv,     ///< The same fields, in RFC 4180's form.
  log      ///< As a log file has it: with the lines of tracebacks.
};
std::optional<RecordFormat> parse_record_format(std::string_view name);

/// Writes records for people and programs. Whatever their texts hold, no control character but a line break reaches the
/// file: a terminal shows them and does nothing else.
class RecordWriter {
 public:
  struct Options {
    RecordFormat format = RecordFormat::table;
    bool colours = false;   ///< Levels in colour, for `table` and `log`.
    std::size_t width = 0;  ///< Characters in a line of `table`; 0: no bound.
  };
  RecordWriter(std::FILE* to, Options options) : to_{to}, options_{options} {}

  void write(const RecordBatch& batch, const Record& record);
  /// Behind the last one.
  void end();

 private:
  void put(const std::string& text) { std::fwrite(text.data(), 1, text.size(), to_); }
  std::string coloured(std::string text, Level level) const;
  std::string table_row(const RecordBatch& batch, const Record& record) const;
  std::string log_lines(const RecordBatch& batch, const Record& record) const;

  std::FILE* to_;
  Options options_;
  bool first_ = true;
};

}  // namespace psherald::cli
