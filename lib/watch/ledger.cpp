#include "watch/ledger.hpp"

#include <algorithm>

#include "record/json.hpp"

namespace psherald::watch {
namespace {

using namespace std::chrono_literals;
using sqlite::Statement;
using Phase = Incident::Phase;

constexpr Tau day = 24h;

std::int64_t us(Tau time) { return time.count(); }
std::int64_t us(Timestamp time) { return time.time_since_epoch().count(); }
Timestamp timestamp(std::int64_t time) { return Timestamp{Tau{time}}; }

Phase phase_of(std::string_view name) {
  for (const auto phase : {Phase::pending, Phase::firing, Phase::gone})
    if (name == phase_name(phase)) return phase;
  return Phase::resolved;
}

std::string json_of(const std::vector<Tau>& times) {
  std::string json = "[";
  for (const auto time : times) json += (json.size() > 1 ? "," : "") + std::to_string(us(time));
  return json + "]";
}

std::vector<Tau> times_of(std::string_view json) {
  std::vector<Tau> times;
  std::int64_t number = 0;
  bool any = false;
  for (const char c : json) {
    if (c >= '0' && c <= '9') {
      number = number * 10 + (c - '0');
      any = true;
    } else if (any) {
      times.emplace_back(number);
      number = 0;
      any = false;
    }
  }
  return times;
}

// In watch_key.flags.
constexpr std::int64_t listed = 1, stale = 2, retired = 4, to_retire = 8;

std::int64_t flags_of(const Key& key) {
  return (key.listed ? listed : 0) | (key.stale ? stale : 0) | (key.retired ? retired : 0);
}

void read_keys(sqlite3* db, RuleState& rule) {
  Statement rows{
      db, "SELECT key, count, first_tau, last_tau, last_us, last_id, flags, model FROM watch_key WHERE rule = ?1"};
  rows.bind(1, std::string_view{rule.condition.rule.name});
  while (rows.step()) {
    Key key;
    key.name = rows.text(0);
    key.values = split_key(key.name);
    key.count = rows.integer(1);
    key.first = Tau{rows.integer(2)};
    key.last = Tau{rows.integer(3)};
    key.last_received = timestamp(rows.integer(4));
    key.last_id = rows.integer(5);
    const auto flags = rows.integer(6);
    key.listed = (flags & listed) != 0;
    key.stale = (flags & stale) != 0;
    key.retired = (flags & retired) != 0;
    const auto kind = rule.condition.rule.kind;
    if (kind == Rule::Kind::rate || kind == Rule::Kind::gap) {
      key.counter = fresh_counter(rule.condition);
      key.counter->load(rows.blob(7));
    }
    if (rule.condition.learn) key.profile = std::make_shared<Profile>(Profile::load(rows.blob(7)));
    key.dirty = false;
    rule.keys.emplace(key.name, std::move(key));
  }
}

void write_key(Statement& insert, const RuleState& rule, Key& key) {
  std::string model;
  if (key.counter) model = key.counter->save();
  if (key.profile) model = key.profile->save();
  const auto fields = fields_json(rule.condition.by, key.values);
  insert.bind_all(std::string_view{rule.condition.rule.name}, std::string_view{key.name}, std::string_view{fields},
                  key.count, us(key.first), us(key.last), us(key.last_received), key.last_id, flags_of(key));
  insert.bind_blob(10, model).run();
  key.dirty = false;
}

void read_seen(sqlite3* db, RuleState& rule) {
  Statement rows{db,
                 "SELECT fingerprint, first_tau, first_id, last_tau, last_id, count, version FROM watch_seen "
                 "WHERE rule = ?1"};
  rows.bind(1, std::string_view{rule.condition.rule.name});
  while (rows.step()) {
    Seen seen{Tau{rows.integer(1)}, Tau{rows.integer(3)}, rows.integer(2),
              rows.integer(4),      rows.integer(5),      std::string{rows.text(6)}};
    rule.seen.emplace(std::string{rows.text(0)}, std::move(seen));
  }
}

constexpr const char* incident_columns =
    "id, phase, opened_tau, last_true_tau, ended_tau, hold_us, opens, count, first_id, last_id, acked_by, "
    "reminders, next_tau, end_reason, rule, key, title, detail, calm, announced_tau, escalated";

IncidentRef incident_of(sqlite3* db, const Statement& row) {
  auto incident = std::make_shared<Incident>();
  incident->id = row.integer(0);
  incident->phase = phase_of(row.text(1));
  incident->opened = Tau{row.integer(2)};
  incident->last_true = Tau{row.integer(3)};
  incident->ended = Tau{row.integer(4)};
  incident->hold = Tau{row.integer(5)};
  incident->opens = times_of(row.text(6));
  incident->count = row.integer(7);
  incident->first_id = row.integer(8);
  incident->last_id = row.integer(9);
  if (!row.is_null(10)) incident->acknowledged_by = row.text(10);
  incident->reminders = static_cast<int>(row.integer(11));
  incident->next = Tau{row.integer(12)};
  incident->end_reason = row.text(13);
  incident->rule = row.text(14);
  incident->key = row.text(15);
  incident->title = row.is_null(16) ? incident->key : std::string{row.text(16)};
  incident->detail = row.text(17);
  incident->holds = incident->is_open() && row.integer(18) == 0;
  incident->announced = !row.is_null(19);
  incident->announced_at = Tau{row.integer(19)};
  incident->escalated = row.integer(20) != 0;
  incident->dirty = false;
  Statement told{db, "SELECT receiver, root_uid FROM watch_told WHERE incident = ?1"};
  told.bind(1, incident->id);
  while (told.step()) incident->told.emplace(told.text(0), told.text(1));
  return incident;
}

void write_incident(sqlite3* db, Incident& incident) {
  incident.dirty = false;
  if (incident.phase == Phase::dropped) {
    if (incident.id != 0) Statement{db, "DELETE FROM watch_incident WHERE id = ?1"}.bind(1, incident.id).run();
    return;
  }
  const bool is_new = incident.id == 0;
  Statement row{db, is_new
                        ? "INSERT INTO watch_incident(phase, last_true_tau, ended_tau, count, last_id, reminders, "
                          "next_tau, end_reason, detail, calm, announced_tau, escalated, title, opened_tau, opens, "
                          "first_id, rule, key, hold_us) "
                          "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)"
                        : "UPDATE watch_incident SET phase = ?1, last_true_tau = ?2, ended_tau = ?3, count = ?4, "
                          "last_id = ?5, reminders = ?6, next_tau = ?7, end_reason = ?8, detail = ?9, calm = ?10, "
                          "announced_tau = ?11, escalated = ?12, title = ?13, opened_tau = ?14, opens = ?15, "
                          "first_id = ?16 WHERE id = ?17"};
  const auto text = [](const std::string& value) {
    return value.empty() ? std::string_view{} : std::string_view{value};
  };
  const std::string opens = json_of(incident.opens);
  row.bind_all(phase_name(incident.phase), us(incident.last_true),
               incident.is_open() ? std::nullopt : std::optional{us(incident.ended)}, incident.count, incident.last_id,
               std::int64_t{incident.reminders}, us(incident.next), text(incident.end_reason), text(incident.detail),
               std::int64_t{incident.holds ? 0 : 1},
               incident.announced ? std::optional{us(incident.announced_at)} : std::nullopt,
               std::int64_t{incident.escalated ? 1 : 0}, text(incident.title), us(incident.opened),
               std::string_view{opens}, incident.first_id);
  if (!is_new) return row.bind(17, incident.id).run();
  row.bind(17, std::string_view{incident.rule})
      .bind(18, std::string_view{incident.key})
      .bind(19, us(incident.hold))
      .run();
  incident.id = sqlite3_last_insert_rowid(db);
}

/// The key that an incident is of, made where nothing else is known of it.
Key& key_of(RuleState& rule, const Incident& incident) {
  auto& key = rule.keys[incident.key];
  if (!key.name.empty() || !key.values.empty() || incident.key.empty()) return key;
  key.name = incident.key;
  key.values = split_key(incident.key);
  if (rule.condition.rule.kind == Rule::Kind::first_seen) key.values.erase(key.values.begin());
  key.dirty = false;
  return key;
}

void read_incidents(sqlite3* db, RuleState& rule, Tau now, Incidents& incidents) {
  Statement rows{db, std::string{"SELECT "} + incident_columns +
                         " FROM watch_incident WHERE rule = ?1 AND (phase IN ('pending', 'firing') OR opened_tau > ?2) "
                         "ORDER BY id"};
  rows.bind_all(std::string_view{rule.condition.rule.name}, us(now - day));
  while (rows.step()) {
    const auto incident = incident_of(db, rows);
    incidents.emplace(incident->id, incident);
    key_of(rule, *incident).incident = incident;
  }
}

bool has_changed(const RuleState& rule) {
  return rule.dirty || !rule.ended.empty() || !rule.erased.empty() || !rule.newly_seen.empty() ||
         std::any_of(rule.keys.begin(), rule.keys.end(), [](const auto& entry) {
           return entry.second.dirty || (entry.second.incident && entry.second.incident->dirty);
         });
}

bool is_kept_as_key(const RuleState& rule) { return rule.condition.rule.kind != Rule::Kind::first_seen; }

}  // namespace

std::string_view phase_name(Phase phase) noexcept {
  switch (phase) {
    case Phase::pending: return "pending";
    case Phase::firing: return "firing";
    case Phase::resolved: return "resolved";
    case Phase::gone: return "gone";
    case Phase::dropped: return "dropped";
  }
  return {};
}

std::string fields_json(const std::vector<ast::FieldRef>& by, const std::vector<std::string>& values) {
  std::string json = "{";
  for (std::size_t i = 0; i < by.size() && i < values.size(); ++i) {
    append_json_string(json += i > 0 ? "," : "", print(by[i]));
    append_json_string(json += ":", values[i]);
  }
  return json + "}";
}

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
  constexpr Tau longest = 7 * day;
  if (!now.boot_id.empty() && now.boot_id == run.boot_id)
    return run.tau + std::max(now.since_boot - run.since_boot, Tau{});
  return run.tau + std::clamp<Tau>(now.wall - run.wall, Tau{}, longest);
}

void read_rule(sqlite3* db, RuleState& rule, Tau now, Incidents& incidents) {
  Statement row{db, "SELECT condition_hash, began_tau, from_id, health FROM watch_rule WHERE name = ?1"};
  if (!row.bind(1, std::string_view{rule.condition.rule.name}).step()) return;
  // An empty hash is from before this version: the rule is taken for what it was.
  if (row.text(0) != rule.condition.hash && !row.text(0).empty()) return;
  rule.dirty = row.text(0).empty();
  rule.is_new = false;
  rule.began = Tau{row.integer(1)};
  rule.from = row.integer(2);
  rule.health = row.text(3);
  row.reset();
  read_keys(db, rule);
  read_seen(db, rule);
  read_incidents(db, rule, now, incidents);
}

void write_rule(sqlite3* db, RuleState& rule) {
  if (!has_changed(rule)) return;
  const std::string_view name = rule.condition.rule.name;
  if (rule.dirty)
    Statement{db,
              "INSERT INTO watch_rule(name, condition_hash, began_tau, from_id, health) VALUES(?1, ?2, ?3, ?4, ?5) ON "
              "CONFLICT(name) DO UPDATE SET condition_hash = excluded.condition_hash, began_tau = excluded.began_tau, "
              "from_id = excluded.from_id, health = excluded.health"}
        .bind_all(name, std::string_view{rule.condition.hash}, us(rule.began), rule.from, std::string_view{rule.health})
        .run();
  rule.dirty = rule.is_new = false;
  for (const auto& incident : rule.ended)
    if (incident->dirty) write_incident(db, *incident);
  rule.ended.clear();
  Statement insert{
      db,
      "INSERT INTO watch_key(rule, key, fields, count, first_tau, last_tau, last_us, last_id, flags, model) "
      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT(rule, key) DO UPDATE SET count = "
      "excluded.count, first_tau = excluded.first_tau, last_tau = excluded.last_tau, last_us = "
      "excluded.last_us, last_id = excluded.last_id, flags = excluded.flags, model = excluded.model"};
  for (auto& [key_name, key] : rule.keys) {
    if (key.dirty && is_kept_as_key(rule)) write_key(insert, rule, key);
    if (key.incident && key.incident->dirty) write_incident(db, *key.incident);
  }
  for (const auto& erased : rule.erased)
    Statement{db, "DELETE FROM watch_key WHERE rule = ?1 AND key = ?2"}.bind_all(name, std::string_view{erased}).run();
  rule.erased.clear();
  if (rule.newly_seen.empty()) return;
  Statement see{db,
                "INSERT INTO watch_seen(rule, fingerprint, first_tau, first_id, last_tau, last_id, count, version) "
                "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT(rule, fingerprint) DO UPDATE SET last_tau = "
                "excluded.last_tau, last_id = excluded.last_id, count = excluded.count"};
  std::sort(rule.newly_seen.begin(), rule.newly_seen.end());
  rule.newly_seen.erase(std::unique(rule.newly_seen.begin(), rule.newly_seen.end()), rule.newly_seen.end());
  for (const auto& fingerprint : rule.newly_seen) {
    const auto& seen = rule.seen.at(fingerprint);
    see.bind_all(name, std::string_view{fingerprint}, us(seen.first), seen.first_id, us(seen.last), seen.last_id,
                 seen.count, std::string_view{seen.version})
        .run();
  }
  rule.newly_seen.clear();
}

std::vector<Stale> read_stale(sqlite3* db, const std::vector<std::unique_ptr<RuleState>>& rules, Incidents& incidents) {
  std::unordered_map<std::string_view, const RuleState*> by_name;
  for (const auto& rule : rules) by_name.emplace(rule->condition.rule.name, rule.get());
  std::vector<Stale> all;
  Statement rows{db, "SELECT name, condition_hash FROM watch_rule ORDER BY name"};
  while (rows.step()) {
    const auto found = by_name.find(rows.text(0));
    const bool there = found != by_name.end();
    if (there && (rows.text(1).empty() || found->second->condition.hash == rows.text(1))) continue;
    Stale stale{std::make_unique<RuleState>(), there};
    stale.rule->condition.rule.name = rows.text(0);
    stale.rule->dirty = false;
    read_incidents(db, *stale.rule, Tau::max(), incidents);
    all.push_back(std::move(stale));
  }
  return all;
}

void remove_rule(sqlite3* db, const std::string& name) {
  for (const char* sql : {"DELETE FROM watch_rule WHERE name = ?1", "DELETE FROM watch_key WHERE rule = ?1",
                          "DELETE FROM watch_seen WHERE rule = ?1"})
    Statement{db, sql}.bind(1, std::string_view{name}).run();
}

IncidentRef read_incident(sqlite3* db, std::int64_t id) {
  Statement row{db, std::string{"SELECT "} + incident_columns + " FROM watch_incident WHERE id = ?1"};
  return row.bind(1, id).step() ? incident_of(db, row) : std::make_shared<Incident>();
}

bool read_acknowledgements(sqlite3* db, const Incidents& incidents) {
  bool changed = false;
  Statement rows{db, "SELECT id, acked_by FROM watch_incident WHERE acked_by IS NOT NULL AND phase = 'firing'"};
  while (rows.step()) {
    const auto found = incidents.find(rows.integer(0));
    if (found == incidents.end() || found->second->acknowledged_by) continue;
    found->second->acknowledged_by = rows.text(1);
    changed = true;
  }
  return changed;
}

std::vector<std::pair<std::string, std::string>> read_retirements(sqlite3* db) {
  std::vector<std::pair<std::string, std::string>> keys;
  Statement rows{db, "SELECT rule, key FROM watch_key WHERE flags >= 8"};
  static_assert(to_retire == 8);
  while (rows.step()) keys.emplace_back(rows.text(0), rows.text(1));
  return keys;
}

std::vector<Silence> read_silences(sqlite3* db, Tau now, Timestamp wall) {
  std::vector<Silence> silences;
  Statement rows{db,
                 "SELECT id, rule, key, query, from_us, until_us, until_tau, author, reason FROM watch_silence WHERE "
                 "CASE WHEN until_tau IS NULL THEN until_us > ?1 ELSE until_tau > ?2 END ORDER BY id"};
  rows.bind_all(us(wall), us(now));
  while (rows.step()) {
    Silence silence;
    silence.id = rows.integer(0);
    silence.rule = rows.text(1);
    silence.key = rows.text(2);
    silence.query = rows.text(3);
    silence.from = timestamp(rows.integer(4));
    silence.until = timestamp(rows.integer(5));
    if (!rows.is_null(6)) silence.until_tau = Tau{rows.integer(6)};
    silence.author = rows.text(7);
    silence.reason = rows.text(8);
    silences.push_back(std::move(silence));
  }
  return silences;
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
