#pragma once

namespace psherald::schema {

/// What the watchdog knows, has decided and has to tell. docs/schema.md says what stands where.
inline constexpr const char* watch_tables = R"sql(
CREATE TABLE watch_run(
  epoch INTEGER NOT NULL, holder TEXT, cursor_id INTEGER NOT NULL, tau INTEGER NOT NULL, wall_us INTEGER NOT NULL,
  boot_id TEXT, boot_us INTEGER);
CREATE TABLE watch_rule(
  name TEXT PRIMARY KEY, condition_hash TEXT NOT NULL, began_tau INTEGER NOT NULL, health TEXT NOT NULL DEFAULT 'ok');
CREATE TABLE watch_key(
  rule TEXT NOT NULL, key TEXT NOT NULL, fields TEXT, first_tau INTEGER, last_tau INTEGER, last_id INTEGER,
  last_us INTEGER, count INTEGER NOT NULL DEFAULT 0, flags INTEGER NOT NULL DEFAULT 0, model BLOB,
  PRIMARY KEY(rule, key));
CREATE TABLE watch_incident(
  id INTEGER PRIMARY KEY AUTOINCREMENT, rule TEXT NOT NULL, key TEXT NOT NULL, phase TEXT NOT NULL,
  opened_tau INTEGER NOT NULL, last_true_tau INTEGER NOT NULL, ended_tau INTEGER, hold_us INTEGER NOT NULL,
  opens TEXT NOT NULL, count INTEGER NOT NULL, first_id INTEGER, last_id INTEGER,
  acked_by TEXT, acked_us INTEGER, ack_note TEXT,
  reminders INTEGER NOT NULL DEFAULT 0, next_tau INTEGER, escalated INTEGER NOT NULL DEFAULT 0, end_reason TEXT);
CREATE INDEX watch_incident_key ON watch_incident(rule, key);
CREATE TABLE watch_told(
  incident INTEGER NOT NULL, receiver TEXT NOT NULL, root_uid TEXT NOT NULL, PRIMARY KEY(incident, receiver));
CREATE TABLE watch_notice(
  id INTEGER PRIMARY KEY, receiver TEXT NOT NULL, rule TEXT NOT NULL, incident INTEGER NOT NULL, kind TEXT NOT NULL,
  queued_tau INTEGER NOT NULL, message INTEGER);
CREATE TABLE watch_message(
  id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, receiver TEXT NOT NULL, channel TEXT NOT NULL, state TEXT NOT NULL,
  payload TEXT NOT NULL, created_tau INTEGER NOT NULL, next_tau INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0,
  epoch INTEGER NOT NULL DEFAULT 0);
CREATE TABLE watch_delivery(
  message INTEGER NOT NULL, try INTEGER NOT NULL, at_us INTEGER NOT NULL, took_us INTEGER NOT NULL, target TEXT NOT NULL,
  code INTEGER NOT NULL, detail TEXT);
)sql";

/// Since the next version: what is silenced, what was seen, and more of an incident.
inline constexpr const char* more_watch_tables = R"sql(
ALTER TABLE watch_rule ADD COLUMN from_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE watch_incident ADD COLUMN title TEXT;
ALTER TABLE watch_incident ADD COLUMN detail TEXT;
ALTER TABLE watch_incident ADD COLUMN calm INTEGER NOT NULL DEFAULT 0;
ALTER TABLE watch_incident ADD COLUMN announced_tau INTEGER;
CREATE TABLE watch_silence(
  id INTEGER PRIMARY KEY AUTOINCREMENT, rule TEXT, key TEXT, query TEXT, from_us INTEGER NOT NULL,
  until_us INTEGER NOT NULL, until_tau INTEGER, author TEXT NOT NULL, reason TEXT);
CREATE TABLE watch_seen(
  rule TEXT NOT NULL, fingerprint TEXT NOT NULL, first_tau INTEGER NOT NULL, first_id INTEGER NOT NULL,
  last_tau INTEGER NOT NULL, last_id INTEGER NOT NULL, count INTEGER NOT NULL, version TEXT, alias TEXT,
  PRIMARY KEY(rule, fingerprint)) WITHOUT ROWID;
)sql";
inline constexpr const char* watch_indexes = R"sql(
CREATE INDEX watch_incident_acked ON watch_incident(id) WHERE acked_by IS NOT NULL AND phase = 'firing';
CREATE INDEX watch_key_retired ON watch_key(rule) WHERE flags >= 8;
CREATE INDEX watch_notice_waiting ON watch_notice(id) WHERE message IS NULL;
CREATE INDEX watch_message_waiting ON watch_message(id) WHERE state IN ('queued', 'sending');
CREATE INDEX watch_delivery_message ON watch_delivery(message);
)sql";
/// Since version 6: what is open is found among all that is kept.
inline constexpr const char* open_incidents_index =
    "CREATE INDEX watch_incident_open ON watch_incident(id) WHERE phase IN ('pending', 'firing')";
/// What an older watchdog has decided stays: its rules are taken for what they are now, and what it has opened was
/// told.
inline constexpr const char* watch_changes = R"sql(
UPDATE watch_rule SET condition_hash = '';
UPDATE watch_incident SET announced_tau = opened_tau;
)sql";

}  // namespace psherald::schema
