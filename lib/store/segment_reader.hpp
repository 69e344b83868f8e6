#pragma once

#include <vector>

#include "store/segment.hpp"
#include "store/sqlite.hpp"

namespace psherald::store {

/// Reads summaries for queries. Each call sees what is committed at that moment.
class SegmentReader {
 public:
  explicit SegmentReader(sqlite3* db);

  /// The summaries of these segments, rising. One that is not listed proves nothing. @throws Error
  std::vector<SegmentSummary> read(std::int64_t from, std::int64_t to);

  /// The id of the record that is the nearest one to `id`, or there: the oldest from it on, the newest up to it. A walk
  /// over segments jumps by it where there are no summaries, since ids may have gaps of any length. @throws Error
  std::optional<RecordId> oldest_from(RecordId id) { return oldest_from_->bind(1, id).first_integer(); }
  std::optional<RecordId> newest_until(RecordId id) { return newest_until_->bind(1, id).first_integer(); }

  /// The rows of `source` or `site` that a segment refers to, with their counts; nothing when they are not known.
  /// @throws Error
  std::optional<std::vector<Share>> sources(std::int64_t segment) { return shares_of(*sources_, segment); }
  std::optional<std::vector<Share>> sites(std::int64_t segment) { return shares_of(*sites_, segment); }

  /// Blocks, of those in `among`, that have all terms. The caller adds the opaque ones. Changes the order of the terms,
  /// so that the one that ruled out this segment is asked for first in the next. @throws Error
  BlockMask candidates(std::int64_t segment, std::vector<trigram::Term>& terms, BlockMask among);

 private:
  static std::optional<std::vector<Share>> shares_of(sqlite::Statement& names, std::int64_t segment);

  sqlite::LazyStatement summaries_, oldest_from_, newest_until_, sources_, sites_, bucket_;
};

}  // namespace psherald::store
