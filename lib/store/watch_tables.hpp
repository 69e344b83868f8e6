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

}  // namespace psherald::schema
