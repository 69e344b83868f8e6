#include "watch/outbox.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "record/json.hpp"
#include "record/sha256.hpp"

namespace psherald::watch {
namespace {

using namespace std::chrono_literals;
using sqlite::Statement;

Alert::Kind kind_of(std::string_view name) {
  using Kind = Alert::Kind;
  for (const auto kind : {Kind::remind, Kind::escalate, Kind::resolve, Kind::gone, Kind::blind})
    if (name == name_of(kind)) return kind;
  return Kind::open;
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

std::string item_of(const Alert::Item& item) {
  std::string json = "{\"incident\":" + std::to_string(item.incident);
  const auto add = [&](std::string_view key, std::string_view text) {
    append_json_string(json += ",", key);
    append_json_string(json += ":", text);
  };
  add("rule", item.rule);
  add("key", item.key);
  add("title", item.title);
  add("kind", name_of(item.kind));
  return json + "}";
}

std::string payload_of(const Alert& alert) {
  constexpr std::size_t most_items = 100;
  std::string json = "{\"version\":2,\"incident\":" + std::to_string(alert.incident) +
                     ",\"at\":" + std::to_string(alert.at.time_since_epoch().count()) +
                     ",\"total\":" + std::to_string(alert.total);
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
  if (!alert.link.empty()) add("link", alert.link);
  if (alert.channel == "mail") add("html", alert.html);
  if (alert.channel == "webhook" || alert.channel == "command") add("json", alert.json);
  json += ",\"items\":[";
  for (std::size_t i = 0; i < alert.items.size() && i < most_items; ++i)
    json += (i > 0 ? "," : "") + item_of(alert.items[i]);
  // So that who waits until enough time has passed since the last message of a rule knows of all its rules.
  std::set<std::string> rules;
  for (const auto& item : alert.items) rules.insert(item.rule);
  json += "],\"rules\":[";
  for (const auto& rule : rules) append_json_string(json += json.back() == '[' ? "" : ",", rule);
  return json + "]}";
}

}  // namespace

void queue_notice(sqlite3* db, Notice& notice) {
  Statement{db, "INSERT INTO watch_notice(receiver, rule, incident, kind, queued_tau) VALUES(?1, ?2, ?3, ?4, ?5)"}
      .bind_all(notice.receiver, notice.rule, notice.incident->id, name_of(notice.kind),
                std::int64_t{notice.queued.count()})
      .run();
  notice.id = sqlite3_last_insert_rowid(db);
}

void read_desk(sqlite3* db, Desk& desk, Incidents& incidents, Tau now) {
  constexpr Tau longest = 24h;
  Statement told{db,
                 "SELECT DISTINCT receiver, created_tau, value, json_extract(payload, '$.kind') FROM watch_message, "
                 "json_each(coalesce(json_extract(payload, '$.rules'), json_array(json_extract(payload, '$.rule')))) "
                 "WHERE created_tau > ?1 ORDER BY created_tau, receiver"};
  told.bind(1, std::int64_t{(now - longest).count()});
  std::pair<std::string, Tau> before;
  while (told.step()) {
    const std::pair<std::string, Tau> message{std::string{told.text(0)}, Tau{told.integer(1)}};
    const std::string rule{told.text(2)};
    desk.note_message(message.first, {rule}, told.text(3) == "open", message.second, message != before);
    before = message;
  }
  Statement rows{
      db, "SELECT id, receiver, rule, incident, kind, queued_tau FROM watch_notice WHERE message IS NULL ORDER BY id"};
  while (rows.step()) {
    auto& incident = incidents[rows.integer(3)];
    if (!incident) incident = read_incident(db, rows.integer(3));
    Notice notice{rows.integer(0), std::string{rows.text(1)}, std::string{rows.text(2)},
                  incident,        kind_of(rows.text(4)),     Tau{rows.integer(5)}};
    incident->told.try_emplace(notice.receiver);
    desk.add(std::move(notice));
  }
}

void drop_notices(sqlite3* db, const std::vector<Notice>& notices) {
  Statement remove{db, "DELETE FROM watch_notice WHERE id = ?1"};
  for (const auto& notice : notices) remove.bind(1, notice.id).run();
}

std::string read_origin(sqlite3* db) {
  Statement row{db, "SELECT lower(hex(run)) FROM run ORDER BY from_id LIMIT 1"};
  return row.step() ? std::string{row.text(0)} : std::string{};
}

std::string uid_of(const std::string& origin, const Notice& first, std::string_view channel) {
  std::string decision = origin;
  for (const auto& part : {first.receiver, std::string{channel}, std::to_string(first.incident->id),
                           std::string{name_of(first.kind)}, std::to_string(first.incident->reminders)})
    decision.append(1, '\0').append(part);
  return base32_digest(sha256(decision));
}

std::string uid_of_not_told(const Alert& lost, const std::string& receiver, std::string_view channel) {
  std::string decision = lost.uid;
  decision.append(1, '\0').append(receiver).append(1, '\0').append(channel);
  return base32_digest(sha256(decision));
}

void store_messages(sqlite3* db, const std::vector<Alert>& alerts, const std::vector<Notice>& notices, Tau now) {
  for (const auto& alert : alerts) {
    const std::string payload = payload_of(alert);
    Statement{db,
              "INSERT INTO watch_message(uid, receiver, channel, state, payload, created_tau, next_tau) "
              "VALUES(?1, ?2, ?3, 'queued', ?4, ?5, ?5) ON CONFLICT(uid) DO NOTHING"}
        .bind_all(alert.uid, alert.receiver, alert.channel, payload, std::int64_t{now.count()})
        .run();
  }
  Statement point{db, "UPDATE watch_notice SET message = (SELECT id FROM watch_message WHERE uid = ?2) WHERE id = ?1"};
  Statement tell{db, "INSERT INTO watch_told(incident, receiver, root_uid) VALUES(?1, ?2, ?3) ON CONFLICT DO NOTHING"};
  for (const auto& notice : notices) {
    point.bind_all(notice.id, alerts.front().uid).run();
    auto& root = notice.incident->told[notice.receiver];
    if (root.empty()) root = alerts.front().root;
    tell.bind_all(notice.incident->id, notice.receiver, root).run();
  }
}

std::vector<Waiting> queued_messages(sqlite3* db) {
  std::vector<Waiting> all;
  Statement rows{db, "SELECT id, receiver, channel FROM watch_message WHERE state = 'queued' ORDER BY id"};
  while (rows.step()) all.push_back({rows.integer(0), std::string{rows.text(1)}, std::string{rows.text(2)}});
  return all;
}

Message read_message(sqlite3* db, std::int64_t id) {
  Statement row{db,
                "SELECT uid, receiver, created_tau, next_tau, tries, json_extract(payload, '$.incident'), "
                "json_extract(payload, '$.at'), "
                "json_extract(payload, '$.kind'), json_extract(payload, '$.origin'), json_extract(payload, '$.root'), "
                "json_extract(payload, '$.rule'), "
                "json_extract(payload, '$.subject'), json_extract(payload, '$.text'), json_extract(payload, '$.html'), "
                "channel, json_extract(payload, '$.json'), json_extract(payload, '$.total'), "
                "json_extract(payload, '$.items'), json_extract(payload, '$.link') FROM watch_message WHERE id = ?1"};
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
  alert.channel = row.text(14);
  alert.json = row.text(15);
  alert.link = row.text(18);
  alert.total = static_cast<std::size_t>(row.integer(16));
  Statement items{db,
                  "SELECT json_extract(value, '$.incident'), json_extract(value, '$.rule'), json_extract(value, "
                  "'$.key'), json_extract(value, '$.title'), json_extract(value, '$.kind') FROM json_each(?1)"};
  if (row.is_null(17)) return message;
  items.bind(1, row.text(17));
  while (items.step())
    alert.items.push_back({items.integer(0),
                           std::string{items.text(1)},
                           std::string{items.text(2)},
                           std::string{items.text(3)},
                           kind_of(items.text(4)),
                           {}});
  return message;
}

// A refusal has a code above 500 and stands under the address; what holds for the whole server stands under none.
std::set<std::string> settled_targets(sqlite3* db, std::int64_t message) {
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

void requeue_interrupted(sqlite3* db, std::int64_t epoch, Timestamp now) {
  Statement{
      db,
      "INSERT INTO watch_delivery(message, try, at_us, took_us, target, code, detail) SELECT id, tries, ?1, 0, '', "
      "0, 'uncertain: the program ended while it was being sent' FROM watch_message WHERE state = 'sending' AND epoch "
      "<> ?2"}
      .bind_all(std::int64_t{now.time_since_epoch().count()}, epoch)
      .run();
  Statement{db, "UPDATE watch_message SET state = 'queued' WHERE state = 'sending' AND epoch <> ?1"}
      .bind(1, epoch)
      .run();
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
                std::int64_t{attempt.took.count()}, own ? std::string_view{attempt.target} : std::string_view{""},
                std::int64_t{code}, delivery.detail)
      .run();
}

void write_message_state(sqlite3* db, std::int64_t message, MessageState state, Tau next) {
  Statement{db, "UPDATE watch_message SET state = ?2, next_tau = ?3 WHERE id = ?1"}
      .bind_all(message, name_of(state), std::int64_t{next.count()})
      .run();
}

std::optional<Tau> next_due(sqlite3* db) {
  const auto next = sqlite::integer(db, "SELECT min(next_tau) FROM watch_message WHERE state = 'queued'");
  return next ? std::optional{Tau{*next}} : std::nullopt;
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
  for (const char* sql : {"DELETE FROM watch_told WHERE incident IN (SELECT id FROM watch_incident WHERE phase NOT "
                          "IN ('pending', 'firing') AND ended_tau < ?1)",
                          "DELETE FROM watch_incident WHERE phase NOT IN ('pending', 'firing') AND ended_tau < ?1",
                          "DELETE FROM watch_seen WHERE last_tau < ?1"})
    Statement{db, sql}.bind(1, incidents_until).run();
}

}  // namespace psherald::watch
