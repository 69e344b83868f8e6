#pragma once

#include <cstdint>
#include <optional>

#include "psherald/log_store.hpp"

namespace psherald::forward {

/// What a log holds behind a position, whatever a destination selects of it. Whole segments are counted by their
/// summaries, others by their rows; where many segments have no summary yet, or their rows are huge, the most is
/// estimated.
struct Backlog {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;            ///< All texts, and 128 for each record.
  std::optional<Timestamp> oldest{};  ///< When the first of them was received.
};

/// The cost grows with the number of segments, not of records: cheap enough for once a second. Threads: the store's.
/// Not within a transaction. @throws Error store_io
Backlog backlog_behind(const LogStore& store, RecordId position);

/// The last record that is to be given up, so that what is left is within the bounds; `position` when it is already.
/// What was received before `oldest_allowed` goes, up to the first record that was not; then, when there are more than
/// `max_bytes`, the oldest until nine tenths of that are left: so a log that grows is cut now and then, not with each
/// record. Errors and cost as backlog_behind, and that of reading some of the rows that are given up.
RecordId skip_to(const LogStore& store, RecordId position, std::uint64_t max_bytes, Timestamp oldest_allowed);

}  // namespace psherald::forward
