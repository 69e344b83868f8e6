#pragma once

#include <memory>

#include "store/segment.hpp"

namespace psherald::store {

/// What a summary has to know of one record.
struct SegmentRow {
  std::int64_t received = 0;              // microseconds
  std::optional<std::int64_t> created{};  // microseconds, the sender's own time
  std::int64_t level = 0, source = 0, site = 0;
  std::string_view message{}, exc_text{}, stack_info{}, extra{};
};

/// Counts records by a number: a small table with open addressing.
class ShareCounter {
 public:
  void add(std::int64_t number, BlockMask block);
  /// In the order of the numbers.
  std::vector<Share> sorted() const;
  void clear() noexcept;

 private:
  std::size_t place_of(std::int64_t number) const noexcept;
  void grow();

  std::vector<Share> shares_{};
  std::vector<std::uint32_t> places_ = std::vector<std::uint32_t>(64);  // index in shares_ + 1; at most half are taken
};

/// Makes the summary of one segment from its rows, in whatever order they come.
class SegmentBuilder {
 public:
  void clear();
  void add(RecordId id, const SegmentRow& row);

  std::int64_t records() const noexcept { return summary_.records; }
  SegmentSummary summary(std::int64_t segment) const;
  std::vector<Share> sources() const { return sources_.sorted(); }
  std::vector<Share> sites() const { return sites_.sorted(); }
  /// Of a builder that has records.
  const trigram::Masks& masks() const noexcept { return *masks_; }

 private:
  void add_text(std::string_view text, BlockMask block);

  SegmentSummary summary_{};
  ShareCounter levels_{}, sources_{}, sites_{};
  std::unique_ptr<trigram::Masks> masks_{};  // made with the first record: it is large
};

}  // namespace psherald::store
