#include "watch/orders.hpp"

namespace psherald::watch {
namespace {

using sqlite::Statement;

std::int64_t us(Timestamp time) { return time.time_since_epoch().count(); }
std::string_view or_null(const std::string& text) { return text.empty() ? std::string_view{} : std::string_view{text}; }

}  // namespace

bool acknowledge(sqlite3* db, std::int64_t incident, const std::string& who, const std::string& note, Timestamp now) {
  Statement{
      db,
      "UPDATE watch_incident SET acked_by = ?2, acked_us = ?3, ack_note = ?4 WHERE id = ?1 AND phase IN ('pending', "
      "'firing')"}
      .bind_all(incident, std::string_view{who}, us(now), or_null(note))
      .run();
  return sqlite3_changes(db) > 0;
}

std::int64_t add_silence(sqlite3* db, const Silence& silence) {
  Statement{
      db,
      "INSERT INTO watch_silence(rule, key, query, from_us, until_us, until_tau, author, reason) VALUES(?1, ?2, ?3, "
      "?4, ?5, ?6, ?7, ?8)"}
      .bind_all(or_null(silence.rule), or_null(silence.key), or_null(silence.query), us(silence.from),
                us(silence.until),
                silence.until_tau ? std::optional{std::int64_t{silence.until_tau->count()}} : std::nullopt,
                std::string_view{silence.author}, or_null(silence.reason))
      .run();
  return sqlite3_last_insert_rowid(db);
}

bool end_silence(sqlite3* db, std::int64_t id, Timestamp now) {
  Statement{db, "UPDATE watch_silence SET until_us = ?2, until_tau = NULL WHERE id = ?1 AND until_us > ?2"}
      .bind_all(id, us(now))
      .run();
  return sqlite3_changes(db) > 0;
}

bool retire(sqlite3* db, const std::string& rule, const std::string& key) {
  Statement{db, "UPDATE watch_key SET flags = flags | 8 WHERE rule = ?1 AND key = ?2"}.bind_all(rule, key).run();
  return sqlite3_changes(db) > 0;
}

}  // namespace psherald::watch
