#pragma once

#include <string>
#include <vector>

#include "psherald/fields.hpp"
#include "psherald/record.hpp"

namespace psherald::api {

/// How records are written: whole, as docs/exchange.md has them, or as the fields that were asked for.
class RecordForm {
 public:
  explicit RecordForm(std::vector<ast::FieldRef> fields = {});

  /// Appends an object for each record, on a line of its own.
  void append_lines(std::string& out, const RecordBatch& batch) const;
  /// Appends them as a JSON list.
  void append_list(std::string& out, const RecordBatch& batch) const;
  void append_csv_names(std::string& out) const;
  void append_csv(std::string& out, const RecordBatch& batch) const;

 private:
  std::vector<FieldValue> values(const RecordBatch& batch, const Record& record) const;

  std::vector<ast::FieldRef> fields_;
  std::vector<std::string> names_;
};

}  // namespace psherald::api
