#include "store/schema.hpp"

#include <string>

#include "psherald/record.hpp"
#include "record/random.hpp"
#include "store/log_view.hpp"
#include "store/watch_tables.hpp"

namespace psherald::schema {
namespace {

// Dictionaries use AUTOINCREMENT so that the number of a row that retention removed never names another one.
constexpr const char* tables = R"sql(
CREATE TABLE source(
  id INTEGER PRIMARY KEY AUTOINCREMENT, first_id INTEGER NOT NULL,
  produkt_id TEXT, system_id TEXT, sub_system_id TEXT, sub_sub_system_id TEXT, user_spec_1 TEXT, user_spec_2 TEXT,
  api_version TEXT);
CREATE TABLE site(
  id INTEGER PRIMARY KEY AUTOINCREMENT, first_id INTEGER NOT NULL,
  name TEXT, pathname TEXT, filename TEXT, module TEXT, funcname TEXT, levelname TEXT, package_version TEXT,
  lineno INTEGER);
CREATE TABLE proc(
  id INTEGER PRIMARY KEY AUTOINCREMENT, first_id INTEGER NOT NULL,
  process INTEGER, process_name TEXT, thread INTEGER, thread_name TEXT);
CREATE TABLE entry(
  id INTEGER PRIMARY KEY,
  received INTEGER NOT NULL,
  created INTEGER,
  origin_no INTEGER NOT NULL DEFAULT 0, origin_id INTEGER, origin_received INTEGER, path_no INTEGER,
  flags INTEGER NOT NULL DEFAULT 0,
  source INTEGER NOT NULL, site INTEGER NOT NULL, proc INTEGER NOT NULL,
  level INTEGER NOT NULL,
  relative INTEGER,
  message TEXT, exc_text TEXT, stack_info TEXT, extra TEXT, legacy TEXT);
CREATE UNIQUE INDEX entry_origin ON entry(origin_no, origin_id) WHERE origin_no <> 0;
CREATE TABLE run(from_id INTEGER PRIMARY KEY, run BLOB NOT NULL UNIQUE, at INTEGER NOT NULL);
CREATE TABLE removed(from_id INTEGER PRIMARY KEY, to_id INTEGER NOT NULL);
CREATE TABLE cursor(
  name TEXT PRIMARY KEY, stream BLOB NOT NULL, url TEXT, filter TEXT, start INTEGER NOT NULL, id INTEGER NOT NULL,
  tag TEXT, skipped INTEGER, refused INTEGER, at INTEGER);
CREATE TABLE bridge_alive(from_us INTEGER NOT NULL, until_us INTEGER NOT NULL, boot_id TEXT);
CREATE TABLE dead_letter(
  id INTEGER PRIMARY KEY, at INTEGER NOT NULL, reason TEXT, peer TEXT,
  cursor TEXT, stream BLOB, run BLOB, rec_id INTEGER, bytes BLOB);
CREATE TABLE legacy_value(
  id INTEGER NOT NULL, name TEXT NOT NULL, value, PRIMARY KEY(id, name)) WITHOUT ROWID;
CREATE TABLE heartbeat(id INTEGER PRIMARY KEY AUTOINCREMENT, newest_heartbeat TEXT, system_id TEXT UNIQUE);
)sql";

// Since version 2.
constexpr const char* segment_tables = R"sql(
CREATE TABLE segment(
  id INTEGER PRIMARY KEY, version INTEGER NOT NULL,
  records INTEGER NOT NULL,
  received_min INTEGER NOT NULL, received_max INTEGER NOT NULL,
  created_min INTEGER, created_max INTEGER, created_absent INTEGER NOT NULL,
  text_bytes INTEGER NOT NULL,
  opaque INTEGER NOT NULL, exceptions INTEGER NOT NULL, stacks INTEGER NOT NULL, extras INTEGER NOT NULL,
  levels BLOB NOT NULL);
CREATE TABLE segment_names(id INTEGER PRIMARY KEY, sources BLOB NOT NULL, sites BLOB NOT NULL);
CREATE TABLE segment_text(id INTEGER PRIMARY KEY, terms BLOB NOT NULL);
)sql";

// Since version 3.
constexpr const char* origin_table = R"sql(
CREATE TABLE origin(no INTEGER PRIMARY KEY, run BLOB NOT NULL UNIQUE, store TEXT);
)sql";

// Since version 4.
constexpr const char* stream_tables = R"sql(
CREATE TABLE path(no INTEGER PRIMARY KEY, runs BLOB NOT NULL UNIQUE);
CREATE TABLE stream(
  no INTEGER PRIMARY KEY, stream BLOB NOT NULL UNIQUE, name TEXT, token TEXT, peer TEXT, skew INTEGER, at INTEGER);
CREATE TABLE mark(
  stream_no INTEGER, run BLOB, id INTEGER NOT NULL, tag TEXT, at INTEGER, PRIMARY KEY(stream_no, run)) WITHOUT ROWID;
CREATE TABLE attempt(stream_no INTEGER PRIMARY KEY, run BLOB, id INTEGER, n INTEGER);
)sql";
constexpr const char* stream_indexes = R"sql(
CREATE INDEX dead_letter_stream ON dead_letter(stream, rec_id) WHERE cursor IS NULL AND stream IS NOT NULL;
CREATE UNIQUE INDEX dead_letter_cursor ON dead_letter(cursor, run, rec_id) WHERE cursor IS NOT NULL;
)sql";

// Since version 5.
constexpr const char* saved_table = R"sql(
CREATE TABLE saved_search(
  name TEXT PRIMARY KEY, query TEXT NOT NULL, time TEXT NOT NULL, oldest_first INTEGER NOT NULL, saved INTEGER NOT NULL);
)sql";

constexpr const char* views = R"sql(
CREATE VIEW newest AS SELECT max(
  coalesce((SELECT max(id) FROM entry), 0),
  coalesce((SELECT to_id FROM removed ORDER BY from_id DESC LIMIT 1), 0),
  coalesce((SELECT max(from_id) - 1 FROM run), 0)) AS id;
)sql";

// Functions of SQLite 3.37 only: '%f' has no microseconds and 'subsec' is younger, so the six digits are cut by hand.
constexpr const char* triggers = R"sql(
CREATE TRIGGER removed_join AFTER INSERT ON removed BEGIN
  UPDATE removed SET to_id = (SELECT to_id FROM removed WHERE from_id = NEW.to_id + 1)
    WHERE from_id = NEW.from_id AND EXISTS (SELECT 1 FROM removed WHERE from_id = NEW.to_id + 1);
  DELETE FROM removed WHERE from_id = NEW.to_id + 1;
  UPDATE removed SET to_id = (SELECT to_id FROM removed WHERE from_id = NEW.from_id)
    WHERE from_id = (SELECT max(from_id) FROM removed WHERE from_id < NEW.from_id) AND to_id = NEW.from_id - 1;
  DELETE FROM removed WHERE from_id = NEW.from_id AND EXISTS (SELECT 1 FROM removed
    WHERE from_id = (SELECT max(from_id) FROM removed WHERE from_id < NEW.from_id) AND to_id >= NEW.from_id);
END;

CREATE TRIGGER log_update INSTEAD OF UPDATE ON log BEGIN
  SELECT RAISE(ABORT, 'log rows are not changed');
END;

CREATE TRIGGER log_delete INSTEAD OF DELETE ON log BEGIN
  DELETE FROM entry WHERE id = OLD.id;
  DELETE FROM legacy_value WHERE id = OLD.id;
  DELETE FROM segment WHERE id = OLD.id >> 12;
  INSERT INTO removed VALUES(OLD.id, OLD.id);
END;

CREATE TRIGGER log_insert INSTEAD OF INSERT ON log BEGIN
  SELECT RAISE(ABORT, 'created has to be NULL or local time, such as 2026-11-22 09:10:24.318567')
    WHERE NEW.created IS NOT NULL AND (typeof(NEW.created) <> 'text'
      OR NEW.created NOT GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*'
      OR strftime('%s', substr(NEW.created, 1, 19), 'utc') IS NULL
      OR substr(NEW.created, 20, 1) NOT IN ('', '.') OR substr(NEW.created, 21) GLOB '*[^0-9]*');
  INSERT INTO source(first_id, produkt_id, system_id, sub_system_id, sub_sub_system_id, user_spec_1, user_spec_2,
      api_version)
    SELECT (SELECT id + 1 FROM newest), nullif(NEW.produkt_id, 'None'), nullif(NEW.system_id, 'None'),
      nullif(NEW.sub_system_id, 'None'), nullif(NEW.sub_sub_system_id, 'None'), nullif(NEW.user_spec_1, 'None'),
      nullif(NEW.user_spec_2, 'None'), nullif(NEW.api_version, 'None')
    WHERE NOT EXISTS (SELECT 1 FROM source WHERE produkt_id IS nullif(NEW.produkt_id, 'None')
      AND system_id IS nullif(NEW.system_id, 'None') AND sub_system_id IS nullif(NEW.sub_system_id, 'None')
      AND sub_sub_system_id IS nullif(NEW.sub_sub_system_id, 'None') AND user_spec_1 IS nullif(NEW.user_spec_1, 'None')
      AND user_spec_2 IS nullif(NEW.user_spec_2, 'None') AND api_version IS nullif(NEW.api_version, 'None'));
  INSERT INTO site(first_id, name, pathname, filename, module, funcname, levelname, package_version, lineno)
    SELECT (SELECT id + 1 FROM newest), NEW.name, NEW.pathname, NEW.filename, NEW.module, NEW.funcname, NEW.levelname,
      nullif(NEW.package_version, 'None'), CAST(NEW.lineno AS INTEGER)
    WHERE NOT EXISTS (SELECT 1 FROM site WHERE name IS NEW.name AND pathname IS NEW.pathname
      AND filename IS NEW.filename AND module IS NEW.module AND funcname IS NEW.funcname
      AND levelname IS NEW.levelname AND package_version IS nullif(NEW.package_version, 'None')
      AND lineno IS CAST(NEW.lineno AS INTEGER));
  INSERT INTO proc(first_id, process, process_name, thread, thread_name)
    SELECT (SELECT id + 1 FROM newest), CAST(NEW.process AS INTEGER), NEW.processname, CAST(NEW.thread AS INTEGER),
      NEW.threadname
    WHERE NOT EXISTS (SELECT 1 FROM proc WHERE process IS CAST(NEW.process AS INTEGER)
      AND process_name IS NEW.processname AND thread IS CAST(NEW.thread AS INTEGER) AND thread_name IS NEW.threadname);
  INSERT INTO entry(id, received, source, site, proc, level, relative, message, exc_text, stack_info) VALUES(
    (SELECT id + 1 FROM newest),
    CASE WHEN NEW.created IS NULL THEN CAST(round((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER) * 1000
      ELSE strftime('%s', substr(NEW.created, 1, 19), 'utc') * 1000000
        + CAST(substr(substr(NEW.created, 21) || '000000', 1, 6) AS INTEGER) END,
    (SELECT min(id) FROM source WHERE produkt_id IS nullif(NEW.produkt_id, 'None')
      AND system_id IS nullif(NEW.system_id, 'None') AND sub_system_id IS nullif(NEW.sub_system_id, 'None')
      AND sub_sub_system_id IS nullif(NEW.sub_sub_system_id, 'None') AND user_spec_1 IS nullif(NEW.user_spec_1, 'None')
      AND user_spec_2 IS nullif(NEW.user_spec_2, 'None') AND api_version IS nullif(NEW.api_version, 'None')),
    (SELECT min(id) FROM site WHERE name IS NEW.name AND pathname IS NEW.pathname
      AND filename IS NEW.filename AND module IS NEW.module AND funcname IS NEW.funcname
      AND levelname IS NEW.levelname AND package_version IS nullif(NEW.package_version, 'None')
      AND lineno IS CAST(NEW.lineno AS INTEGER)),
    (SELECT min(id) FROM proc WHERE process IS CAST(NEW.process AS INTEGER)
      AND process_name IS NEW.processname AND thread IS CAST(NEW.thread AS INTEGER) AND thread_name IS NEW.threadname),
    CAST(coalesce(NEW.levelno, 20) AS INTEGER),
    CAST(round(NEW.relativecreated * 1000) AS INTEGER),
    NEW.message, nullif(NEW.exc_text, 'None'), nullif(NEW.stack_info, 'None'));
END;
)sql";

void make_views(sqlite3* db) {
  sqlite::execute(db, views);
  sqlite::execute(db, store::log_view_sql().c_str());
  sqlite::execute(db, triggers);
}

/// What the watchdog keeps since it judges by more than ps_neelix.cfg says.
void add_watch_tables(sqlite3* db) {
  sqlite::execute(db, more_watch_tables);
  sqlite::execute(db, watch_indexes);
}

void set_version(sqlite3* db) { sqlite::execute(db, ("PRAGMA user_version = " + std::to_string(version)).c_str()); }

std::int64_t version_of(sqlite3* db) { return sqlite::integer(db, "PRAGMA user_version").value_or(0); }

}  // namespace

void draw_run(sqlite3* db, std::int64_t from_id) {
  sqlite::Statement{db, "INSERT OR REPLACE INTO run VALUES(?1, ?2, ?3)"}
      .bind(1, from_id)
      .bind_blob(2, random_bytes(16))
      .bind(3, now().time_since_epoch().count())
      .run();
}

void create_objects(sqlite3* db) {
  sqlite::execute(db, tables);
  sqlite::execute(db, segment_tables);
  sqlite::execute(db, origin_table);
  sqlite::execute(db, stream_tables);
  sqlite::execute(db, stream_indexes);
  sqlite::execute(db, saved_table);
  sqlite::execute(db, watch_tables);
  add_watch_tables(db);
  sqlite::execute(db, open_incidents_index);
  draw_run(db, 1);
  sqlite::execute(db, ("PRAGMA application_id = " + std::to_string(application_id)).c_str());
  make_views(db);
  set_version(db);
}

void upgrade(sqlite3* db) {
  sqlite::execute(db, "BEGIN IMMEDIATE");
  const auto found = version_of(db);
  if (found < 2) {
    sqlite::execute(db, segment_tables);
    sqlite::execute(db, "DROP VIEW log; DROP VIEW newest; DROP TRIGGER removed_join");
    make_views(db);
  }
  if (found < 3) sqlite::execute(db, origin_table);
  if (found < 4) {
    sqlite::execute(db, stream_tables);
    sqlite::execute(db, stream_indexes);
  }
  if (found < 5) {
    sqlite::execute(db, saved_table);
    add_watch_tables(db);
    sqlite::execute(db, watch_changes);
  }
  if (found < 6) sqlite::execute(db, open_incidents_index);
  set_version(db);
  sqlite::execute(db, "COMMIT");
}

void shadow_watch_tables(sqlite3* db) {
  constexpr std::string_view plain = "CREATE TABLE ", temporary = "CREATE TEMP TABLE ";
  std::string script;
  sqlite::Statement rows{
      db,
      "SELECT name, sql FROM main.sqlite_schema m WHERE type = 'table' AND (name GLOB 'watch_*' OR name = "
      "'heartbeat') AND NOT EXISTS (SELECT 1 FROM sqlite_temp_schema t WHERE t.name = m.name)"};
  while (rows.step()) {
    const std::string name{rows.text(0)};
    script.append(temporary).append(rows.text(1).substr(plain.size()));
    script += "; INSERT INTO temp." + name + " SELECT * FROM main." + name + ";";
  }
  if (script.empty()) return;
  sqlite::execute(db, script.c_str());
  if (version_of(db) >= 5) return;
  std::string more = std::string{more_watch_tables} + watch_changes;
  for (std::size_t at = 0; (at = more.find("CREATE TABLE", at)) != more.npos;) more.insert(at += 7, "TEMP ");
  sqlite::execute(db, more.c_str());
}

void stand_in(sqlite3* db) {
  const auto found = version_of(db);
  std::string sql;
  if (found < 5) {
    shadow_watch_tables(db);
    sql += saved_table;
  }
  if (found < 4) sql += stream_tables;
  if (found < 3) sql += origin_table;
  if (found < 2) sql += segment_tables;
  for (std::size_t at = 0; (at = sql.find("CREATE TABLE", at)) != sql.npos;) sql.insert(at += 7, "TEMP ");
  sqlite::execute(db, sql.c_str());
}

bool create(sqlite3* db) {
  sqlite::execute(db, pages);
  sqlite::execute(db, "BEGIN IMMEDIATE");
  const bool empty = sqlite::integer(db, "SELECT count(*) FROM sqlite_schema") == 0;
  if (empty) create_objects(db);
  sqlite::execute(db, "COMMIT");
  return empty;
}

}  // namespace psherald::schema
