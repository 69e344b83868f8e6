#pragma once

#include <optional>
#include <vector>

#include "query/plan.hpp"
#include "store/segment_reader.hpp"

namespace psherald {

/// Says by a segment's summary where a filter's records may be. Threads: the connection's.
class Judge {
 public:
  /// Filter and names outlive it.
  Judge(sqlite3* db, const Filter& filter, const Names& names);

  /// In no other block of the segment is a record that matches.
  store::BlockMask may(const store::SegmentSummary& summary);
  /// How many records match, where the summary alone says it.
  std::optional<std::int64_t> count(const store::SegmentSummary& summary);
  store::SegmentReader& reader() noexcept { return reader_; }

 private:
  store::BlockMask with_level(const store::SegmentSummary& summary) const;
  store::BlockMask with_pattern(const store::SegmentSummary& summary, store::BlockMask among);

  const Filter& filter_;
  const Names& names_;
  store::SegmentReader reader_;
  std::vector<trigram::Term> terms_;
};

/// The summaries of a store, read as a walk from one end needs them: one at first, then more and more at a time.
class SummaryWalk {
 public:
  SummaryWalk(store::SegmentReader& reader, Order order) : reader_{reader}, order_{order} {}
  /// Nothing when the segment has no summary. Segments are asked for in the walk's order.
  const store::SegmentSummary* at(std::int64_t segment);

 private:
  void load(std::int64_t segment);

  store::SegmentReader& reader_;
  Order order_;
  std::vector<store::SegmentSummary> summaries_{};
  std::int64_t from_ = 0, to_ = -1, next_size_ = 1;
};

}  // namespace psherald
