#include "store/legacy_copy.hpp"

#include <algorithm>
#include <limits>

namespace psherald::store {
namespace {

std::string select_sql(const std::string& table) {
  std::string columns;
  for (const auto column : log_columns) (columns += columns.empty() ? "" : ", ") += column;
  return "SELECT " + columns + " FROM " + table + " WHERE id BETWEEN ?1 AND ?2 ORDER BY id";
}

Timestamp first_time(sqlite3* db, const std::string& table) {
  LegacyClock clock;
  sqlite::Statement rows{db, "SELECT created FROM " + table + " ORDER BY id"};
  while (rows.step())
    if (const auto time = clock.read(rows, 0)) return *time;
  return now();
}

}  // namespace

LegacyCopy::LegacyCopy(sqlite3* from, std::string table, sqlite3* to, Writer& writer, Listener listener)
    : from_{from},
      table_{std::move(table)},
      writer_{writer},
      listener_{std::move(listener)},
      select_{from, select_sql(table_)},
      rows_{to, first_time(from, table_)},
      all_{static_cast<double>(sqlite::integer(from, "SELECT count(*) FROM " + table_).value_or(0))} {}

void LegacyCopy::run() {
  using Range = std::numeric_limits<RecordId>;
  copy({1, largest_id}, true);
  writer_.pass_over(last_given());
  copy({Range::min(), 0}, false);
  copy({largest_id + 1, Range::max()}, false);
  listener_.progress(1);
}

void LegacyCopy::copy(Ids ids, bool keep_ids) {
  sqlite::Statement ends{from_, "SELECT min(id), max(id) FROM " + table_ + " WHERE id BETWEEN ?1 AND ?2"};
  ends.bind_all(ids.from, ids.to).step();
  if (ends.is_null(0)) return;
  ids = {ends.integer(0), ends.integer(1)};
  for (;; ++ids.from) {
    const RecordId last = copy_portion(ids, keep_ids);
    listener_.copied(ids.from, last);
    if (last == ids.to) return;
    listener_.progress(std::min(1.0, copied_ / all_));
    ids.from = last;
  }
}

// Returns up to which id there is nothing left to copy.
RecordId LegacyCopy::copy_portion(Ids ids, bool keep_ids) {
  RecordBatch batch;
  select_.bind_all(ids.from, ids.to);
  while (select_.step()) {
    const RecordId id = select_.integer(0);
    rows_.add(select_, keep_ids ? id : writer_.newest_id() + 1 + static_cast<RecordId>(batch.size()), batch);
    if (batch.size() < portion_rows && batch.bytes() < portion_bytes) continue;
    select_.reset();
    ids.to = id;
    break;
  }
  writer_.append_numbered(batch);
  copied_ += static_cast<double>(batch.size());
  return ids.to;
}

RecordId LegacyCopy::last_given() const {
  const bool counted = sqlite::integer(from_, "SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'").has_value();
  if (!counted) return 0;
  sqlite::Statement sequence{from_,
                             "SELECT max(seq) FROM sqlite_sequence WHERE name = ?1 COLLATE NOCASE AND typeof(seq) = "
                             "'integer' AND seq <= ?2"};
  return sequence.bind_all(std::string_view{table_}, RecordId{largest_id}).first_integer().value_or(0);
}

}  // namespace psherald::store
