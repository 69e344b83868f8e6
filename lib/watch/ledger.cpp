#include "watch/ledger.hpp"

#include <algorithm>
#include <unordered_map>

#include "record/json.hpp"
#include "record/sha256.hpp"
#include "watch/outbox.hpp"

namespace psherald::watch {
namespace {

using sqlite::Statement;
using Phase = Incident::Phase;

std::int64_t us(Tau time) { return time.count(); }
std::int64_t us(Timestamp time) { return time.time_since_epoch().count(); }
Timestamp timestamp(std::int64_t time) { return Timestamp{Tau{time}}; }

constexpr std::string_view phase_name(Phase phase) {
  switch (phase) {
    case Phase::firing: return "firing";
    case Phase::resolved: return "resolved";
    case Phase::gone: return "gone";
  }
  return {};
}

Phase phase_of(std::string_view name) {
  for (const auto phase : {Phase::firing, Phase::gone})
    if (name == phase_name(phase)) return phase;
  return Phase::resolved;
}

/// Two rules with the same hash look for the same.
std::string condition_hash(const Rule& rule) {
  std::string condition = std::to_string(static_cast<int>(rule.kind));
  for (const auto& text : {rule.system, rule.text}) condition.append(1, '\0').append(text);
  return base32_digest(sha256(condition));
}

std::string json_of(const std::vector<Tau>& times) {
  std::string json = "[";
  for (const auto time : times) json += (json.size() > 1 ? "," : "") + std::to_string(us(time));
  return json + "]";
}

std::vector<Tau> times_of(sqlite3* db, std::string_view json) {
  std::vector<Tau> times;
  Statement rows{db, "SELECT value FROM json_each(?1)"};
  rows.bind(1, json);
  while (rows.step()) times.emplace_back(rows.integer(0));
  return times;
}

constexpr std::int64_t retired = 4;  // in watch_key.flags

void read_key(sqlite3* db, const std::string& rule, Key& key) {
  Statement row{db, "SELECT count, first_tau, last_tau, last_us, last_id, flags FROM watch_key WHERE rule = ?1"};
  if (!row.bind(1, rule).step()) return;
  key.count = row.integer(0);
  key.first = Tau{row.integer(1)};
  key.last = Tau{row.integer(2)};
  key.last_received = timestamp(row.integer(3));
  key.last_id = row.integer(4);
  key.retired = (row.integer(5) & retired) != 0;
}

void write_key(sqlite3* db, const Rule& rule, const Key& key) {
  const std::string name = key_of(rule);
  std::string fields = "{";
  if (!name.empty()) append_json_string(fields += "\"system\":", name);
  fields += "}";
  Statement{db,
            "INSERT INTO watch_key(rule, key, fields, count, first_tau, last_tau, last_us, last_id, flags) "
            "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT(rule, key) DO UPDATE SET count = excluded.count, "
            "first_tau = excluded.first_tau, last_tau = excluded.last_tau, last_us = excluded.last_us, "
            "last_id = excluded.last_id, flags = excluded.flags"}
      .bind_all(std::string_view{rule.name}, std::string_view{name}, std::string_view{fields}, key.count, us(key.first),
                us(key.last), us(key.last_received), key.last_id, key.retired ? retired : std::int64_t{0})
      .run();
}

constexpr const char* incident_columns =
    "id, phase, opened_tau, last_true_tau, ended_tau, hold_us, opens, count, first_id, last_id, acked_by IS NOT NULL, "
    "reminders, next_tau, end_reason";

Incident incident_of(sqlite3* db, const Statement& row) {
  Incident incident;
  incident.id = row.integer(0);
  incident.phase = phase_of(row.text(1));
  incident.opened = Tau{row.integer(2)};
  incident.last_true = Tau{row.integer(3)};
  incident.ended = Tau{row.integer(4)};
  incident.hold = Tau{row.integer(5)};
  incident.opens = times_of(db, row.text(6));
  incident.count = row.integer(7);
  incident.first_id = row.integer(8);
  incident.last_id = row.integer(9);
  incident.acknowledged = row.integer(10) != 0;
  incident.reminders = static_cast<int>(row.integer(11));
  incident.next = Tau{row.integer(12)};
  incident.end_reason = row.text(13);
  return incident;
}

/// The newest one of the rule. Empty: there was none.
std::vector<Incident> read_newest_incident(sqlite3* db, const std::string& rule) {
  Statement row{
      db, std::string{"SELECT "} + incident_columns + " FROM watch_incident WHERE rule = ?1 ORDER BY id DESC LIMIT 1"};
  if (!row.bind(1, rule).step()) return {};
  return {incident_of(db, row)};
}

void write_incident(sqlite3* db, const Rule& rule, Incident& incident) {
  const bool is_new = incident.id == 0;
  Statement row{db, is_new ? "INSERT INTO watch_incident(phase, last_true_tau, ended_tau, count, last_id, reminders, "
                             "next_tau, end_reason, rule, key, opened_tau, hold_us, opens, first_id) "
                             "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"
                           : "UPDATE watch_incident SET phase = ?1, last_true_tau = ?2, ended_tau = ?3, count = ?4, "
                             "last_id = ?5, reminders = ?6, next_tau = ?7, end_reason = ?8 WHERE id = ?9"};
  const bool ended = incident.phase != Phase::firing;
  const std::string_view reason =
      incident.end_reason.empty() ? std::string_view{} : std::string_view{incident.end_reason};
  row.bind_all(phase_name(incident.phase), us(incident.last_true),
               ended ? std::optional{us(incident.ended)} : std::nullopt, incident.count, incident.last_id,
               std::int64_t{incident.reminders}, us(incident.next), reason);
  if (!is_new) return row.bind(9, incident.id).run();
  const std::string key = key_of(rule), opens = json_of(incident.opens);
  row.bind(9, std::string_view{rule.name}).bind(10, std::string_view{key}).bind(11, us(incident.opened));
  row.bind(12, us(incident.hold)).bind(13, std::string_view{opens}).bind(14, incident.first_id).run();
  incident.id = sqlite3_last_insert_rowid(db);
}

void write_rule(sqlite3* db, const Rule& rule, Tau now) {
  const std::string hash = condition_hash(rule);
  Statement{db, "INSERT INTO watch_rule(name, condition_hash, began_tau) VALUES(?1, ?2, ?3)"}
      .bind_all(std::string_view{rule.name}, std::string_view{hash}, us(now))
      .run();
}

}  // namespace

std::optional<Run> read_run(sqlite3* db) {
  Statement row{db, "SELECT epoch, cursor_id, tau, wall_us, boot_id, boot_us FROM watch_run"};
  if (!row.step()) return {};
  return Run{row.integer(0),           row.integer(1),     Tau{row.integer(2)}, timestamp(row.integer(3)),
             std::string{row.text(4)}, Tau{row.integer(5)}};
}

std::int64_t take_over(sqlite3* db, const std::string& holder, const Run& first) {
  Statement{db,
            "INSERT INTO watch_run(epoch, cursor_id, tau, wall_us) SELECT 0, ?1, ?2, ?3 "
            "WHERE NOT EXISTS (SELECT 1 FROM watch_run)"}
      .bind_all(first.cursor, us(first.tau), us(first.wall))
      .run();
  Statement{db, "UPDATE watch_run SET epoch = epoch + 1, holder = ?1"}.bind(1, std::string_view{holder}).run();
  return read_run(db)->epoch;
}

void assert_epoch(sqlite3* db, std::int64_t epoch) {
  const auto run = read_run(db);
  if (!run || run->epoch != epoch)
    throw Error{Errc::watch_lost, "another watchdog has taken over this database; this one writes no more to it"};
}

void write_cursor(sqlite3* db, RecordId cursor) {
  Statement{db, "UPDATE watch_run SET cursor_id = ?1"}.bind(1, cursor).run();
}

void write_time(sqlite3* db, Tau tau, const Moment& now) {
  Statement{db, "UPDATE watch_run SET tau = ?1, wall_us = ?2, boot_id = ?3, boot_us = ?4"}
      .bind_all(us(tau), us(now.wall), std::string_view{now.boot_id}, us(now.since_boot))
      .run();
}

Tau tau_at(const Run& run, const Moment& now) {
  constexpr Tau longest = std::chrono::days{7};
  if (!now.boot_id.empty() && now.boot_id == run.boot_id)
    return run.tau + std::max(now.since_boot - run.since_boot, Tau{});
  return run.tau + std::clamp<Tau>(now.wall - run.wall, Tau{}, longest);
}

std::string key_of(const Rule& rule) { return rule.kind == Rule::Kind::pattern ? "" : rule.system; }

bool read_state(sqlite3* db, const Rule& rule, State& state) {
  Statement row{db, "SELECT condition_hash FROM watch_rule WHERE name = ?1"};
  if (!row.bind(1, std::string_view{rule.name}).step() || row.text(0) != condition_hash(rule)) return false;
  read_key(db, rule.name, state.key);
  state.incidents = read_newest_incident(db, rule.name);
  return true;
}

void write_state(sqlite3* db, Watched& watched, Tau now) {
  if (watched.is_new) write_rule(db, watched.rule, now);
  if (watched.is_new || watched.state.key != watched.stored.key) write_key(db, watched.rule, watched.state.key);
  auto& incidents = watched.state.incidents;
  for (std::size_t i = 0; i < incidents.size(); ++i)
    if (i >= watched.stored.incidents.size() || incidents[i] != watched.stored.incidents[i])
      write_incident(db, watched.rule, incidents[i]);
  for (const auto& transition : watched.transitions)
    queue_notice(db, watched.rule.name, watched.rule.notify, incidents[transition.incident].id, transition.kind, now);
  watched.is_new = false;
  watched.transitions.clear();
  watched.stored = watched.state;
}

std::vector<std::string> stale_rules(sqlite3* db, const std::vector<Rule>& rules) {
  std::unordered_map<std::string_view, const Rule*> by_name;
  for (const auto& rule : rules) by_name.emplace(rule.name, &rule);
  std::vector<std::string> names;
  Statement rows{db, "SELECT name, condition_hash FROM watch_rule ORDER BY name"};
  while (rows.step()) {
    const auto rule = by_name.find(rows.text(0));
    if (rule == by_name.end() || condition_hash(*rule->second) != rows.text(1)) names.emplace_back(rows.text(0));
  }
  return names;
}

void drop_rule(sqlite3* db, const std::string& name, const std::string& reason, Tau now) {
  State state;
  state.incidents = read_newest_incident(db, name);
  Rule rule;
  rule.name = name;
  for (const auto& transition : abandon(state, reason, now)) {
    auto& incident = state.incidents[transition.incident];
    write_incident(db, rule, incident);
    queue_notice(db, name, {}, incident.id, transition.kind, now);
  }
  for (const char* sql : {"DELETE FROM watch_rule WHERE name = ?1", "DELETE FROM watch_key WHERE rule = ?1"})
    Statement{db, sql}.bind(1, std::string_view{name}).run();
}

Incident read_incident(sqlite3* db, std::int64_t id) {
  Statement row{db, std::string{"SELECT "} + incident_columns + " FROM watch_incident WHERE id = ?1"};
  return row.bind(1, id).step() ? incident_of(db, row) : Incident{};
}

Rule rule_of_incident(sqlite3* db, std::int64_t id) {
  Rule rule;
  Statement row{db, "SELECT rule, key FROM watch_incident WHERE id = ?1"};
  if (!row.bind(1, id).step()) return rule;
  rule.name = row.text(0);
  rule.system = row.text(1);
  rule.kind = rule.system.empty() ? Rule::Kind::pattern : Rule::Kind::heartbeat;
  return rule;
}

std::optional<Timestamp> looked_at(sqlite3* db, const std::string& system) {
  Statement row{db, "SELECT newest_heartbeat FROM heartbeat WHERE system_id = ?1"};
  return row.bind(1, std::string_view{system}).step() ? parse_local(row.text(0)) : std::nullopt;
}

void write_heartbeats(sqlite3* db, Timestamp now) {
  const std::string text = format_local(now);
  Statement{db,
            "INSERT INTO heartbeat(newest_heartbeat, system_id) SELECT DISTINCT ?1, system_id FROM source "
            "WHERE system_id IS NOT NULL AND system_id <> 'None' "
            "ON CONFLICT(system_id) DO UPDATE SET newest_heartbeat = excluded.newest_heartbeat"}
      .bind(1, std::string_view{text})
      .run();
}

}  // namespace psherald::watch
