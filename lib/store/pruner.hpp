#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "store/writer.hpp"

namespace psherald::store {

/// Deletes what is not to be kept in short transactions, then the dictionary rows that no record refers to any more,
/// and gives pages back to the file system. What the end of its time interrupts goes on with the next call.
class Pruner {
 public:
  /// Free pages that stay in the file for the records to come.
  static constexpr std::int64_t reserve_pages = 256;
  /// PRAGMA auto_vacuum where pages can be given back.
  static constexpr std::int64_t incremental = 2;

  Pruner(sqlite3* db, Writer& writer, std::string file);
  /// @throws Error
  Pruned prune(const Retention& keep, std::optional<std::chrono::milliseconds> budget);

 private:
  // The search for unused rows of one dictionary: rows first used by a record that is gone. A row's `first_id` says
  // that no record before it uses the row, and moves on when the search meets the row in use.
  struct Dictionary {
    Dictionary(sqlite3* db, const std::string& table);
    sqlite::Statement select, move, remove;
    std::unordered_set<std::int64_t> unused{};
    std::vector<std::pair<std::int64_t, RecordId>> used{};  // row and the record that uses it
  };

  bool step(const Retention& keep, std::size_t& deleted);
  std::size_t delete_some(const Retention& keep);
  std::size_t delete_aged(std::int64_t before, RecordId end);
  std::size_t delete_oldest(RecordId end);
  std::size_t delete_blocks(std::int64_t segment, RecordId& from, std::int64_t before, RecordId end);
  void delete_range(RecordId from, RecordId to);
  void forget_in(std::int64_t segment);
  bool is_above(std::uint64_t max_bytes);
  std::vector<Cursor> overtaken();
  void begin_search();
  void search_on();
  bool give_back_pages();

  Writer& writer_;
  const std::string file_;
  sqlite::Statement oldest_, old_ids_, delete_range_, delete_values_, note_removed_, uses_, auto_vacuum_, page_size_,
      pages_, free_pages_, vacuum_, behind_;
  Dictionary dictionaries_[3];  // source, site, proc

  bool going_on_ = false;               // the call before was interrupted
  RecordId from_ = 0;                   // where the deletion by age goes on
  std::int64_t segment_ = -1;           // that `from_` is in
  std::size_t deleted_in_segment_ = 0;  // by age
  bool aged_ = false;                   // nothing more is too old
  std::size_t to_search_ = 0;           // records that the search for unused rows may still look at
  RecordId searched_ = 0;               // up to this record
  bool searching_ = false;
  int generation_ = 0;
};

}  // namespace psherald::store
