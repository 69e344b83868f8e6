#include "watch/incident_rows.hpp"

#include "watch/row_times.hpp"

namespace psherald::watch {
namespace {

using sqlite::Statement;
using Phase = Incident::Phase;

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

}  // namespace

IncidentRef read_incident(sqlite3* db, std::int64_t id) {
  Statement row{db, std::string{"SELECT "} + incident_columns + " FROM watch_incident WHERE id = ?1"};
  return row.bind(1, id).step() ? incident_of(db, row) : std::make_shared<Incident>();
}

std::vector<IncidentRef> read_incidents(sqlite3* db, std::string_view rule, Tau since) {
  std::vector<IncidentRef> all;
  Statement rows{db, std::string{"SELECT "} + incident_columns +
                         " FROM watch_incident WHERE rule = ?1 AND (phase IN ('pending', 'firing') OR opened_tau > ?2) "
                         "ORDER BY id"};
  rows.bind_all(rule, us(since));
  while (rows.step()) all.push_back(incident_of(db, rows));
  return all;
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

}  // namespace psherald::watch
