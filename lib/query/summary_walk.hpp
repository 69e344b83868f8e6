#pragma once

#include <vector>

#include "psherald/query.hpp"
#include "store/segment_reader.hpp"

namespace psherald::query {

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

}  // namespace psherald::query
