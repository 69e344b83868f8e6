#pragma once

/// What stands in the store about rules, their systems and their incidents. Functions read and write single rows;
/// transactions are their callers'. docs/schema.md describes the tables.

#include <optional>
#include <string>
#include <vector>

#include "store/sqlite.hpp"
#include "watch/rule.hpp"

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

/// A rule, what is known of it, and what has come of it and is not stored yet.
struct Watched {
  Rule rule{};
  State state{}, stored{};
  bool is_new = false;  ///< Nothing is known of it, or of another rule under its name.
  std::vector<Transition> transitions{};
};
/// The key that a rule's one system or pattern stands under.
std::string key_of(const Rule& rule);
/// True: the store knows this rule; its state is read. False: it does not, or knows one that looks for something else.
bool read_state(sqlite3* db, const Rule& rule, State& state);
/// Writes what has changed, gives new incidents their ids, and queues notices for those who have to hear of it.
void write_state(sqlite3* db, Watched& watched, Tau now);

/// Rules that the store knows and that are not among these, or not any more what they were.
std::vector<std::string> stale_rules(sqlite3* db, const std::vector<Rule>& rules);
/// Forgets such a rule; its incident ends for this reason, and who was told of it is told.
void drop_rule(sqlite3* db, const std::string& name, const std::string& reason, Tau now);

Incident read_incident(sqlite3* db, std::int64_t id);
/// What a rule must have been that an incident is of, as far as the incident tells.
Rule rule_of_incident(sqlite3* db, std::int64_t id);

/// When the heartbeat table says that a system was looked at last.
std::optional<Timestamp> looked_at(sqlite3* db, const std::string& system);
/// The table that ps.herald's ps_neelix keeps: every system that has sent something was looked at now.
void write_heartbeats(sqlite3* db, Timestamp now);

}  // namespace psherald::watch
