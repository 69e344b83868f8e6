#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "psherald/record.hpp"
#include "store/dictionary_rows.hpp"
#include "store/sqlite.hpp"

namespace psherald::query {

/// What a RowReader asks the store with, from one search to the next. Threads: the connection's.
struct RowStatements {
  explicit RowStatements(sqlite3* db);
  store::EntryReader<Source> sources;
  store::EntryReader<Site> sites;
  store::EntryReader<Process> processes;
  sqlite::LazyStatement find_run, find_origin, find_path;
};

/// Reads rows of Plan::rows_sql into a batch. What many rows share, names and origins, is looked up once. Threads: the
/// connection's. Lifetime: both arguments outlive this object.
class RowReader {
 public:
  RowReader(RowStatements& statements, RecordBatch& batch) : statements_{statements}, batch_{batch} {}

  /// Reads until there is no more, or the batch holds so many bytes. @throws Error store_io
  void read(sqlite::Statement& rows, std::size_t max_bytes);

 private:
  using Numbers = std::unordered_map<std::int64_t, std::uint32_t>;

  void read_row(const sqlite::Statement& row);
  template <class Entry>
  std::uint32_t number_of(Numbers& known, store::EntryReader<Entry>& entries, std::int64_t row);
  std::string_view own_run(RecordId id);
  std::string_view text_of(std::unordered_map<std::int64_t, std::string>& known, sqlite::LazyStatement& find,
                           std::int64_t number);

  RowStatements& statements_;
  RecordBatch& batch_;
  Numbers source_numbers_{}, site_numbers_{}, process_numbers_{};
  std::unordered_map<std::int64_t, std::string> origins_{}, paths_{};
  std::string run_{};  // of the ids from here on, up to there
  RecordId run_from_ = 1, run_to_ = 0;
};

}  // namespace psherald::query
