#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "store/writer.hpp"

namespace psherald::store {

/// Deletes old records in short transactions, and afterwards the dictionary rows that no record refers to any more.
class Retention {
 public:
  /// Ids that one transaction looks at, at most: a segment.
  static constexpr std::int64_t step_ids = segment_ids;
  /// Free pages that stay in the file for the records to come.
  static constexpr std::int64_t reserve_pages = 256;
  /// PRAGMA auto_vacuum where pages can be given back.
  static constexpr std::int64_t incremental = 2;

  Retention(sqlite3* db, Writer& writer);
  /// Ends with the first step that has nothing to delete. @throws Error
  std::size_t prune(Timestamp before);

 private:
  // The search for unused rows of one dictionary: rows first used by a record that is gone. A row's `first_id` says
  // that no record before it uses the row, and moves on when the search meets the row in use.
  struct Dictionary {
    Dictionary(sqlite3* db, const std::string& table);
    sqlite::Statement select, move, remove;
    std::unordered_set<std::int64_t> unused{};
    std::vector<std::pair<std::int64_t, RecordId>> used{};  // row and the record that uses it
  };

  std::size_t delete_old(Timestamp before, RecordId& from, bool& last);
  void delete_range(RecordId from, RecordId to);
  void forget_in(std::int64_t segment);
  void drop_unused(std::size_t budget);
  void begin_search();
  bool search_on();
  void give_back_pages();

  Writer& writer_;
  sqlite::Statement oldest_, old_ids_, delete_range_, delete_values_, note_removed_, uses_, auto_vacuum_, free_pages_,
      vacuum_;
  Dictionary dictionaries_[3];  // source, site, proc
  RecordId searched_ = 0;       // up to this record
  bool searching_ = false;
  int generation_ = 0;
};

}  // namespace psherald::store
