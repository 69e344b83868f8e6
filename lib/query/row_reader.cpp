#include "query/row_reader.hpp"

#include <limits>

#include "query/plan.hpp"

namespace psherald::query {

RowStatements::RowStatements(sqlite3* db)
    : sources{db},
      sites{db},
      processes{db},
      find_run{db,
               "SELECT lower(hex(run)), from_id, (SELECT min(later.from_id) - 1 FROM run later WHERE later.from_id > "
               "?1) FROM run WHERE from_id <= ?1 ORDER BY from_id DESC LIMIT 1"},
      find_origin{db, "SELECT lower(hex(run)) FROM origin WHERE no = ?1"},
      find_path{db, "SELECT lower(hex(runs)) FROM path WHERE no = ?1"} {}

void RowReader::read(sqlite::Statement& rows, std::size_t max_bytes) {
  while (batch_.bytes() < max_bytes && rows.step()) read_row(rows);
}

void RowReader::read_row(const sqlite::Statement& row) {
  Record record;
  record.id = row.integer(column::id);
  record.received = Timestamp{std::chrono::microseconds{row.integer(column::received)}};
  if (const auto ago = row.optional_integer(column::created))
    record.created = record.received - std::chrono::microseconds{*ago};
  if (const auto relative = row.optional_integer(column::relative))
    record.relative = std::chrono::microseconds{*relative};
  record.level = static_cast<Level>(row.integer(column::level));
  record.flags = static_cast<Flag>(row.integer(column::flags));
  record.message = row.text(column::message);
  record.exc_text = row.text(column::exc_text);
  record.stack_info = row.text(column::stack_info);
  record.extra = row.text(column::extra);
  record.legacy = row.text(column::legacy);
  const auto origin = row.integer(column::origin_no);
  record.origin = origin == 0 ? own_run(record.id) : text_of(origins_, statements_.find_origin, origin);
  record.origin_id = row.optional_integer(column::origin_id).value_or(record.id);
  if (const auto there = row.optional_integer(column::origin_received))
    record.origin_received = Timestamp{std::chrono::microseconds{*there}};
  if (const auto path = row.optional_integer(column::path_no))
    record.origin_path = text_of(paths_, statements_.find_path, *path);
  record.source = number_of(source_numbers_, statements_.sources, row.integer(column::source));
  record.site = number_of(site_numbers_, statements_.sites, row.integer(column::site));
  record.process = number_of(process_numbers_, statements_.processes, row.integer(column::process));
  batch_.append_numbered(record);
}

template <class Entry>
std::uint32_t RowReader::number_of(Numbers& known, store::EntryReader<Entry>& entries, std::int64_t row) {
  if (const auto found = known.find(row); found != known.end()) return found->second;
  const auto number = entries.read(row, [&](const Entry& entry) { return batch_.number_of(entry); });
  known.emplace(row, number);
  return number;
}

// Without a run when the file has lost it.
std::string_view RowReader::own_run(RecordId id) {
  if (id >= run_from_ && id <= run_to_) return run_;
  auto& row = *statements_.find_run;
  if (!row.bind(1, id).step()) return {};
  run_ = row.text(0);
  run_from_ = row.integer(1);
  run_to_ = row.optional_integer(2).value_or(std::numeric_limits<RecordId>::max());
  row.reset();
  return run_;
}

std::string_view RowReader::text_of(std::unordered_map<std::int64_t, std::string>& known, sqlite::LazyStatement& find,
                                    std::int64_t number) {
  auto found = known.find(number);
  if (found == known.end()) {
    auto& row = *find;
    found = known.emplace(number, row.bind(1, number).step() ? row.text(0) : std::string_view{}).first;
    row.reset();
  }
  return found->second.empty() ? std::string_view{} : found->second;
}

}  // namespace psherald::query
