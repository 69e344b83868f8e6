#include "api/record_json.hpp"

#include <algorithm>
#include <utility>

#include "exchange/rows.hpp"
#include "psherald/exchange.hpp"

namespace psherald::api {

RecordForm::RecordForm(std::vector<ast::FieldRef> fields) : fields_{std::move(fields)} {
  for (const auto& field : fields_) names_.push_back(print(field));
}

std::vector<FieldValue> RecordForm::values(const RecordBatch& batch, const Record& record) const {
  std::vector<FieldValue> values;
  for (const auto& field : fields_) values.push_back(value_of(batch, record, field));
  return values;
}

void RecordForm::append_lines(std::string& out, const RecordBatch& batch) const {
  if (fields_.empty()) return append_ndjson(out, batch);
  for (const auto& record : batch.records()) (out += exchange::json_object(names_, values(batch, record))) += '\n';
}

// Within a line there is no line feed: each one ends an object.
void RecordForm::append_list(std::string& out, const RecordBatch& batch) const {
  out += '[';
  const auto begin = out.size();
  append_lines(out, batch);
  if (out.size() > begin) out.pop_back();
  std::replace(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(), '\n', ',');
  out += ']';
}

void RecordForm::append_csv_names(std::string& out) const {
  if (fields_.empty()) return psherald::append_csv_names(out);
  out += exchange::csv_line({names_.begin(), names_.end()});
}

void RecordForm::append_csv(std::string& out, const RecordBatch& batch) const {
  if (fields_.empty()) return psherald::append_csv(out, batch);
  for (const auto& record : batch.records()) out += exchange::csv_line(values(batch, record));
}

}  // namespace psherald::api
