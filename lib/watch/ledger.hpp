#pragma once

/// What stands in the store about rules, their keys and their incidents. Functions read and write rows; transactions
/// are their callers'. docs/schema.md describes the tables.

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "store/sqlite.hpp"
#include "watch/desk.hpp"
#include "watch/hush.hpp"
#include "watch/state.hpp"

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

using Incidents = std::unordered_map<std::int64_t, IncidentRef>;

/// Reads what the store knows of the rule, unless that is of another rule under its name: then it stays new. Incidents
/// that are open, or were opened within a day, are added to `incidents`.
void read_rule(sqlite3* db, RuleState& rule, Tau now, Incidents& incidents);
/// Writes what has changed, gives new incidents their ids.
void write_rule(sqlite3* db, RuleState& rule);

/// What the store knows and the rules do not: a rule that is gone, or looks for something else.
struct Stale {
  std::unique_ptr<RuleState> rule{};  ///< Its open incidents alone.
  bool there = false;                 ///< There is another one under its name.
};
std::vector<Stale> read_stale(sqlite3* db, const std::vector<std::unique_ptr<RuleState>>& rules, Incidents& incidents);
/// Forgets a rule; its incidents stay.
void remove_rule(sqlite3* db, const std::string& name);

IncidentRef read_incident(sqlite3* db, std::int64_t id);
/// Puts what others have decided into the incidents: who has acknowledged which.
bool read_acknowledgements(sqlite3* db, const Incidents& incidents);
/// Keys that somebody wants to be given up, as rule and key.
std::vector<std::pair<std::string, std::string>> read_retirements(sqlite3* db);
std::vector<Silence> read_silences(sqlite3* db, Tau now, Timestamp wall);

/// When the heartbeat table says that a system was looked at last.
std::optional<Timestamp> looked_at(sqlite3* db, const std::string& system);
/// The table that ps.herald's ps_neelix keeps: every system that has sent something was looked at now.
void write_heartbeats(sqlite3* db, Timestamp now);

std::string_view phase_name(Incident::Phase phase) noexcept;
/// The fields of a key as a JSON object.
std::string fields_json(const std::vector<ast::FieldRef>& by, const std::vector<std::string>& values);

}  // namespace psherald::watch
