#include "watch/ledger.hpp"

#include <algorithm>

#include "watch/row_times.hpp"

namespace psherald::watch {

using sqlite::Statement;

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
  constexpr Tau longest = std::chrono::hours{24 * 7};
  if (!now.boot_id.empty() && now.boot_id == run.boot_id)
    return run.tau + std::max(now.since_boot - run.since_boot, Tau{});
  return run.tau + std::clamp<Tau>(now.wall - run.wall, Tau{}, longest);
}

std::vector<std::pair<std::string, std::string>> read_retirements(sqlite3* db) {
  std::vector<std::pair<std::string, std::string>> keys;
  Statement rows{db, "SELECT rule, key FROM watch_key WHERE flags >= 8"};
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
