#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "psherald/log_store.hpp"
#include "psherald/query.hpp"
#include "store/legacy_copy.hpp"
#include "store/legacy_time.hpp"
#include "store/log_view.hpp"
#include "store/sqlite.hpp"
#include "support/breaking_disk.hpp"
#include "support/place.hpp"
#include "support/zone.hpp"

using namespace psherald;
using psherald::testing::LocalZone;
namespace fs = std::filesystem;

TEST_SUITE_BEGIN("legacy");

namespace {

struct Place : testing::Place {
  Place() : testing::Place{"herald.sqlite"} {}
};

// As ps.herald 1.4.2 makes it with SQLAlchemy; see tests/data/ps_herald/herald.sqlite.
constexpr const char* original_tables = R"sql(
CREATE TABLE log (
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, created VARCHAR, threadname VARCHAR, api_version VARCHAR,
  package_version VARCHAR, name VARCHAR, relativecreated FLOAT, process INTEGER, args VARCHAR, module VARCHAR,
  funcname VARCHAR, levelno INTEGER, processname VARCHAR, thread BIGINT, msecs FLOAT, message VARCHAR,
  exc_text VARCHAR, exc_info VARCHAR, stack_info VARCHAR, pathname VARCHAR, filename VARCHAR, asctime VARCHAR,
  levelname VARCHAR, lineno INTEGER, produkt_id VARCHAR(10), system_id VARCHAR(10), sub_system_id VARCHAR(10),
  sub_sub_system_id VARCHAR(10), user_spec_1 VARCHAR(10), user_spec_2 VARCHAR(10), summary VARCHAR(70));
CREATE TABLE heartbeat (
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, newest_heartbeat VARCHAR, system_id VARCHAR(10), UNIQUE (system_id));
)sql";

std::string columns() {
  std::string all;
  for (const auto column : store::log_columns) (all += all.empty() ? "" : ", ") += column;
  return all;
}

// Without types nothing that is written is converted, so that every value stands in every column.
std::string untyped_table() {
  std::string sql = "CREATE TABLE log(id INTEGER PRIMARY KEY";
  for (std::size_t i = 1; i < store::log_columns.size(); ++i) (sql += ", ") += store::log_columns[i];
  return sql + ");";
}

sqlite::Connection open_plain(const std::string& file, int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) {
  sqlite3* handle = nullptr;
  REQUIRE(sqlite3_open_v2(file.c_str(), &handle, flags, nullptr) == SQLITE_OK);
  return sqlite::Connection{handle};
}
void run(const std::string& file, const std::string& sql) { sqlite::execute(open_plain(file).get(), sql.c_str()); }

// One row as the bridge of ps.herald writes it, with these columns otherwise.
std::string insert_row(const std::map<std::string, std::string>& otherwise = {}) {
  std::map<std::string, std::string> values{{"created", "'2026-11-22 09:10:24.318567'"},
                                            {"threadname", "'MainThread'"},
                                            {"api_version", "'None'"},
                                            {"package_version", "'2.0'"},
                                            {"name", "'ps.golden'"},
                                            {"relativecreated", "108.29496383667"},
                                            {"process", "18675"},
                                            {"args", "''"},
                                            {"module", "'emit'"},
                                            {"funcname", "'emit'"},
                                            {"levelno", "20"},
                                            {"processname", "'MainProcess'"},
                                            {"thread", "139665143253888"},
                                            {"msecs", "310.0"},
                                            {"message", "'heartbeat #0'"},
                                            {"exc_text", "'None'"},
                                            {"exc_info", "'None'"},
                                            {"stack_info", "'None'"},
                                            {"pathname", "'shop/emit.py'"},
                                            {"filename", "'emit.py'"},
                                            {"asctime", "NULL"},
                                            {"levelname", "'INFO'"},
                                            {"lineno", "25"},
                                            {"produkt_id", "'shop'"},
                                            {"system_id", "'box1'"},
                                            {"sub_system_id", "'node2'"},
                                            {"sub_sub_system_id", "'None'"},
                                            {"user_spec_1", "'None'"},
                                            {"user_spec_2", "'None'"},
                                            {"summary", "'Noneshopbox1node2NoneNoneNone'"}};
  for (const auto& [column, value] : otherwise) values[column] = value;
  std::string names, list;
  for (const auto& [column, value] : values) {
    (names += names.empty() ? "" : ", ") += column;
    (list += list.empty() ? "" : ", ") += value;
  }
  return "INSERT INTO log(" + names + ") VALUES(" + list + ");";
}

// The file of ps.herald with rows 1 to n.
void make_original(const std::string& file, int rows, std::size_t message_size = 0) {
  std::string sql = std::string{original_tables} + "BEGIN;";
  for (int i = 1; i <= rows; ++i)
    sql += insert_row({{"message", "'message " + std::to_string(i) + std::string(message_size, '.') + "'"},
                       {"system_id", i % 3 == 0 ? "'box1'" : "'box2'"}});
  run(file, sql + "COMMIT; INSERT INTO heartbeat VALUES(3, '2026-11-22 09:10:24', 'box1'), (4, NULL, 'box2');");
}

// A value with its type, to be compared byte by byte.
std::string cell(const sqlite::Statement& row, int column) {
  switch (row.type(column)) {
    case SQLITE_NULL: return "null";
    case SQLITE_INTEGER: return "integer " + std::to_string(row.integer(column));
    case SQLITE_FLOAT: {
      const double value = row.real(column);
      std::string bits(sizeof value, '\0');
      std::memcpy(bits.data(), &value, sizeof value);
      return "real " + bits;
    }
    case SQLITE_TEXT: return "text " + std::string{row.text(column)};
    default: return "blob " + std::string{row.blob(column)};
  }
}

using Row = std::vector<std::string>;
std::vector<Row> rows_of(sqlite3* db, const std::string& sql) {
  std::vector<Row> rows;
  sqlite::Statement statement{db, sql};
  while (statement.step()) {
    auto& row = rows.emplace_back();
    for (int i = 0; i < sqlite3_column_count(statement.get()); ++i) row.push_back(cell(statement, i));
  }
  return rows;
}
std::vector<Row> log_of(sqlite3* db) { return rows_of(db, "SELECT " + columns() + " FROM log ORDER BY id"); }
std::vector<Row> heartbeats_of(sqlite3* db) { return rows_of(db, "SELECT * FROM heartbeat ORDER BY id"); }

// Of a copy, so that the file itself stays as it is.
std::vector<Row> log_in(const std::string& file) {
  const Place place;
  for (const std::string companion : {"", "-journal", "-wal"})
    if (fs::exists(file + companion)) fs::copy_file(file + companion, place.file() + companion);
  return log_of(open_plain(place.file()).get());
}

void check_equal(const std::vector<Row>& found, const std::vector<Row>& expected) {
  CHECK(found.size() == expected.size());
  for (std::size_t row = 0; row < std::min(found.size(), expected.size()); ++row)
    for (std::size_t i = 0; i < expected[row].size(); ++i) {
      if (found[row][i] == expected[row][i]) continue;
      const std::string column{store::log_columns[i]};
      CAPTURE(column);
      CAPTURE(expected[row][0]);
      CHECK(found[row][i] == expected[row][i]);
    }
}

std::string bytes_of(const std::string& file) {
  std::string bytes(fs::file_size(file), '\0');
  std::ifstream{file, std::ios::binary}.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return bytes;
}
// Every file of a directory with its content.
std::map<std::string, std::string> content_of(const std::string& directory) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::directory_iterator{directory}) files[entry.path().filename()] = bytes_of(entry.path());
  return files;
}

std::vector<std::string> column(sqlite3* db, const std::string& sql) {
  std::vector<std::string> values;
  sqlite::Statement rows{db, sql};
  while (rows.step()) values.emplace_back(rows.is_null(0) ? "NULL" : rows.text(0));
  return values;
}
using Texts = std::vector<std::string>;

Errc code_of(const Error& error) { return static_cast<Errc>(error.code().value()); }
Fault refusal(const LogStore::Options& options) {
  try {
    LogStore store{options};
  } catch (const Error& error) {
    return {code_of(error), error.what()};
  }
  return {Errc{}, "no error"};
}

RecordBatch batch_of(std::string_view message) {
  RecordBatch batch;
  Record record;
  record.message = message;
  batch.append(record);
  return batch;
}
RecordId write(LogStore& store, std::string_view message) {
  store.begin();
  const auto appended = store.append(batch_of(message));
  store.commit();
  return appended.first_id;
}

// The file migrated, and shown without being touched: both have to give the same rows as before.
void check_both_ways(const std::string& file) {
  const auto expected = log_in(file);
  const auto directory = fs::path{file}.parent_path().string();
  {
    const auto before = content_of(directory);
    const LogStore shown{{.path = file, .read_only = true}};
    check_equal(log_of(shown.native_handle()), expected);
    CHECK(shown.check() == Texts{});
    CHECK(shown.count() == static_cast<std::int64_t>(expected.size()));
    CHECK(content_of(directory) == before);
  }
  {
    const LogStore migrated{{file}};
    check_equal(log_of(migrated.native_handle()), expected);
    CHECK(migrated.check() == Texts{});
    CHECK(migrated.count() == static_cast<std::int64_t>(expected.size()));
  }
  const LogStore again{{file}};
  check_equal(log_of(again.native_handle()), expected);
}

fs::path reference() { return fs::path{PSHERALD_TEST_DATA} / "ps_herald" / "herald.sqlite"; }

}  // namespace

TEST_CASE("the reference's database is the same through the view, column by column") {
  const Place place;
  fs::copy_file(reference(), place.file());
  check_both_ways(place.file());
  const LogStore store{{place.file()}};
  CHECK(column(store.native_handle(), "SELECT count(*) FROM legacy_value") == Texts{"0"});
  CHECK(column(store.native_handle(), "SELECT legacy FROM entry WHERE id = 1") ==
        Texts{R"({"created":"2026-11-22 09:10:24.318567","relativecreated":[28388875,18],"msecs":[310,0]})"});
}

TEST_CASE("a migrated file is one of psherald in every respect") {
  const Place place;
  make_original(place.file(), 20);
  run(place.file(), "DELETE FROM log WHERE id IN (5, 6, 19, 20)");
  const auto heartbeats = heartbeats_of(open_plain(place.file()).get());
  LogStore store{{place.file()}};
  auto* db = store.native_handle();
  CHECK(column(db, "PRAGMA page_size") == Texts{"16384"});
  CHECK(column(db, "PRAGMA auto_vacuum") == Texts{"2"});
  CHECK(column(db, "PRAGMA journal_mode") == Texts{"wal"});
  CHECK(column(db, "PRAGMA freelist_count") == Texts{"0"});
  CHECK(column(db, "SELECT from_id || '-' || to_id FROM removed ORDER BY 1") == Texts{"19-20", "5-6"});
  CHECK(column(db, "SELECT from_id FROM run") == Texts{"1"});
  CHECK(heartbeats_of(db) == heartbeats);
  CHECK(store.newest_id() == 20);
  CHECK(store.count() == 16);
  CHECK(column(db, "SELECT system_id || first_id FROM source ORDER BY id") == Texts{"box21", "box11"});

  LogStore fresh{{":memory:"}};
  const auto* objects = "SELECT sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite%' ORDER BY name";
  CHECK(column(db, objects) == column(fresh.native_handle(), objects));

  CHECK(write(store, "next") == 21);
  CHECK(column(db, "SELECT from_id FROM run") == Texts{"1"});
  sqlite::execute(db, "INSERT INTO log(message, system_id) VALUES('by hand', 'box1'); DELETE FROM log WHERE id = 1");
  CHECK(store.newest_id() == 22);
  CHECK(store.prune({.since = now() + std::chrono::hours{1}}).records == 17);
  CHECK(store.check() == Texts{});
}

TEST_CASE("records of ps.herald are found by what they are") {
  const LocalZone zone{"Europe/Berlin"};
  const Place place;
  run(place.file(), original_tables + insert_row() +
                        insert_row({{"system_id", "'None'"},
                                    {"created", "'2026-11-22 09:10:25.5'"},
                                    {"levelno", "40"},
                                    {"exc_text", "'Traceback'"}}));
  const LogStore store{{.path = place.file(), .read_only = true}};
  const auto page = find(store, {.filter = to_filter({.level = Level::error})});
  REQUIRE(page.batch.size() == 1);
  const auto& record = page.batch.records()[0];
  CHECK(record.id == 2);
  CHECK(format_utc(record.received) == "2026-11-22T08:10:25.500000Z");
  CHECK(!record.created);
  CHECK(record.relative == std::chrono::microseconds{108'295});
  CHECK(record.exc_text == "Traceback");
  CHECK(!present(record.stack_info));
  CHECK(!present(page.batch.source(record).system_id));
  CHECK(page.batch.source(record).produkt_id == "shop");
  CHECK(page.batch.site(record).lineno == 25);
  CHECK(page.batch.process(record).thread == 139665143253888);
  CHECK(record.legacy.starts_with(R"({"created":"2026-11-22 09:10:25.5")"));
  CHECK(find(store, {.filter = to_filter({.since = parse_local("2026-11-22 09:10:25")})}).batch.size() == 1);
}

namespace {

const char* const odd_values[] = {
    "NULL",
    "0",
    "5",
    "-1",
    "9223372036854775807",
    "-9223372036854775808",
    "2.5",
    "-0.0",
    "1.0",
    "1e308",
    "5e-324",
    "0.1",
    "6057321.5603021365",
    "9e999",
    "-9e999",
    "''",
    "'None'",
    "'12'",
    "' 12 '",
    "'1.5'",
    "'1e3'",
    "x''",
    "x'00ff80'",
    "x'4e6f6e65'",
    "CAST(x'ff80' AS TEXT)",
    "CAST(x'610062' AS TEXT)",
    "CAST(x'00' AS TEXT)",
    "CAST(x'eda080' AS TEXT)",
    "'größe \"quoted\" it''s \\ / <b>'",
    "char(10, 9, 13, 8, 12, 1, 127, 8232, 65534, 128512)",
    "'{}'",
    "'[]'",
    "'null'",
    "'true'",
    "'18446744073709551616'",
    "18446744073709551616",
    "'-0'",
    "'inf'",
    "'nan'",
    "zeroblob(100)",
    "replace(hex(zeroblob(3000)), '0', 'x')",
    "replace(hex(zeroblob(3000)), '0', '\"')",
    "CAST(replace(hex(zeroblob(3000)), '0', 'x') || x'ff' AS TEXT)",
    "'2026-11-22'",
    "'Level 25'",
    "'WARNING'",
    "'error'",
};

}  // namespace

TEST_CASE("odd values in every column come back as they were, with their types") {
  const testing::BreakingDisk unsynced;
  const Place place;
  std::string sql;
  SUBCASE("of a table with ps.herald's types") { sql = original_tables; }
  SUBCASE("of a table without types") { sql = untyped_table(); }
  sql += "BEGIN;";
  for (std::size_t i = 1; i < store::log_columns.size(); ++i)
    for (const char* value : odd_values) sql += insert_row({{std::string{store::log_columns[i]}, value}});
  // All columns at once, too, and all of them absent as ps_neelix leaves them.
  for (const char* value : odd_values) {
    std::map<std::string, std::string> all;
    for (std::size_t i = 1; i < store::log_columns.size(); ++i) all[std::string{store::log_columns[i]}] = value;
    sql += insert_row(all);
  }
  run(place.file(), sql + "COMMIT;");
  check_both_ways(place.file());

  LogStore store{{place.file()}};
  const auto page = find(store, {.limit = 10'000});
  CHECK(page.batch.size() == std::size(odd_values) * store::log_columns.size());
  CHECK(store.prune({.since = now() + std::chrono::hours{24 * 365 * 100}}).records == page.batch.size());
  CHECK(column(store.native_handle(), "SELECT count(*) FROM legacy_value") == Texts{"0"});
  CHECK(store.check() == Texts{});
}

TEST_CASE("what is odd can be searched for as far as it can be read") {
  const Place place;
  run(place.file(), untyped_table() + insert_row({{"message", "x'68656c6c6fff'"}, {"levelno", "'40'"}}) +
                        insert_row({{"message", "4711"}, {"levelno", "NULL"}, {"levelname", "'CRITICAL'"}}) +
                        insert_row({{"message", "'third'"}, {"levelno", "NULL"}, {"levelname", "NULL"}}) +
                        insert_row({{"message", "'fourth'"}, {"levelno", "9e999"}, {"thread", "'77'"}}) +
                        insert_row({{"message", "'fifth'"}, {"levelno", "-9223372036854775808"}}) +
                        insert_row({{"system_id", "7"}, {"levelno", "25.9"}}));
  const LogStore store{{place.file()}};
  const auto messages = [&](const Criteria& criteria) {
    Texts found;
    const auto page = find(store, {.filter = to_filter(criteria), .order = Order::oldest_first});
    for (const auto& record : page.batch.records()) found.emplace_back(record.message);
    return found;
  };
  CHECK(messages({.pattern = "hello"}) == Texts{"hello\xEF\xBF\xBD"});
  CHECK(messages({.pattern = "471"}) == Texts{"4711"});
  CHECK(messages({.system_id = "7"}) == Texts{"heartbeat #0"});
  CHECK(messages({.level = Level::error}) == Texts{"hello\xEF\xBF\xBD", "4711", "fourth"});
  const auto page = find(store, {.filter = to_filter({.pattern = "fourth"})});
  CHECK(page.batch.process(page.batch.records()[0]).thread == 77);
  CHECK(column(store.native_handle(), "SELECT level FROM entry ORDER BY id") ==
        Texts{"40", "50", "20", "2147483647", "-2147483648", "25"});
}

TEST_CASE("columns of the view compare as those of ps.herald's table do") {
  const Place place;
  run(place.file(), original_tables + insert_row({{"levelno", "30"}}) + insert_row({{"levelno", "NULL"}}));
  const LogStore store{{place.file()}};
  for (const char* condition : {"levelno >= '30'", "process = '18675'", "thread = '139665143253888'", "lineno = '25'",
                                "levelno = 30", "relativecreated > 108"}) {
    CAPTURE(condition);
    CHECK(column(store.native_handle(), std::string{"SELECT min(id) FROM log WHERE "} + condition) == Texts{"1"});
  }
}

TEST_CASE("ids stay as they are, and what is missing is removed") {
  const testing::BreakingDisk unsynced;
  struct Case {
    const char* name;
    const char* sql;  // after rows 1 to 3
    Texts removed, ids;
    RecordId newest;
  };
  const Case cases[] = {
      {"no rows", "DELETE FROM log", {"1-3"}, {}, 3},
      {"no rows ever", "DELETE FROM log; DELETE FROM sqlite_sequence", {}, {}, 0},
      {"gaps", "UPDATE log SET id = 100 WHERE id = 2", {"2-2", "4-99"}, {"1", "3", "100"}, 100},
      {"a large gap",
       "UPDATE log SET id = 4000000000000 WHERE id = 3",
       {"3-3999999999999"},
       {"1", "2", "4000000000000"},
       4000000000000},
      {"more were given than are there",
       "UPDATE sqlite_sequence SET seq = 50 WHERE name = 'log'",
       {"4-50"},
       {"1", "2", "3"},
       50},
      {"sqlite_sequence is behind", "UPDATE sqlite_sequence SET seq = 1 WHERE name = 'log'", {}, {"1", "2", "3"}, 3},
      {"sqlite_sequence is nonsense",
       "UPDATE sqlite_sequence SET seq = 'x' WHERE name = 'log'",
       {},
       {"1", "2", "3"},
       3},
      {"sqlite_sequence is at the end",
       "UPDATE sqlite_sequence SET seq = 9223372036854775807 WHERE name = 'log'",
       {},
       {"1", "2", "3"},
       3},
      {"sqlite_sequence has two", "INSERT INTO sqlite_sequence VALUES('log', 9)", {"4-9"}, {"1", "2", "3"}, 9},
      {"ids that a log cannot have come last",
       "UPDATE log SET id = -7 WHERE id = 1; UPDATE log SET id = 9223372036854775807 WHERE id = 2;"
       "UPDATE sqlite_sequence SET seq = 3 WHERE name = 'log'",
       {"1-2"},
       {"3", "4", "5"},
       5},
      {"zero", "UPDATE log SET id = 0 WHERE id = 1", {"1-1"}, {"2", "3", "4"}, 4},
      {"the largest",
       "UPDATE log SET id = 4611686018427387904 WHERE id = 3; DELETE FROM sqlite_sequence",
       {"3-4611686018427387903"},
       {"1", "2", "4611686018427387904"},
       4611686018427387904},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    const Place place;
    make_original(place.file(), 3);
    run(place.file(), c.sql);
    for (const bool read_only : {true, false}) {
      CAPTURE(read_only);
      LogStore store{{.path = place.file(), .read_only = read_only}};
      auto* db = store.native_handle();
      CHECK(column(db, "SELECT id FROM log ORDER BY id") == c.ids);
      CHECK(column(db, "SELECT from_id || '-' || to_id FROM removed ORDER BY from_id") == c.removed);
      CHECK(store.newest_id() == c.newest);
      CHECK(store.count() == static_cast<std::int64_t>(c.ids.size()));
      CHECK(store.check() == Texts{});
      CHECK(find(store, {}).batch.size() == c.ids.size());
      if (!read_only) CHECK(write(store, "next") == c.newest + 1);
    }
  }
}

TEST_CASE("an id that had to be changed stands in legacy") {
  const Place place;
  make_original(place.file(), 2);
  run(place.file(), "UPDATE log SET id = -7 WHERE id = 1");
  const LogStore store{{place.file()}};
  CHECK(column(store.native_handle(), "SELECT json_extract(legacy, '$.id') || message FROM entry WHERE id = 3") ==
        Texts{"-7message 1"});
}

TEST_CASE("times are read in every form that stands there") {
  const LocalZone zone{"Europe/Berlin"};
  struct Case {
    const char *text, *utc;
  };
  const Case cases[] = {
      {"2026-11-22 09:10:24.318567", "2026-11-22T08:10:24.318567Z"},
      {"2026-07-01 00:30:00.000001", "2026-06-30T22:30:00.000001Z"},
      {"2026-11-22 09:10:24", "2026-11-22T08:10:24.000000Z"},
      {"2026-11-22 09:10", "2026-11-22T08:10:00.000000Z"},
      {"2026-11-22", "2026-11-21T23:00:00.000000Z"},
      {"2026-11-22T09:10:24.3", "2026-11-22T08:10:24.300000Z"},
      {"2026-11-22 09:10:24,318", "2026-11-22T08:10:24.318000Z"},
      {"2026-11-22 09:10:24.123456789", "2026-11-22T08:10:24.123456Z"},
      {" 2026-11-22 09:10:24\n", "2026-11-22T08:10:24.000000Z"},
      {"2026-11-22T09:10:24Z", "2026-11-22T09:10:24.000000Z"},
      {"2026-11-22 09:10:24.5 +01:00", "2026-11-22T08:10:24.500000Z"},
      {"2026-11-22 09:10:24-0530", "2026-11-22T14:40:24.000000Z"},
      {"1795338393.25", "2026-11-22T09:06:33.250000Z"},
  };
  store::LegacyClock clock;
  for (const auto& c : cases) {
    CAPTURE(c.text);
    const auto time = clock.read(c.text);
    REQUIRE(time);
    CHECK(format_utc(*time) == c.utc);
  }
  for (const char* bad :
       {"", "None", "yesterday", "2026", "5", "-1e300", "inf", "nan", "2026-13-01", "2026-02-30 00:00:00",
        "2026-11-22 25:00:00", "2026-11-22 09:10:24.", "2026-11-22 09:10:24x", "2026-11-22 09:10:2",
        "2026-11-22 09:10:24+99:00", "2026-11-22x09:10:24Q", "99999999999999999999"}) {
    CAPTURE(bad);
    CHECK(!clock.read(bad));
  }
}

TEST_CASE("a row without a time gets that of the row before, the first rows that of the first with one") {
  const LocalZone zone{"UTC"};
  const Place place;
  const auto at = [](const char* created) { return insert_row({{"created", created}}); };
  run(place.file(), untyped_table() + at("NULL") + at("'?'") + at("'2026-11-22 09:00:00'") + at("x'00'") +
                        at("1795338393") + at("'None'"));
  const LogStore store{{place.file()}};
  CHECK(column(store.native_handle(), "SELECT received / 1000000 FROM entry ORDER BY id") ==
        Texts{"1795338000", "1795338000", "1795338000", "1795338000", "1795338393", "1795338393"});
}

TEST_CASE("a log in which no row has a time gets that of its migration") {
  const Place place;
  run(place.file(), original_tables + insert_row({{"created", "NULL"}}));
  const auto before = now();
  const LogStore store{{place.file()}};
  const auto received = find(store, {}).batch.records()[0].received;
  CHECK(received >= before);
  CHECK(received <= now());
}

// --- what else may be in the file

TEST_CASE("a database of ps.herald is recognised by what it must have") {
  const testing::BreakingDisk unsynced;
  struct Case {
    const char* name;
    std::string sql;
  };
  const Case cases[] = {
      {"without a heartbeat", std::string{original_tables} + "DROP TABLE heartbeat;"},
      {"without sqlite_sequence", untyped_table()},
      {"with an application_id of its own",
       std::string{original_tables} + "PRAGMA application_id = 7; PRAGMA user_version = 9;"},
      {"with small pages", "PRAGMA page_size = 512;" + std::string{original_tables}},
      {"with our pages", "PRAGMA page_size = 16384; PRAGMA auto_vacuum = INCREMENTAL;" + std::string{original_tables}},
      {"in UTF-16", "PRAGMA encoding = 'UTF-16le';" + std::string{original_tables}},
      {"with an index, a trigger and a view of its user",
       std::string{original_tables} + "CREATE INDEX by_time ON log(created); CREATE VIEW errors AS SELECT id, message "
                                      "FROM log WHERE levelno >= 40;"
                                      "CREATE TRIGGER keep BEFORE DELETE ON log BEGIN SELECT RAISE(ABORT, 'no'); END;"},
      {"with a table of its user",
       std::string{original_tables} + "CREATE TABLE notes(x); INSERT INTO notes VALUES(5);"},
      {"with names in upper case", "CREATE TABLE LOG(" +
                                       [] {
                                         std::string names = "ID INTEGER PRIMARY KEY";
                                         for (std::size_t i = 1; i < store::log_columns.size(); ++i) {
                                           names += ", ";
                                           for (const char c : store::log_columns[i])
                                             names += static_cast<char>(std::toupper(c));
                                         }
                                         return names;
                                       }() +
                                       ");"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    const Place place;
    run(place.file(), c.sql + insert_row() + insert_row({{"levelno", "40"}}));
    check_both_ways(place.file());
  }
}

TEST_CASE("views and tables of its user stay in a migrated database") {
  const Place place;
  run(place.file(),
      std::string{original_tables} +
          "CREATE VIEW errors AS SELECT id FROM log WHERE levelno >= 40; CREATE TABLE notes AS SELECT 5 AS x;" +
          insert_row() + insert_row({{"levelno", "40"}}));
  const LogStore store{{place.file()}};
  CHECK(column(store.native_handle(), "SELECT id FROM errors") == Texts{"2"});
  CHECK(column(store.native_handle(), "SELECT x FROM notes") == Texts{"5"});
}

TEST_CASE("what psherald would lose or cannot name keeps it from migrating, and can be shown") {
  const std::pair<const char*, const char*> cases[] = {
      {"ALTER TABLE log ADD COLUMN mine", "the column mine"},
      {"CREATE TABLE source(x)", "has a source"},
      {"CREATE TABLE other(x); CREATE INDEX entry_origin ON other(x)", "has a entry_origin"},
      {"CREATE TABLE ps_herald_log(x)", "has a ps_herald_log"},
      {"DROP TABLE heartbeat; CREATE TABLE heartbeat(a, b)", "table heartbeat is of something else"}};
  for (const auto& each : cases) {
    const char* const sql = each.first;
    const char* const text = each.second;
    CAPTURE(sql);
    const Place place;
    make_original(place.file(), 3);
    run(place.file(), sql);
    const auto before = bytes_of(place.file());
    const auto fault = refusal({.path = place.file()});
    CAPTURE(fault.text);
    CHECK(fault.code == Errc::store_foreign);
    CHECK(fault.text.find(text) != std::string::npos);
    CHECK(bytes_of(place.file()) == before);
    CHECK(LogStore{{.path = place.file(), .read_only = true}}.count() == 3);
  }
}

TEST_CASE("heartbeats of a table without its constraint: of a system that is there twice the later one stays") {
  const Place place;
  make_original(place.file(), 1);
  run(place.file(),
      "DROP TABLE heartbeat; CREATE TABLE heartbeat(id INTEGER PRIMARY KEY, newest_heartbeat, system_id);"
      "INSERT INTO heartbeat VALUES(1, '2026-11-23', 'a'), (2, '2026-11-22', 'a'), (3, NULL, NULL), (4, NULL, NULL)");
  for (const bool read_only : {true, false}) {
    const LogStore store{{.path = place.file(), .read_only = read_only}};
    CHECK(column(store.native_handle(), "SELECT id || coalesce(newest_heartbeat, '') FROM heartbeat ORDER BY id") ==
          Texts{"12026-11-23", "3", "4"});
  }
}

// --- files beside it, rights, other programs

TEST_CASE("what a writer left in a WAL belongs to the database") {
  const Place place;
  SUBCASE("when the tables are in the file") {
    make_original(place.file(), 3);
    run(place.file(), "PRAGMA journal_mode = WAL");
  }
  SUBCASE("when all of it is in the WAL") { run(place.file(), "PRAGMA journal_mode = WAL"); }
  const Place crashed;
  {
    const auto writer = open_plain(place.file());
    sqlite::execute(writer.get(), "PRAGMA wal_autocheckpoint = 0");
    if (column(writer.get(), "SELECT name FROM sqlite_schema").empty()) sqlite::execute(writer.get(), original_tables);
    sqlite::execute(writer.get(), insert_row({{"message", "'in the WAL'"}}).c_str());
    for (const std::string companion : {"", "-wal"})
      fs::copy_file(place.file() + companion, crashed.file() + companion);
  }
  check_both_ways(crashed.file());
  const LogStore store{{crashed.file()}};
  CHECK(find(store, {.filter = to_filter({.pattern = "in the WAL"})}).batch.size() == 1);
}

TEST_CASE("a database in WAL mode is shown without a trace") {
  const Place place;
  make_original(place.file(), 3);
  run(place.file(), "PRAGMA journal_mode = WAL");
  check_both_ways(place.file());
}

TEST_CASE("a database that another program has open is shown, and not kept from it") {
  const Place place;
  make_original(place.file(), 3);
  const auto other = open_plain(place.file());
  sqlite::execute(other.get(), ("BEGIN IMMEDIATE;" + insert_row()).c_str());
  CHECK(LogStore{{.path = place.file(), .read_only = true}}.count() == 3);
  const auto fault = refusal({.path = place.file(), .busy_timeout = std::chrono::milliseconds{1}});
  CAPTURE(fault.text);
  CHECK(fault.code == Errc::store_busy);
  sqlite::execute(other.get(), "COMMIT");
  CHECK(log_of(other.get()).size() == 4);
  CHECK(LogStore{{place.file()}}.count() == 4);
}

namespace {

// Root may write everything: become somebody else for a while.
class Unprivileged {
 public:
  Unprivileged() {
    if (root_) CHECK(seteuid(65534) == 0);
  }
  Unprivileged(const Unprivileged&) = delete;
  Unprivileged& operator=(const Unprivileged&) = delete;
  ~Unprivileged() {
    if (root_) CHECK(seteuid(0) == 0);
  }

 private:
  bool root_ = geteuid() == 0;
};

}  // namespace

TEST_CASE("a database of ps.herald that may not be written is shown and stays as it is") {
  const Place place;
  make_original(place.file(), 3);
  fs::permissions(place.file(), fs::perms{0444});
  fs::permissions(place.directory(), fs::perms{0755});
  SUBCASE("file") { fs::permissions(place.directory(), fs::perms{0777}); }
  SUBCASE("directory") { fs::permissions(place.directory(), fs::perms{0555}); }
  SUBCASE("in WAL mode") {
    fs::permissions(place.file(), fs::perms{0644});
    run(place.file(), "PRAGMA journal_mode = WAL");
    fs::permissions(place.file(), fs::perms{0444});
    fs::permissions(place.directory(), fs::perms{0555});
  }
  const auto before = content_of(place.directory());
  {
    const Unprivileged unprivileged;
    CHECK(refusal({.path = place.file()}).code == Errc::store_read_only);
    LogStore store{{.path = place.file(), .read_only = true}};
    CHECK(store.count() == 3);
    CHECK(store.read_only());
    CHECK(store.path() == place.file());
    CHECK(store.reader()->count() == 3);
    CHECK_THROWS_AS(store.begin(), Error);
    CHECK_THROWS_AS(store.prune({.since = now()}), Error);
    CHECK_THROWS_AS(store.mark_alive(now()), Error);
  }
  fs::permissions(place.directory(), fs::perms{0700});
  CHECK(content_of(place.directory()) == before);
}

TEST_CASE("nothing of a copy that was shown stays in the temporary folder") {
  const Place place, temporary;
  make_original(place.file(), 3);
  run(place.file(), "PRAGMA journal_mode = WAL");
  const std::string before = std::getenv("TMPDIR") ? std::getenv("TMPDIR") : "";
  setenv("TMPDIR", temporary.directory().c_str(), 1);
  {
    const LogStore store{{.path = place.file(), .read_only = true}};
    CHECK(!fs::is_empty(temporary.directory()));
  }
  before.empty() ? unsetenv("TMPDIR") : setenv("TMPDIR", before.c_str(), 1);
  CHECK(fs::is_empty(temporary.directory()));
}

TEST_CASE("the constructor tells how far it is") {
  const Place place;
  make_original(place.file(), 4, store::LegacyCopy::portion_bytes);  // a portion each
  run(place.file(), "UPDATE log SET id = 4611686018427387904 WHERE id = 4");
  std::map<std::string, std::vector<double>> heard;
  const auto listen = [&](const std::string& step, double done) { heard[step].push_back(done); };
  SUBCASE("reading") {
    const LogStore store{{.path = place.file(), .read_only = true, .on_migration = listen}};
    CHECK(heard.size() == 1);
    CHECK(heard["reading herald.sqlite, a database of ps.herald 1.4.2"].size() >= 4);
  }
  SUBCASE("migrating") {
    const LogStore store{{.path = place.file(), .on_migration = listen}};
    CHECK(heard.size() == 2);
    CHECK(heard["migrating herald.sqlite, a database of ps.herald 1.4.2: larger pages"].size() >= 2);
    CHECK(heard["migrating herald.sqlite, a database of ps.herald 1.4.2: records"].size() >= 4);
  }
  for (const auto& each : heard) {
    const auto& step = each.first;
    const auto& done = each.second;
    CAPTURE(step);
    CHECK(std::is_sorted(done.begin(), done.end()));
    CHECK(done.front() == 0);
    CHECK(done.back() == 1);
    if (step.find("pages") == step.npos)
      CHECK(std::any_of(done.begin(), done.end(), [](double part) { return part > 0.4 && part < 0.8; }));
  }
}

TEST_CASE("a file that was migrated is one of psherald from then on") {
  const Place place;
  make_original(place.file(), 3);
  { const LogStore migrated{{place.file()}}; }
  const auto fail = [](const std::string& step, double) { FAIL_CHECK(step); };
  const LogStore writer{{.path = place.file(), .on_migration = fail}};
  const LogStore reader{{.path = place.file(), .read_only = true, .on_migration = fail}};
  CHECK(reader.count() == 3);
}

TEST_CASE("programs that open an old database at the same time all have it, and one of them takes it over") {
  const testing::BreakingDisk unsynced;
  constexpr int programs = 4, rows = 200;
  const Place place;
  make_original(place.file(), rows);
  const auto expected = log_in(place.file());
  std::array<int, 2> start{};
  REQUIRE(pipe(start.data()) == 0);
  std::vector<pid_t> children;
  for (int i = 0; i < programs; ++i) {
    children.push_back(fork());
    REQUIRE(children.back() >= 0);
    if (children.back() != 0) continue;
    close(start[1]);
    char none;
    bool all = read(start[0], &none, 1) == 0;
    try {
      all = all && LogStore{{.path = place.file(), .busy_timeout = std::chrono::minutes{1}}}.count() == rows;
    } catch (const Error&) {
      all = false;
    }
    _exit(all ? 0 : 1);
  }
  for (const int end : start) close(end);
  for (const pid_t child : children) {
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }
  const LogStore store{{place.file()}};
  check_equal(log_of(store.native_handle()), expected);
  CHECK(store.check() == Texts{});
}

TEST_CASE("without room to rewrite it, a file keeps its pages, says so, and works as any other") {
  const testing::BreakingDisk disk{testing::Breakage::temporary_full, 1};
  const Place place;
  make_original(place.file(), 3'000, 1'000);
  const auto expected = log_in(place.file());
  std::string said;
  LogStore store{{.path = place.file(),
                  .page_cache_bytes = 64 << 10,
                  .on_migration = [&](const std::string& step, double) { said += step + '\n'; }}};
  CHECK(said.find("herald.sqlite keeps its pages of 4096 bytes") != std::string::npos);
  CHECK(column(store.native_handle(), "PRAGMA page_size") == Texts{"4096"});
  check_equal(log_of(store.native_handle()), expected);
  CHECK(write(store, "next") == 3'001);
  CHECK(store.prune({.since = now() + std::chrono::hours{1}}).records == 3'001);
  CHECK(store.check() == Texts{});
}

// --- kill -9, and a full disk

namespace {

constexpr int original_rows = 40;
constexpr std::size_t original_message = 2'500;  // all of it more than SQLite keeps in memory

// Migrates in a process of its own whose disk breaks; whether it came to its end.
bool migrate_broken(const std::string& file, testing::Breakage breakage, int at) {
  const auto child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const testing::BreakingDisk disk{breakage, at};
    try {
      // Little memory, so that SQLite writes before it commits.
      const LogStore store{{.path = file, .page_cache_bytes = 8 << 10}};
    } catch (const Error& error) {
      _exit(code_of(error) == Errc::store_full ? 1 : 2);
    }
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  if (breakage == testing::Breakage::killed) {
    const bool as_expected = WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 0;
    CHECK(as_expected);
    return !WIFSIGNALED(status);
  }
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) <= 1);
  return WEXITSTATUS(status) == 0;
}

enum class State { old, fresh, neither };

// What plain SQLite finds in a copy of the file and what lies beside it.
State state_of(const std::string& file) {
  const Place place;
  for (const std::string companion : {"", "-journal", "-wal"})
    if (fs::exists(file + companion)) fs::copy_file(file + companion, place.file() + companion);
  const auto db = open_plain(place.file());
  if (column(db.get(), "PRAGMA integrity_check") != Texts{"ok"}) return State::neither;
  const auto tables =
      column(db.get(), "SELECT name FROM sqlite_schema WHERE type = 'table' AND name IN ('log', 'entry')");
  const auto id = sqlite::integer(db.get(), "PRAGMA application_id");
  if (tables == Texts{"log"} && id == 0) return State::old;
  return tables == Texts{"entry"} && id == 0x70736864 ? State::fresh : State::neither;
}

}  // namespace

TEST_CASE("killed at any write, the file is the old one or the new one, and can be shown and migrated") {
  const testing::BreakingDisk unsynced;
  const Place original;
  make_original(original.file(), original_rows, original_message);
  const auto expected = log_in(original.file());
  int old = 0, fresh = 0, shown_with_journal = 0;
  for (int at = 1;; at += at < 30 ? 1 : 17) {
    CAPTURE(at);
    const Place place;
    fs::copy_file(original.file(), place.file());
    const bool ended = migrate_broken(place.file(), testing::Breakage::killed, at);
    const auto state = state_of(place.file());
    CHECK(state != State::neither);
    ++(state == State::old ? old : fresh);
    check_equal(log_in(place.file()), expected);
    if (fs::exists(place.file() + "-journal")) {
      ++shown_with_journal;
      const auto before = content_of(place.directory());
      const LogStore shown{{.path = place.file(), .read_only = true}};
      check_equal(log_of(shown.native_handle()), expected);
      CHECK(content_of(place.directory()) == before);
    }
    LogStore store{{place.file()}};
    check_equal(log_of(store.native_handle()), expected);
    CHECK(store.check() == Texts{});
    CHECK(write(store, "next") == original_rows + 1);
    if (ended) break;
    REQUIRE(at < 5'000);
  }
  CHECK(old > 30);
  CHECK(fresh >= 1);
  CHECK(shown_with_journal > 10);
}

TEST_CASE("a disk that is full from any write on leaves the old file or the new one") {
  const testing::BreakingDisk unsynced;
  const Place original;
  make_original(original.file(), original_rows, original_message);
  const auto expected = log_in(original.file());
  int failed = 0;
  for (int at = 1;; at += 23) {
    CAPTURE(at);
    const Place place;
    fs::copy_file(original.file(), place.file());
    const bool ended = migrate_broken(place.file(), testing::Breakage::full, at);
    const auto state = state_of(place.file());
    CHECK(state != State::neither);
    if (!ended) ++failed;
    check_equal(log_in(place.file()), expected);
    LogStore store{{place.file()}};
    check_equal(log_of(store.native_handle()), expected);
    CHECK(store.check() == Texts{});
    if (ended && at > 300) break;
    REQUIRE(at < 5'000);
  }
  CHECK(failed > 5);
}

TEST_SUITE_END();
