#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "page/json_members.hpp"
#include "psherald/record.hpp"
#include "store/log_view.hpp"

namespace psherald::page {

/// A record as ps.herald shows it.
class HeraldRow {
 public:
  /// As a row of ps.herald has it, where no field of a record gives that back: JSON.
  struct Kept {
    std::string_view json;
  };
  /// Nothing is null. Views are good for as long as the batch and the row.
  using Cell = std::variant<std::monostate, std::int64_t, double, std::string_view, std::string, Kept>;

  HeraldRow(const RecordBatch& batch, const Record& record);

  Cell cell(store::LogColumn column) const;

 private:
  Cell own(store::LogColumn column) const;

  const RecordBatch& batch_;
  const Record& record_;
  std::vector<JsonMember> kept_{};
};

/// Appends the cell as JSON.
void append_json(std::string& out, const HeraldRow::Cell& cell);

}  // namespace psherald::page
