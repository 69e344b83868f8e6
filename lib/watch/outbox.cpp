#include "watch/outbox.hpp"

#include <algorithm>
#include <array>

#include "record/json.hpp"
#include "record/sha256.hpp"

namespace psherald::watch {
namespace {

using namespace std::chrono_literals;
using sqlite::Statement;

constexpr std::string_view channel = "mail";

constexpr std::array<std::pair<Alert::Kind, std::string_view>, 4> kinds{{{Alert::Kind::open, "open"},
                                                                         {Alert::Kind::remind, "remind"},
                                                                         {Alert::Kind::resolve, "resolve"},
                                                                         {Alert::Kind::gone, "gone"}}};

std::string_view name_of(Alert::Kind kind) {
  return std::find_if(kinds.begin(), kinds.end(), [&](const auto& entry) { return entry.first == kind; })->second;
}

Alert::Kind kind_of(std::string_view name) {
  const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const auto& entry) { return entry.second == name; });
  return found == kinds.end() ? Alert::Kind::open : found->first;
}

std::string_view name_of(MessageState state) {
  switch (state) {
    case MessageState::queued: return "queued";
    case MessageState::sent: return "sent";
    case MessageState::failed: return "failed";
    case MessageState::cancelled: return "cancelled";
  }
  return {};
}

std::string payload_of(const Alert& alert) {
  std::string json = "{\"version\":1,\"incident\":" + std::to_string(alert.incident) +
                     ",\"at\":" + std::to_string(alert.at.time_since_epoch().count());
  const auto add = [&](std::string_view key, std::string_view text) {
    append_json_string(json += ",", key);
    append_json_string(json += ":", text);
  };
  add("kind", name_of(alert.kind));
  add("origin", alert.origin);
  add("root", alert.root);
  add("rule", alert.rule);
  add("subject", alert.subject);
  add("text", alert.text);
  add("html", alert.html);
  return json + "}";
}

}  // namespace

void queue_notice(sqlite3* db, const std::string& rule, const std::string& notify, std::int64_t incident,
                  Alert::Kind kind, Tau now) {
  const bool open = kind == Alert::Kind::open;
  Statement insert{db,
                   std::string{"INSERT INTO watch_notice(receiver, rule, incident, kind, queued_tau) "} +
                       (open ? "VALUES(?5, ?1, ?2, ?3, ?4)"
                             : "SELECT receiver, ?1, ?2, ?3, ?4 FROM (SELECT receiver FROM watch_told WHERE incident "
                               "= ?2 UNION SELECT receiver FROM watch_notice WHERE incident = ?2 AND kind = 'open' "
                               "AND message IS NULL) ORDER BY receiver")};
  insert.bind_all(rule, incident, name_of(kind), std::int64_t{now.count()});
  if (open) insert.bind(5, notify);
  insert.run();
}

std::vector<Notice> open_notices(sqlite3* db) {
  std::vector<Notice> notices;
  Statement rows{db, "SELECT id, receiver, rule, incident, kind FROM watch_notice WHERE message IS NULL ORDER BY id"};
  while (rows.step())
    notices.push_back({rows.integer(0), std::string{rows.text(1)}, std::string{rows.text(2)}, rows.integer(3),
                       kind_of(rows.text(4))});
  return notices;
}

void drop_notices(sqlite3* db, const std::vector<Notice>& notices) {
  Statement remove{db, "DELETE FROM watch_notice WHERE id = ?1"};
  for (const auto& notice : notices) remove.bind(1, notice.id).run();
}

std::string read_origin(sqlite3* db) {
  Statement row{db, "SELECT lower(hex(run)) FROM run ORDER BY from_id LIMIT 1"};
  return row.step() ? std::string{row.text(0)} : std::string{};
}

std::string uid_of(const std::string& origin, const Notice& first, int serial) {
  std::string decision = origin;
  for (const auto& part : {first.receiver, std::string{channel}, std::to_string(first.incident),
                           std::string{name_of(first.kind)}, std::to_string(serial)})
    decision.append(1, '\0').append(part);
  return base32_digest(sha256(decision));
}

std::string root_of(sqlite3* db, std::int64_t incident, const std::string& receiver) {
  Statement row{db, "SELECT root_uid FROM watch_told WHERE incident = ?1 AND receiver = ?2"};
  return row.bind_all(incident, receiver).step() ? std::string{row.text(0)} : std::string{};
}

void store_message(sqlite3* db, const Alert& alert, const std::vector<Notice>& notices, Tau now) {
  const std::string payload = payload_of(alert);
  Statement{db,
            "INSERT INTO watch_message(uid, receiver, channel, state, payload, created_tau, next_tau) "
            "VALUES(?1, ?2, ?3, 'queued', ?4, ?5, ?5) ON CONFLICT(uid) DO NOTHING"}
      .bind_all(alert.uid, alert.receiver, channel, payload, std::int64_t{now.count()})
      .run();
  Statement point{db, "UPDATE watch_notice SET message = (SELECT id FROM watch_message WHERE uid = ?2) WHERE id = ?1"};
  Statement tell{db, "INSERT INTO watch_told(incident, receiver, root_uid) VALUES(?1, ?2, ?3) ON CONFLICT DO NOTHING"};
  for (const auto& notice : notices) {
    point.bind_all(notice.id, alert.uid).run();
    tell.bind_all(notice.incident, notice.receiver, alert.root).run();
  }
}

std::vector<std::int64_t> queued_messages(sqlite3* db) {
  std::vector<std::int64_t> ids;
  Statement rows{db, "SELECT id FROM watch_message WHERE state = 'queued' ORDER BY id"};
  while (rows.step()) ids.push_back(rows.integer(0));
  return ids;
}

Message read_message(sqlite3* db, std::int64_t id) {
  Statement row{db,
                "SELECT uid, receiver, created_tau, next_tau, tries, json_extract(payload, '$.incident'), "
                "json_extract(payload, '$.at'), "
                "json_extract(payload, '$.kind'), json_extract(payload, '$.origin'), json_extract(payload, '$.root'), "
                "json_extract(payload, '$.rule'), "
                "json_extract(payload, '$.subject'), json_extract(payload, '$.text'), json_extract(payload, '$.html') "
                "FROM watch_message WHERE id = ?1"};
  Message message;
  if (!row.bind(1, id).step()) return message;
  message.id = id;
  message.created = Tau{row.integer(2)};
  message.next = Tau{row.integer(3)};
  message.tries = row.integer(4);
  auto& alert = message.alert;
  alert.uid = row.text(0);
  alert.receiver = row.text(1);
  alert.incident = row.integer(5);
  alert.at = Timestamp{Tau{row.integer(6)}};
  alert.kind = kind_of(row.text(7));
  alert.origin = row.text(8);
  alert.root = row.text(9);
  alert.rule = row.text(10);
  alert.subject = row.text(11);
  alert.text = row.text(12);
  alert.html = row.text(13);
  return message;
}

// A refusal has a code above 500 and stands under the address; what holds for the whole server stands under none.
std::set<std::string> settled_addresses(sqlite3* db, std::int64_t message) {
  std::set<std::string> addresses;
  Statement rows{
      db,
      "SELECT target FROM watch_delivery WHERE message = ?1 AND target <> '' AND (code BETWEEN 200 AND 299 OR "
      "code >= 500)"};
  rows.bind(1, message);
  while (rows.step()) addresses.emplace(rows.text(0));
  return addresses;
}

bool any_accepted(sqlite3* db, std::int64_t message) {
  return Statement{db, "SELECT 1 FROM watch_delivery WHERE message = ?1 AND target <> '' AND code BETWEEN 200 AND 299"}
      .bind(1, message)
      .first_integer()
      .has_value();
}

void requeue_interrupted(sqlite3* db, Timestamp now) {
  Statement{
      db,
      "INSERT INTO watch_delivery(message, try, at_us, took_us, target, code, detail) SELECT id, tries, ?1, 0, '', "
      "0, 'uncertain: the program ended while it was being sent' FROM watch_message WHERE state = 'sending'"}
      .bind(1, std::int64_t{now.time_since_epoch().count()})
      .run();
  Statement{db, "UPDATE watch_message SET state = 'queued' WHERE state = 'sending'"}.run();
}

void claim(sqlite3* db, std::int64_t message, std::int64_t epoch) {
  Statement{db, "UPDATE watch_message SET state = 'sending', tries = tries + 1, epoch = ?2 WHERE id = ?1"}
      .bind_all(message, epoch)
      .run();
}

void write_delivery(sqlite3* db, const Attempt& attempt, const Delivery& delivery) {
  using Outcome = Delivery::Outcome;
  constexpr int accepted = 250, refused = 550;
  int code = delivery.code;
  if (delivery.outcome == Outcome::accepted && (code < 200 || code > 299)) code = accepted;
  if (delivery.outcome == Outcome::refused && code < 500) code = refused;
  const bool own = delivery.outcome == Outcome::accepted || delivery.outcome == Outcome::refused ||
                   (delivery.outcome == Outcome::deferred && code < 500);
  Statement{db,
            "INSERT INTO watch_delivery(message, try, at_us, took_us, target, code, detail) "
            "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)"}
      .bind_all(attempt.message, attempt.number, std::int64_t{attempt.at.time_since_epoch().count()},
                std::int64_t{attempt.took.count()}, own ? std::string_view{attempt.address} : std::string_view{""},
                std::int64_t{code}, delivery.detail)
      .run();
}

void write_message_state(sqlite3* db, std::int64_t message, MessageState state, Tau next) {
  Statement{db, "UPDATE watch_message SET state = ?2, next_tau = ?3 WHERE id = ?1"}
      .bind_all(message, name_of(state), std::int64_t{next.count()})
      .run();
}

Tau retry_after(std::int64_t tries) noexcept {
  constexpr std::array<Tau, 5> delays{10s, 30s, 1min, 2min, 5min};
  return delays[static_cast<std::size_t>(std::clamp<std::int64_t>(tries, 1, delays.size()) - 1)];
}

void forget_old(sqlite3* db, Tau now, Timestamp wall) {
  const std::int64_t messages_until = (now - 24h * 90).count(), incidents_until = (now - 24h * 400).count();
  Statement{db, "DELETE FROM watch_delivery WHERE at_us < ?1"}
      .bind(1, std::int64_t{(wall - 24h * 90).time_since_epoch().count()})
      .run();
  for (const char* sql : {"DELETE FROM watch_notice WHERE queued_tau < ?1 AND message IN (SELECT id FROM watch_message "
                          "WHERE created_tau < ?1 AND state NOT IN ('queued', 'sending'))",
                          "DELETE FROM watch_message WHERE created_tau < ?1 AND state NOT IN ('queued', 'sending')"})
    Statement{db, sql}.bind(1, messages_until).run();
  for (const char* sql : {"DELETE FROM watch_told WHERE incident IN (SELECT id FROM watch_incident WHERE phase <> "
                          "'firing' AND ended_tau < ?1)",
                          "DELETE FROM watch_incident WHERE phase <> 'firing' AND ended_tau < ?1"})
    Statement{db, sql}.bind(1, incidents_until).run();
}

}  // namespace psherald::watch
