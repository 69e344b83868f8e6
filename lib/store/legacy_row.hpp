#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "psherald/record.hpp"
#include "store/legacy_time.hpp"
#include "store/log_view.hpp"
#include "store/sqlite.hpp"

namespace psherald::store {

/// Makes records of the rows of a ps.herald database, so that the view `log` gives each row back as it was: every
/// column, its type too. What a record's fields do not give back exactly becomes the record's `legacy`; what JSON has
/// no form for (blobs, text that is no UTF-8 or has a NUL in it, infinities, long texts) goes to table legacy_value.
/// Fields get what can be read of such a value, so that it can be searched for.
class LegacyRows {
 public:
  /// A long text is not put into JSON, which would be parsed for each row shown.
  static constexpr std::size_t max_json_text = 4096;
  /// Of a value that is not text, so much is made readable.
  static constexpr std::size_t max_readable = 1 << 20;

  /// `target` has the table legacy_value. `before`: the time of rows in front of the first one that has a time.
  LegacyRows(sqlite3* target, Timestamp before);

  /// Adds the row of log_columns at which `row` stands, under this id. @throws Error
  void add(const sqlite::Statement& row, RecordId id, RecordBatch& batch);

 private:
  using C = LogColumn;
  int type(C column) const noexcept { return row_->type(static_cast<int>(column)); }
  std::int64_t whole(C column) const noexcept { return row_->integer(static_cast<int>(column)); }
  double real(C column) const noexcept { return row_->real(static_cast<int>(column)); }
  std::string_view bytes(C column) const noexcept { return row_->text(static_cast<int>(column)); }

  void keep(C column);
  void keep_aside(C column);
  std::string_view readable(C column);
  std::string_view text(C column, std::string_view when_absent = {});
  std::optional<std::int64_t> integer(C column);
  Timestamp received();
  Level level();
  std::optional<std::chrono::microseconds> relative();
  void expect_text(C column, std::string_view usual);
  void expect_null(C column);
  Source source();
  Site site();
  Process process();
  void summary(const Source& source);

  sqlite::Statement keep_aside_;
  LegacyClock clock_;
  Timestamp previous_;
  // While a row is added.
  const sqlite::Statement* row_ = nullptr;
  RecordId id_ = 0;
  RecordBatch* batch_ = nullptr;
  std::string legacy_;
};

}  // namespace psherald::store
