#pragma once

#include <cstdio>
#include <optional>
#include <vector>

#include "cli/output.hpp"
#include "psherald/record.hpp"

namespace psherald::cli {

/// Writes records for people and programs.
class RecordWriter {
 public:
  /// Without fields: all of them for programs, the most telling ones in a table.
  RecordWriter(std::FILE* to, const OutputOptions& options, std::vector<ast::FieldRef> fields = {});

  void write(const RecordBatch& batch, const Record& record);
  /// Lets somebody who watches see all that was written.
  void flush();
  /// Behind the last one.
  void end();

 private:
  std::string coloured(std::string text, Level level) const;
  std::string table_line(const RecordBatch& batch, const Record& record) const;
  std::string log_lines(const RecordBatch& batch, const Record& record) const;

  std::FILE* to_;
  OutputOptions options_;
  bool chosen_, first_ = true;
  std::vector<ast::FieldRef> fields_;
  RowWriter rows_;
};

}  // namespace psherald::cli
