#pragma once

/// What the watchdog reads of the log: records to judge, when somebody could be heard, and lines to show.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "psherald/query.hpp"
#include "store/sqlite.hpp"
#include "watch/hearing.hpp"

namespace psherald::watch {

/// The oldest record received at this time or later, or one more than the newest: by halving, since a log is received
/// in the order of its ids but where a clock was set back.
RecordId first_since(sqlite3* db, Timestamp time);

/// ps.herald's ps_neelix, and ours, write such rows in the name of a system: no sign of life of it.
bool is_notification(std::string_view message) noexcept;

/// Until when a bridge was able to hear its senders; nothing: no bridge has ever said so.
std::optional<Timestamp> bridge_alive_until(sqlite3* db);

/// When somebody could be heard, from this record and time on.
struct Hearing {
  std::vector<Heard> heard{};
  std::optional<Timestamp> bridge_since{};  ///< As Now::bridge_since.
};
/// By the bridge's signs; for the time before the first of them, each record proves its own minute.
Hearing read_hearing(sqlite3* db, RecordId oldest_id, Timestamp oldest, Timestamp now);

/// A record as it is shown.
struct Line {
  RecordId id = 0;
  Timestamp received{};
  std::string level{}, who{}, where{}, message{}, traceback{};
  bool marked = false;
};
/// Up to `count` records of any system before and behind this one, and itself, in their order.
std::vector<Line> lines_around(sqlite3* db, RecordId id, int count);
/// The first and the last `count` records that match, between two ids that do.
std::vector<Line> matching_lines(const LogStore& store, const Filter& filter, const TimeBase& base, RecordId first,
                                 RecordId last, std::size_t count);

}  // namespace psherald::watch
