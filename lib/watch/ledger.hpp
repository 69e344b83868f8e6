#pragma once

/// How far the log was read and when, what others have ordered, and the table of ps.herald's ps_neelix. Functions read
/// and write rows; transactions are their callers'. docs/schema.md describes the tables.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/sqlite.hpp"
#include "watch/hush.hpp"

namespace psherald::watch {

/// How far the log was read, and when.
struct Run {
  std::int64_t epoch = 0;
  RecordId cursor = 0;
  Tau tau{};
  Timestamp wall{};
  std::string boot_id{};
  Tau since_boot{};
};
std::optional<Run> read_run(sqlite3* db);
/// Makes this process the one whose writes count. `first` is where a store begins that nobody has watched yet.
std::int64_t take_over(sqlite3* db, const std::string& holder, const Run& first);
/// @throws Error watch_lost
void assert_epoch(sqlite3* db, std::int64_t epoch);
void write_cursor(sqlite3* db, RecordId cursor);
void write_time(sqlite3* db, Tau tau, const Moment& now);
/// Watch time: by the machine's own clock within one boot, else by the wall clock, which may lie by seven days at most.
Tau tau_at(const Run& run, const Moment& now);

/// Keys that somebody wants to be given up, as rule and key.
std::vector<std::pair<std::string, std::string>> read_retirements(sqlite3* db);
std::vector<Silence> read_silences(sqlite3* db, Tau now, Timestamp wall);

/// When the heartbeat table says that a system was looked at last.
std::optional<Timestamp> looked_at(sqlite3* db, const std::string& system);
/// The table that ps.herald's ps_neelix keeps: every system that has sent something was looked at now.
void write_heartbeats(sqlite3* db, Timestamp now);

}  // namespace psherald::watch
