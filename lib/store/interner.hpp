#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "store/dictionary_rows.hpp"

namespace psherald::store {

/// Row numbers of one dictionary table's entries, kept in memory. Rows are added within the writer's transaction.
/// An entry that is not known here gets a new row even if the table has it already: that costs bytes, nothing else.
template <class Entry>
class Interner {
 public:
  /// Beyond it the memory is emptied: thread numbers never end.
  static constexpr std::size_t max_known = 100'000;

  explicit Interner(sqlite3* db);

  /// Reads the table anew. @throws Error
  void load();
  /// Takes note of what other connections added or removed. @throws Error
  void catch_up();
  /// The row of each entry of a batch, in the order of its numbers. What is new is first used by record `first_id`.
  void rows_of(const Dictionary<Entry>& dictionary, std::int64_t first_id, std::vector<std::int64_t>& rows);

  /// A state to go back to when a transaction or a part of it is rolled back.
  struct Mark {
    std::size_t fresh, newest_hash;
    std::int64_t newest, count;
  };
  Mark mark() const noexcept { return {fresh_.size(), newest_hash_, newest_, count_}; }
  void go_back_to(const Mark& mark) noexcept;
  /// What was added is committed.
  void keep() noexcept { fresh_.clear(); }

 private:
  struct Known {
    std::int64_t row;
    Entry entry;
    std::unique_ptr<char[]> texts;
  };
  bool rows_are_as_known();
  void remember(std::size_t hash, std::int64_t row, Entry entry);
  std::int64_t add(std::size_t hash, std::int64_t first_id, const Entry& entry);

  sqlite3* db_;
  sqlite::Statement insert_, count_until_, rows_from_, row_at_;
  std::unordered_multimap<std::size_t, Known> known_;
  std::vector<std::pair<std::size_t, std::int64_t>> fresh_;  // hash and row of what the open transaction added
  std::int64_t newest_ = 0, count_ = 0;                      // of the table's rows, as far as it was read
  std::size_t newest_hash_ = 0;
};

extern template class Interner<Source>;
extern template class Interner<Site>;
extern template class Interner<Process>;

}  // namespace psherald::store
