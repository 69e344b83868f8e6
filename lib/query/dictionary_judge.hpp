#pragma once

#include <cstdint>
#include <map>
#include <unordered_map>

#include "query/judge.hpp"
#include "store/dictionary_rows.hpp"

namespace psherald::query {

/// Judges rows of one dictionary when a record with them is met, and once: who puts a random name into each of his
/// records must not make a search read them all.
template <class Entry>
class DictionaryLeaf {
 public:
  DictionaryLeaf(sqlite3* db, const Leaf& leaf) : leaf_{&leaf}, entries_{db} {}

  bool fits_row(std::int64_t number) {
    if (number == last_ && !known_.empty()) return last_fits_;
    if (known_.size() >= max_known) known_.clear();
    const auto [place, is_new] = known_.try_emplace(number);
    if (is_new)
      place->second = entries_.read(number, [&](const Entry& entry) { return fits(*leaf_, entry, scratch_); });
    last_ = number;
    return last_fits_ = place->second;
  }

 private:
  static constexpr std::size_t max_known = 100'000;

  const Leaf* leaf_;
  store::EntryReader<Entry> entries_;
  Scratch scratch_{};
  std::unordered_map<std::int64_t, bool> known_{};
  std::int64_t last_ = 0;
  bool last_fits_ = false;
};

/// The leaves of a filter that look at dictionaries. Threads: the connection's.
class DictionaryJudge {
 public:
  /// The judge outlives it.
  DictionaryJudge(sqlite3* db, const Judge& judge);
  /// Whether the leaf, one of that judge's on a dictionary, fits this row of it. @throws Error store_io
  bool fits_row(const Leaf& leaf, std::int64_t number);

  /// The oldest record that a filter's names allow: nothing when nobody of these names ever sent one.
  static std::optional<RecordId> first_possible(sqlite3* db, const Judge& judge);

 private:
  void add(sqlite3* db, const Judge& judge);

  std::map<const Leaf*, DictionaryLeaf<Source>> sources_{};
  std::map<const Leaf*, DictionaryLeaf<Site>> sites_{};
  std::map<const Leaf*, DictionaryLeaf<Process>> processes_{};
};

}  // namespace psherald::query
