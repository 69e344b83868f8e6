#pragma once

#include <map>
#include <optional>
#include <vector>

#include "query/dictionary_judge.hpp"
#include "query/text_clue.hpp"
#include "store/segment_reader.hpp"

namespace psherald::query {

/// What is known of a segment's blocks: a record that matches can only be in one of `may`, and all records of the
/// blocks in `must` match. Where a filter is negated, the two change places.
struct Masks {
  store::BlockMask may = store::all_blocks, must = store::no_block;
};

/// Judges a filter by the summary of a segment, without a look at its records. Threads: the connection's.
class SegmentJudge {
 public:
  /// Both outlive it; the dictionaries are the judge's.
  SegmentJudge(sqlite3* db, const Judge& judge, DictionaryJudge& dictionaries);

  using Shares = std::optional<std::vector<store::Share>>;
  enum class By { level, source, site };

  /// Of this segment it speaks from now on; the summary stays where it is. @throws Error store_io
  Masks enter(const store::SegmentSummary& summary);
  /// How many records match, where the summary alone says it. @throws Error store_io
  std::optional<std::int64_t> count();
  /// The same by level or row of a dictionary. @throws Error store_io
  Shares matching(By by);
  store::SegmentReader& reader() noexcept { return reader_; }

 private:
  // Of the records that are judged, one number is known: their level, or a row of a dictionary.
  struct Known {
    bool (*of)(const Leaf& leaf) noexcept;
    std::int64_t number;
  };

  void add_clues(const Judge& judge);
  const Shares& shares_of(Place place);

  Masks judge(const Judge& judge, store::BlockMask among);
  Masks judge(const Leaf& leaf, store::BlockMask among);
  Masks judge(const Numbers& numbers) const;
  Masks judge(const Texts& texts, store::BlockMask among);
  Masks judge(const Presence& presence) const;
  Masks judge_names(const Leaf& leaf);
  bool fits_number(const Leaf& leaf, std::int64_t number);

  const Judge& judge_;
  DictionaryJudge& dictionaries_;
  store::SegmentReader reader_;
  std::map<const Texts*, std::vector<TextClue>> clues_{};
  bool countable_;

  // Of the segment that is judged; the lists are read when they are asked for.
  const store::SegmentSummary* summary_ = nullptr;
  Masks masks_{};
  std::optional<Shares> sources_{}, sites_{};
  std::optional<Known> known_{};
};

}  // namespace psherald::query
