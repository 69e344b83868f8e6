#include "page/json_api.hpp"

#include <algorithm>

#include "page/herald_row.hpp"
#include "record/json.hpp"

namespace psherald::page {
namespace {

constexpr std::size_t rows_at_once = 1'000, bytes_at_once = 8u << 20;

void append_row(std::string& out, const HeraldRow& row) {
  out += '{';
  for (std::size_t i = 0; i < store::log_columns.size(); ++i) {
    if (i > 0) out += ',';
    append_json_string(out, store::log_columns[i]);
    out += ':';
    append_json(out, row.cell(static_cast<store::LogColumn>(i)));
  }
  out += '}';
}

}  // namespace

JsonRows list_json(const LogStore& store, const Search& search, std::chrono::milliseconds budget, ListLimits limits) {
  const auto end = std::chrono::steady_clock::now() + budget;
  JsonRows rows{"["};
  auto query = search.query();
  query.max_bytes = bytes_at_once;
  std::size_t left = std::min(search.rows, limits.rows);
  for (Page page; left > 0 && rows.cut.empty(); query.cursor = page.next) {
    query.limit = std::min(left, rows_at_once);
    query.budget =
        std::max(std::chrono::milliseconds{0},
                 std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()));
    page = find(store, query);
    for (const auto& record : page.batch.records()) {
      if (rows.text.size() > 1) rows.text += ',';
      append_row(rows.text, {page.batch, record});
      --left;
      if (rows.text.size() < limits.bytes) continue;
      rows.cut = std::to_string(limits.bytes) + " bytes";
      break;
    }
    if (page.cut) rows.cut = "time budget";
    if (page.next == 0) break;
    if (left == 0 && search.rows > limits.rows) rows.cut = std::to_string(limits.rows) + " rows";
  }
  rows.text += ']';
  return rows;
}

std::string options_json(const SourceNames& names) {
  std::string out = "{";
  for (const auto& field : name_fields) {
    append_json_string(out, std::string{field.api} + 's');
    out += ":[";
    for (const auto& name : names.*field.names) {
      append_json_string(out, name);
      out += ',';
    }
    append_json_string(out, not_selected);
    out += "],";
  }
  out.back() = '}';
  return out;
}

}  // namespace psherald::page
