#pragma once

/// What the watchdog reads of the log: records to judge, when somebody could be heard, and lines to show.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/sqlite.hpp"
#include "watch/rule.hpp"

namespace psherald::watch {

/// The oldest record received at this time or later, or one more than the newest: by halving, since a log is received
/// in the order of its ids but where a clock was set back.
RecordId first_since(sqlite3* db, Timestamp time);

/// Calls for each record of somebody's own between two ids, both included. A Sign's tau is not filled in; texts are
/// good for the call.
void read_signs(sqlite3* db, RecordId from, RecordId to,
                const std::function<void(std::string_view system, const Sign& sign)>& each);
/// The newest record of a system's own. Without message and tau.
std::optional<Sign> last_sign(sqlite3* db, const std::string& system);

/// Until when a bridge was able to hear its senders; nothing: no bridge has ever said so.
std::optional<Timestamp> bridge_alive_until(sqlite3* db);

/// When somebody could be heard, from the oldest of these records on.
struct Hearing {
  std::vector<Heard> heard{};
  std::optional<Timestamp> bridge_since{};  ///< As Now::bridge_since.
};
/// By the bridge's signs; for the time before the first of them, each record proves its own minute.
Hearing read_hearing(sqlite3* db, const Sign& oldest, Timestamp now);

/// A record as it is shown.
struct Line {
  RecordId id = 0;
  Timestamp received{};
  std::string level{}, who{}, where{}, message{}, traceback{};
  bool marked = false;
};
/// Up to `count` records of any system before and behind this one, and itself, in their order.
std::vector<Line> lines_around(sqlite3* db, RecordId id, int count);
/// The first and the last `count` matches of a rule's pattern between two ids that match.
std::vector<Line> matching_lines(sqlite3* db, const Rule& rule, RecordId first, RecordId last, std::size_t count);

}  // namespace psherald::watch
