#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "psherald/record.hpp"
#include "store/dictionary_rows.hpp"
#include "store/sqlite.hpp"

namespace psherald::query {

/// Reads rows of Plan::rows into a batch. What many rows share, names and origins, is looked up once. Threads: the
/// connection's. Lifetime: `batch` outlives this object.
class RowReader {
 public:
  RowReader(sqlite3* db, RecordBatch& batch);

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

  RecordBatch& batch_;
  store::EntryReader<Source> sources_;
  store::EntryReader<Site> sites_;
  store::EntryReader<Process> processes_;
  Numbers source_numbers_{}, site_numbers_{}, process_numbers_{};
  sqlite::LazyStatement find_run_, find_origin_, find_path_;
  std::unordered_map<std::int64_t, std::string> origins_{}, paths_{};
  std::string run_{};  // of the ids from here on, up to there
  RecordId run_from_ = 1, run_to_ = 0;
};

}  // namespace psherald::query
