#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "psherald/log_store.hpp"
#include "psherald/query.hpp"
#include "store/interner.hpp"
#include "store/pruner.hpp"
#include "store/sqlite.hpp"
#include "support/place.hpp"

using namespace psherald;
using psherald::testing::Place;
namespace fs = std::filesystem;

// So that a failing check shows them.
template <>
struct doctest::StringMaker<std::vector<std::string>> {
  static doctest::String convert(const std::vector<std::string>& texts) {
    std::string all;
    for (const auto& text : texts) all += '[' + text + ']';
    return all.c_str();
  }
};

TEST_SUITE_BEGIN("store");

namespace {

Timestamp at(std::int64_t seconds) { return Timestamp{std::chrono::seconds{1'795'000'000 + seconds}}; }

Record record(std::string_view message, std::int64_t received = 0) {
  Record r;
  r.message = message;
  r.received = at(received);
  return r;
}

RecordBatch batch_of(const std::vector<std::string>& messages, std::string_view system = "box1") {
  RecordBatch batch;
  Source source;
  source.system_id = system;
  for (const auto& message : messages) batch.append(record(message), source);
  return batch;
}

Appended write(LogStore& store, const RecordBatch& batch) {
  store.begin();
  const auto appended = store.append(batch);
  store.commit();
  return appended;
}

// The first column of each row, with "NULL" where it is that.
std::vector<std::string> column(sqlite3* db, const std::string& sql) {
  std::vector<std::string> values;
  sqlite::Statement rows{db, sql};
  while (rows.step()) values.emplace_back(rows.is_null(0) ? "NULL" : rows.text(0));
  return values;
}
std::vector<std::string> messages(const LogStore& store) {
  return column(store.native_handle(), "SELECT message FROM entry ORDER BY id");
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("records that were committed are there after reopening, in order") {
  const Place place;
  {
    LogStore store{{place.file()}};
    CHECK(store.newest_id() == 0);
    const auto appended = write(store, batch_of({"one", "two"}));
    CHECK(appended.first_id == 1);
    CHECK(appended.stored == 2);
    CHECK(write(store, batch_of({"three"})).first_id == 3);
  }
  LogStore store{{place.file()}};
  CHECK(messages(store) == Texts{"one", "two", "three"});
  CHECK(store.newest_id() == 3);
  CHECK(store.count() == 3);
  CHECK(store.check().empty());
}

TEST_CASE("every field of a record comes back as it was") {
  LogStore store{{":memory:"}};
  RecordBatch batch;
  Record full;
  full.received = at(10);
  full.created = at(10) - std::chrono::microseconds{1'500'001};
  full.relative = std::chrono::microseconds{108'295};
  full.level = Level{25};
  full.flags = Flag::own | Flag::gap;
  full.message = std::string_view{"a\0b", 3};
  full.exc_text = "Traceback";
  full.stack_info = "";
  full.extra = R"({"a":1})";
  const Source source{"shop", "ch2eu", "node2", "worker", "u1", "", "7"};
  const Site site{"ps.golden", "shop/emit.py", "emit.py", "emit", "send", "NOTICE", "2.0", 25};
  const Process process{18675, "MainProcess", 139665143253888, "MainThread"};
  batch.append(full, source, site, process);
  batch.append(Record{.received = at(11)});
  write(store, batch);

  const auto page = find(store, {.order = Order::oldest_first});
  REQUIRE(page.batch.size() == 2);
  const auto& found = page.batch.records()[0];
  CHECK(found.id == 1);
  CHECK(found.received == full.received);
  CHECK(found.created == full.created);
  CHECK(found.relative == full.relative);
  CHECK(found.level == full.level);
  CHECK(found.flags == full.flags);
  CHECK(found.message == full.message);
  CHECK(found.exc_text == full.exc_text);
  CHECK(present(found.stack_info));
  CHECK(found.stack_info.empty());
  CHECK(found.extra == full.extra);
  CHECK(page.batch.source(found) == source);
  CHECK(page.batch.site(found) == site);
  CHECK(page.batch.process(found) == process);

  const auto& bare = page.batch.records()[1];
  CHECK(!bare.created);
  CHECK(!bare.relative);
  CHECK(bare.level == Level::info);
  for (const auto text : {bare.message, bare.exc_text, bare.stack_info, bare.extra}) CHECK(!present(text));
  CHECK(page.batch.source(bare) == Source{});
  CHECK(page.batch.site(bare) == Site{});
  CHECK(page.batch.process(bare) == Process{});
}

TEST_CASE("a record without a time of reception gets this machine's") {
  LogStore store{{":memory:"}};
  RecordBatch batch;
  batch.append(Record{});
  const auto before = now();
  write(store, batch);
  const auto received = find(store, {}).batch.records()[0].received;
  CHECK(received >= before);
  CHECK(received <= now());
}

TEST_CASE("a dictionary keeps each entry once") {
  const Place place;
  {
    LogStore store{{place.file()}};
    write(store, batch_of({"one", "two"}));
    write(store, batch_of({"three"}));
    write(store, batch_of({"four"}, "box2"));
  }
  LogStore store{{place.file()}};
  write(store, batch_of({"five"}));
  CHECK(column(store.native_handle(), "SELECT system_id FROM source ORDER BY id") == Texts{"box1", "box2"});
  CHECK(column(store.native_handle(), "SELECT first_id FROM source ORDER BY id") == Texts{"1", "4"});
  CHECK(column(store.native_handle(), "SELECT count(*) FROM site") == Texts{"1"});
  CHECK(column(store.native_handle(), "SELECT source FROM entry ORDER BY id") == Texts{"1", "1", "1", "2", "1"});
}

TEST_CASE("absent and empty names are two entries of a dictionary") {
  LogStore store{{":memory:"}};
  RecordBatch batch;
  batch.append(record("absent"));
  batch.append(record("empty"), Source{.system_id = ""});
  write(store, batch);
  CHECK(column(store.native_handle(), "SELECT system_id FROM source ORDER BY id") == Texts{"NULL", ""});
}

TEST_CASE("more entries than a dictionary remembers are all stored") {
  LogStore store{{":memory:"}};
  constexpr std::int64_t count = store::Interner<Process>::max_known + 10;
  RecordBatch batch;
  for (std::int64_t i = 0; i < count; ++i) batch.append(record("x"), {}, {}, {.thread = i});
  write(store, batch);
  CHECK(column(store.native_handle(),
               "SELECT count(*), min(p.thread = e.id - 1) FROM entry e JOIN proc p ON p.id = "
               "e.proc") == Texts{std::to_string(count)});
  CHECK(column(store.native_handle(), "SELECT min(p.thread = e.id - 1) FROM entry e JOIN proc p ON p.id = e.proc") ==
        Texts{"1"});
}

TEST_CASE("what was not committed is not there") {
  const Place place;
  {
    LogStore store{{place.file()}};
    write(store, batch_of({"kept"}));
    store.begin();
    store.append(batch_of({"lost"}, "box9"));
  }
  LogStore store{{place.file()}};
  CHECK(messages(store) == Texts{"kept"});
  CHECK(column(store.native_handle(), "SELECT system_id FROM source") == Texts{"box1"});
  CHECK(write(store, batch_of({"next"})).first_id == 2);
  CHECK(store.check().empty());
}

TEST_CASE("a rollback takes back records, ids, names and runs") {
  LogStore store{{":memory:"}};
  store.begin();
  store.append(batch_of({"lost"}, "box9"));
  store.rollback();
  store.rollback();  // without effect
  CHECK(store.count() == 0);
  CHECK(write(store, batch_of({"one"}, "box9")).first_id == 1);
  CHECK(column(store.native_handle(), "SELECT system_id FROM log") == Texts{"box9"});
  CHECK(store.check().empty());
}

TEST_CASE("a batch that fails, fails alone") {
  LogStore store{{":memory:"}};
  const int limit = sqlite3_limit(store.native_handle(), SQLITE_LIMIT_LENGTH, 1000);
  store.begin();
  store.append(batch_of({"one"}));
  const auto bad = batch_of({"fine", std::string(5000, 'x')}, "box2");
  CHECK_THROWS_AS(store.append(bad), Error);
  CHECK(store.append(batch_of({"two"}, "box3")).first_id == 2);
  store.commit();
  sqlite3_limit(store.native_handle(), SQLITE_LIMIT_LENGTH, limit);
  CHECK(messages(store) == Texts{"one", "two"});
  CHECK(column(store.native_handle(), "SELECT system_id FROM log") == Texts{"box1", "box3"});
  CHECK(column(store.native_handle(), "SELECT system_id FROM source ORDER BY id") == Texts{"box1", "box3"});
  CHECK(store.check().empty());
}

TEST_CASE("write confirms after the commit, or says why not") {
  LogStore store{{":memory:"}};
  int told = 0;
  store.write(batch_of({"one", "two"}), [&](Result<Appended> result) {
    ++told;
    REQUIRE(result);
    CHECK(result->first_id == 1);
    CHECK(result->stored == 2);
    CHECK(store.reader()->count() == 2);
  });
  const auto reader = store.reader();
  reader->write(batch_of({"three"}), [&](Result<Appended> result) {
    ++told;
    REQUIRE(!result);
    CHECK(result.error().code == Errc::store_read_only);
  });
  CHECK(told == 2);
}

TEST_CASE("readers see what is committed and never wait for the writer") {
  LogStore store{{":memory:"}};
  write(store, batch_of({"one"}));
  const auto reader = store.reader();
  CHECK(reader->read_only());
  store.begin();
  store.append(batch_of({"two"}));
  CHECK(reader->newest_id() == 1);
  store.commit();
  CHECK(reader->newest_id() == 2);
  CHECK(messages(*reader) == Texts{"one", "two"});
}

TEST_CASE(":memory: leaves nothing behind") {
  std::string file;
  {
    LogStore store{{":memory:"}};
    write(store, batch_of({"one"}));
    CHECK(store.path() == ":memory:");
    file = store.reader()->path();
    CHECK(fs::exists(file));
    CHECK((fs::status(fs::path{file}.parent_path()).permissions() & (fs::perms::group_all | fs::perms::others_all)) ==
          fs::perms::none);
  }
  CHECK(!fs::exists(fs::path{file}.parent_path()));
}

TEST_CASE("a path may say sqlite:") {
  const Place place;
  LogStore store{{"sqlite:" + place.file()}};
  CHECK(store.path() == place.file());
  CHECK(fs::exists(place.file()));
}

TEST_CASE("a new file has mode 0640, 16 KiB pages, and no WAL once it is closed") {
  const Place place;
  const auto mask = umask(0);
  {
    LogStore store{{place.file()}};
    write(store, batch_of({"one"}));
    CHECK(column(store.native_handle(), "PRAGMA page_size") == Texts{"16384"});
    CHECK(column(store.native_handle(), "PRAGMA auto_vacuum") == Texts{"2"});
    CHECK(column(store.native_handle(), "PRAGMA journal_mode") == Texts{"wal"});
    CHECK(column(store.native_handle(), "PRAGMA synchronous") == Texts{"2"});
  }
  umask(mask);
  CHECK((fs::status(place.file()).permissions() & fs::perms::mask) == fs::perms{0640});
  CHECK(!fs::exists(place.file() + "-wal"));
}

// --- identity

namespace {
Texts runs(const LogStore& store) {
  return column(store.native_handle(), "SELECT from_id || ':' || hex(run) FROM run ORDER BY from_id");
}
Texts run_starts(const LogStore& store) {
  return column(store.native_handle(), "SELECT from_id FROM run ORDER BY from_id");
}
}  // namespace

TEST_CASE("each opening draws a run at its first append, and only then") {
  const Place place;
  {
    LogStore store{{place.file()}};
    CHECK(run_starts(store) == Texts{"1"});
    const auto first = runs(store);
    write(store, batch_of({"one", "two"}));
    write(store, batch_of({"three"}));
    CHECK(runs(store) == first);
    CHECK(first[0].size() == 2 + 32);
  }
  {
    LogStore store{{place.file()}};
    store.mark_alive(at(0));
    CHECK(run_starts(store) == Texts{"1"});
  }
  LogStore store{{place.file()}};
  store.begin();
  store.append(batch_of({"lost"}));
  store.rollback();
  CHECK(run_starts(store) == Texts{"1"});
  write(store, batch_of({"four"}));
  write(store, batch_of({"five"}));
  CHECK(run_starts(store) == Texts{"1", "4"});
  CHECK(store.check().empty());
}

TEST_CASE("two copies of an empty file do not write under the same run") {
  const Place place;
  { LogStore store{{place.file()}}; }
  fs::copy_file(place.file(), place.file("copy.sqlite"));
  LogStore one{{place.file()}}, two{{place.file("copy.sqlite")}};
  write(one, batch_of({"one"}));
  write(two, batch_of({"two"}));
  CHECK(run_starts(one) == Texts{"1"});
  CHECK(runs(one) != runs(two));
}

TEST_CASE("two writers share ids, names and runs") {
  const Place place;
  LogStore one{{place.file()}}, two{{place.file()}};
  CHECK(write(one, batch_of({"a"}, "box1")).first_id == 1);
  CHECK(write(two, batch_of({"b"}, "box1")).first_id == 2);
  CHECK(write(one, batch_of({"c"}, "box2")).first_id == 3);
  CHECK(write(two, batch_of({"d"}, "box2")).first_id == 4);
  CHECK(messages(one) == Texts{"a", "b", "c", "d"});
  CHECK(column(one.native_handle(), "SELECT system_id FROM source ORDER BY id") == Texts{"box1", "box2"});
  CHECK(run_starts(two) == Texts{"1", "2"});
  CHECK(one.check().empty());
}

namespace {

// A record that another store took first, under this id.
RecordBatch from_elsewhere(const std::vector<std::pair<RecordId, std::string>>& records, std::string_view run) {
  RecordBatch batch;
  for (const auto& [id, message] : records)
    batch.append({.received = at(5), .message = message, .origin = run, .origin_id = id}, {.system_id = "far"});
  return batch;
}
constexpr std::string_view some_run = "00112233445566778899aabbccddeeff",
                           other_run = "ff112233445566778899aabbccddeeff";

}  // namespace

TEST_CASE("a record that has an origin is stored once, and keeps its name and its time") {
  LogStore store{{":memory:"}};
  write(store, batch_of({"own"}));
  auto appended = write(store, from_elsewhere({{7, "a"}, {9, "b"}, {7, "again"}}, some_run));
  CHECK(appended.first_id == 2);
  CHECK(appended.stored == 2);
  CHECK(appended.duplicate == 1);
  appended = write(store, from_elsewhere({{7, "a"}, {9, "b"}}, some_run));
  CHECK(appended.first_id == 0);
  CHECK(appended.stored == 0);
  CHECK(appended.duplicate == 2);
  CHECK(write(store, from_elsewhere({{7, "of another"}, {8, "c"}}, other_run)).stored == 2);
  CHECK(write(store, batch_of({"own"})).first_id == 6);
  CHECK(messages(store) == Texts{"own", "a", "b", "of another", "c", "own"});

  const auto page = find(store, {.order = Order::oldest_first});
  const auto records = page.batch.records();
  CHECK(records[1].origin == some_run);
  CHECK(records[1].origin_id == 7);
  CHECK(records[1].received == at(5));
  CHECK(records[3].origin == other_run);
  CHECK(records[0].origin == records[5].origin);
  CHECK(records[5].origin_id == 6);
  CHECK(find(store, {.filter = *parse_filter("origin:" + std::string{some_run})}).batch.size() == 2);
  CHECK(store.check().empty());
}

TEST_CASE("a record of ps.herald from another store shows what it can say itself of values that stayed there") {
  LogStore store{{":memory:"}};
  RecordBatch batch;
  batch.append({.received = at(0),
                .message = "caf\xEF\xBF\xBD",
                .legacy = R"({"created":"then {} \u00e9","message":{},"msecs":[5,1],"args":null,"lineno":7})",
                .origin = some_run,
                .origin_id = 1});
  batch.append({.received = at(0), .message = "b", .legacy = "{} no JSON", .origin = some_run, .origin_id = 2});
  batch.append({.received = at(0), .message = "c", .legacy = R"({"created":{}})", .origin = some_run, .origin_id = 3});
  write(store, batch);
  CHECK(column(store.native_handle(), "SELECT legacy FROM entry ORDER BY id") ==
        Texts{R"({"created":"then {} é","msecs":[5,1],"args":null,"lineno":7})", "{}", "{}"});
  CHECK(column(store.native_handle(), "SELECT message FROM log ORDER BY id") == Texts{"caf\xEF\xBF\xBD", "b", "c"});
  CHECK(column(store.native_handle(), "SELECT created FROM log WHERE id = 1") == Texts{"then {} é"});
}

TEST_CASE("a store's own records that come back to it are known, and those that it has lost are stored") {
  LogStore store{{":memory:"}};
  write(store, batch_of({"a", "b", "c"}));
  const auto own = find(store, {.order = Order::oldest_first}).batch;
  CHECK(write(store, own).duplicate == 3);
  sqlite::execute(store.native_handle(), "DELETE FROM log WHERE id = 2");
  const auto appended = write(store, own);
  CHECK(appended.duplicate == 2);
  CHECK(appended.first_id == 4);
  CHECK(write(store, own).duplicate == 3);
  CHECK(messages(store) == Texts{"a", "c", "b"});
  CHECK(store.check().empty());
}

TEST_CASE("an origin is taken back with its transaction, and one that is none is refused") {
  LogStore store{{":memory:"}};
  store.begin();
  store.append(from_elsewhere({{1, "lost"}}, some_run));
  CHECK_THROWS_AS(store.append(from_elsewhere({{1, "x"}}, "0011")), Error);
  CHECK_THROWS_AS(store.append(from_elsewhere({{1, "x"}}, "zz112233445566778899aabbccddeeff")), Error);
  store.rollback();
  CHECK(column(store.native_handle(), "SELECT no FROM origin").empty());
  CHECK(write(store, from_elsewhere({{1, "stored"}}, some_run)).stored == 1);
  CHECK(messages(store) == Texts{"stored"});
  CHECK(store.check().empty());
  sqlite::execute(store.native_handle(), "DELETE FROM origin");
  CHECK(store.check() == Texts{"1 records refer to rows of table origin, which are not there"});
}

TEST_CASE("a database of version 2 is read as it is, and takes records of others when somebody writes to it") {
  const Place place;
  {
    LogStore store{{place.file()}};
    write(store, batch_of({"own"}));
    sqlite::execute(
        store.native_handle(),
        "DROP TABLE saved_search; DROP TABLE origin; DROP TABLE path; DROP TABLE stream; DROP TABLE mark; "
        "DROP TABLE attempt; DROP INDEX "
        "dead_letter_stream; DROP INDEX dead_letter_cursor; ALTER TABLE watch_rule DROP COLUMN from_id; ALTER TABLE "
        "watch_incident DROP COLUMN title; "
        "ALTER TABLE watch_incident DROP COLUMN detail; ALTER TABLE watch_incident DROP COLUMN calm; ALTER TABLE "
        "watch_incident DROP COLUMN announced_tau; DROP TABLE watch_silence; DROP TABLE watch_seen; DROP INDEX "
        "watch_incident_open; DROP INDEX watch_incident_acked; DROP INDEX watch_key_retired; DROP INDEX "
        "watch_notice_waiting; DROP INDEX "
        "watch_message_waiting; DROP INDEX watch_delivery_message; PRAGMA user_version = 2");
  }
  CHECK(find(LogStore{{.path = place.file(), .read_only = true}}, {}).batch.size() == 1);
  LogStore store{{place.file()}};
  CHECK(write(store, from_elsewhere({{1, "far"}}, some_run)).stored == 1);
  CHECK(store.check().empty());
}

TEST_CASE("a store of version 5 is read as it is, and gets what is missing from who writes") {
  const Place place;
  {
    LogStore store{{place.file()}};
    write(store, batch_of({"own"}));
    sqlite::execute(store.native_handle(), "DROP INDEX watch_incident_open; PRAGMA user_version = 5");
  }
  CHECK(find(LogStore{{.path = place.file(), .read_only = true}}, {}).batch.size() == 1);
  const LogStore store{{place.file()}};
  CHECK(sqlite::integer(store.native_handle(), "PRAGMA user_version") == 6);
  CHECK(column(store.native_handle(), "SELECT name FROM sqlite_schema WHERE name = 'watch_incident_open'").size() == 1);
}

TEST_CASE("a writer notices that dictionary rows it remembers were removed by another") {
  const Place place;
  LogStore one{{place.file()}}, two{{place.file()}};
  write(one, batch_of({"a"}, "old"));
  write(two, batch_of({"b"}, "new"));
  CHECK(two.prune({.since = at(100)}).records == 2);
  write(two, batch_of({"c"}, "newer"));
  write(one, batch_of({"d"}, "old"));
  CHECK(column(one.native_handle(), "SELECT system_id FROM log ORDER BY id") == Texts{"newer", "old"});
  CHECK(one.check().empty());
}

namespace {

void copy_to(const LogStore& store, const std::string& file) {
  sqlite::Statement{store.native_handle(), "VACUUM INTO ?1"}.bind(1, std::string_view{file}).run();
}

// What the sqlite3 shell does for `.restore`.
void restore(const std::string& file, const std::string& copy) {
  sqlite3 *from = nullptr, *to = nullptr;
  REQUIRE(sqlite3_open(copy.c_str(), &from) == SQLITE_OK);
  const sqlite::Connection source{from};
  REQUIRE(sqlite3_open(file.c_str(), &to) == SQLITE_OK);
  const sqlite::Connection target{to};
  auto* backup = sqlite3_backup_init(to, "main", from, "main");
  REQUIRE(backup != nullptr);
  CHECK(sqlite3_backup_step(backup, -1) == SQLITE_DONE);
  sqlite3_backup_finish(backup);
}

}  // namespace

TEST_CASE("a file that is put back under a living writer gets a new run") {
  const Place place;
  LogStore store{{place.file()}};
  write(store, batch_of({"one"}, "box1"));
  SUBCASE("when records are missing") {
    copy_to(store, place.file("copy.sqlite"));
    write(store, batch_of({"two", "three"}, "box2"));
  }
  SUBCASE("when its run is missing") {
    LogStore other{{place.file("other.sqlite")}};
    write(other, batch_of({"two", "three"}, "box2"));
    copy_to(other, place.file("copy.sqlite"));
  }
  restore(place.file(), place.file("copy.sqlite"));
  const auto next = store.newest_id() + 1;
  CHECK(write(store, batch_of({"after"}, "box2")).first_id == next);
  CHECK(run_starts(store) == Texts{"1", std::to_string(next)});
  CHECK(write(store, batch_of({"later"}, "box1")).first_id == next + 1);
  CHECK(run_starts(store) == Texts{"1", std::to_string(next)});
  CHECK(column(store.native_handle(), "SELECT system_id FROM log ORDER BY id DESC LIMIT 2") == Texts{"box1", "box2"});
  CHECK(store.check().empty());
}

TEST_CASE("names are read anew when a file is replaced by another one of the same length") {
  const Place place;
  LogStore store{{place.file()}};
  write(store, batch_of({"one"}, "box1"));
  copy_to(store, place.file("copy.sqlite"));
  {
    LogStore other{{place.file("copy.sqlite")}};
    write(other, batch_of({"two"}, "box3"));
  }
  write(store, batch_of({"two"}, "box2"));
  restore(place.file(), place.file("copy.sqlite"));
  write(store, batch_of({"three"}, "box2"));
  CHECK(column(store.native_handle(), "SELECT system_id FROM log ORDER BY id") == Texts{"box1", "box3", "box2"});
}

// --- the views

TEST_CASE("the view log has the columns of ps.herald, in their order, and the sender's time") {
  LogStore store{{":memory:"}};
  CHECK(column(store.native_handle(), "SELECT name FROM pragma_table_info('log')") ==
        Texts{"id",        "created",         "threadname",        "api_version", "package_version",
              "name",      "relativecreated", "process",           "args",        "module",
              "funcname",  "levelno",         "processname",       "thread",      "msecs",
              "message",   "exc_text",        "exc_info",          "stack_info",  "pathname",
              "filename",  "asctime",         "levelname",         "lineno",      "produkt_id",
              "system_id", "sub_system_id",   "sub_sub_system_id", "user_spec_1", "user_spec_2",
              "summary",   "sender_created"});
}

TEST_CASE("the view log shows a record as ps.herald would have stored it") {
  LogStore store{{":memory:"}};
  Record r;
  r.received = at(0) + std::chrono::microseconds{7};
  r.created = at(0) - std::chrono::microseconds{1'690'000};
  r.relative = std::chrono::microseconds{108'295};
  r.level = Level::warning;
  r.message = "it's \"quoted\"";
  RecordBatch batch;
  batch.append(r, {.produkt_id = "shop", .system_id = "ch2eu"}, {.name = "n", .module = "m", .lineno = 7},
               {.process = 12, .thread = 139665143253888});
  Record custom;
  custom.received = at(1);
  custom.level = Level{25};
  batch.append(custom, {}, {.levelname = "NOTICE"});
  custom.level = Level{35};
  batch.append(custom);
  write(store, batch);

  struct Cell {
    const char* expression;
    std::string value;
  };
  const Cell cells[] = {{"created", format_local(r.received)},
                        {"sender_created", format_local(*r.created)},
                        {"msecs", "310.0"},
                        {"relativecreated", "108.295"},
                        {"typeof(relativecreated)", "real"},
                        {"args", ""},
                        {"asctime", "NULL"},
                        {"exc_text", "None"},
                        {"exc_info", "None"},
                        {"stack_info", "None"},
                        {"api_version", "None"},
                        {"package_version", "None"},
                        {"sub_system_id", "None"},
                        {"levelno", "30"},
                        {"levelname", "WARNING"},
                        {"message", "it's \"quoted\""},
                        {"name", "n"},
                        {"filename", "NULL"},
                        {"lineno", "7"},
                        {"process", "12"},
                        {"thread", "139665143253888"},
                        {"summary", "Noneshopch2euNoneNoneNoneNone"}};
  for (const auto& cell : cells) {
    CAPTURE(cell.expression);
    CHECK(column(store.native_handle(), std::string{"SELECT "} + cell.expression + " FROM log WHERE id = 1") ==
          Texts{cell.value});
  }
  CHECK(column(store.native_handle(), "SELECT levelname FROM log WHERE id > 1") == Texts{"NOTICE", "Level 35"});
  CHECK(column(store.native_handle(), "SELECT sender_created FROM log WHERE id = 2") == Texts{"NULL"});
}

TEST_CASE("rows can be inserted and deleted through the view with plain SQL") {
  const Place place;
  LogStore store{{place.file()}};
  write(store, batch_of({"one"}));
  sqlite3* handle = nullptr;
  REQUIRE(sqlite3_open(place.file().c_str(), &handle) == SQLITE_OK);
  const sqlite::Connection plain{handle};

  sqlite::execute(handle,
                  "INSERT INTO log(id, created, message, system_id, produkt_id, levelno, levelname, relativecreated, "
                  "exc_text, thread) VALUES(77, '2026-11-22 09:10:24.3185', 'two', 'ch2eu', 'None', 30, 'WARN', 1.5, "
                  "'None', 139665143253888)");
  sqlite::execute(handle, "INSERT INTO log(message, system_id) VALUES('three', 'ch2eu'), ('four', 'ch2eu')");
  CHECK(column(handle, "SELECT id FROM log ORDER BY id") == Texts{"1", "2", "3", "4"});
  CHECK(column(handle, "SELECT created FROM log WHERE id = 2") == Texts{"2026-11-22 09:10:24.318500"});
  CHECK(column(handle, "SELECT count(*) FROM source WHERE system_id = 'ch2eu'") == Texts{"1"});
  CHECK(column(handle, "SELECT count(*) FROM site") == Texts{"2"});
  CHECK(column(handle, "SELECT produkt_id FROM source WHERE system_id = 'ch2eu'") == Texts{"NULL"});

  const auto page = find(store, {.order = Order::oldest_first});
  REQUIRE(page.batch.size() == 4);
  const auto& two = page.batch.records()[1];
  CHECK(two.level == Level::warning);
  CHECK(two.relative == std::chrono::microseconds{1500});
  CHECK(!present(two.exc_text));
  CHECK(!two.created);
  CHECK(page.batch.site(two).levelname == "WARN");
  CHECK(page.batch.process(two).thread == 139665143253888);
  const auto& three = page.batch.records()[2];
  CHECK(three.level == Level::info);
  CHECK(three.received > now() - std::chrono::minutes{1});
  CHECK(three.received < now() + std::chrono::minutes{1});

  sqlite::execute(handle, "DELETE FROM log WHERE id IN (2, 4)");
  CHECK(store.count() == 2);
  CHECK(store.newest_id() == 4);
  CHECK(write(store, batch_of({"five"})).first_id == 5);
  CHECK(messages(store) == Texts{"one", "three", "five"});
  CHECK(store.check().empty());
}

TEST_CASE("a time that is none is refused by the view, and so is every change") {
  LogStore store{{":memory:"}};
  write(store, batch_of({"one"}));
  auto* db = store.native_handle();
  for (const char* bad : {"'yesterday'", "'2026-13-01'", "'2026-11-22T09:10:24Z'", "'2026-11-22 09:10:24.3x'",
                          "2460000.5", "''", "'2026-11-22 09:10:24+01:00'"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(sqlite::execute(db, (std::string{"INSERT INTO log(created) VALUES("} + bad + ")").c_str()), Error);
  }
  for (const char* good :
       {"'2026-11-22'", "'2026-11-22 09:10'", "'2026-11-22T09:10:24'", "'2026-11-22 09:10:24.999999'"}) {
    CAPTURE(good);
    CHECK_NOTHROW(sqlite::execute(db, (std::string{"INSERT INTO log(created) VALUES("} + good + ")").c_str()));
  }
  CHECK(column(db, "SELECT created FROM log ORDER BY id DESC LIMIT 1") == Texts{"2026-11-22 09:10:24.999999"});
  CHECK_THROWS_WITH_AS(sqlite::execute(db, "UPDATE log SET message = 'changed'"),
                       doctest::Contains("log rows are not changed"), Error);
  CHECK(messages(store)[0] == "one");
}

TEST_CASE("removed ranges that touch become one, in whatever order they are noted") {
  const std::pair<std::vector<std::pair<int, int>>, Texts> cases[] = {
      {{{1, 1}, {2, 2}, {3, 3}}, {"1-3"}},    {{{3, 3}, {2, 2}, {1, 1}}, {"1-3"}},
      {{{1, 1}, {3, 3}, {2, 2}}, {"1-3"}},    {{{1, 4}, {6, 9}}, {"1-4", "6-9"}},
      {{{1, 4}, {6, 9}, {5, 5}}, {"1-9"}},    {{{6, 9}, {1, 5}}, {"1-9"}},
      {{{10, 20}, {1, 2}, {3, 9}}, {"1-20"}}, {{{1, 2}, {5, 6}, {9, 9}, {3, 3}}, {"1-3", "5-6", "9-9"}},
  };
  for (const auto& [ranges, expected] : cases) {
    LogStore store{{":memory:"}};
    for (const auto& [from, to] : ranges)
      sqlite::Statement{store.native_handle(), "INSERT INTO removed VALUES(?1, ?2)"}
          .bind_all(std::int64_t{from}, std::int64_t{to})
          .run();
    CHECK(column(store.native_handle(), "SELECT from_id || '-' || to_id FROM removed ORDER BY from_id") == expected);
  }
}

// --- retention

TEST_CASE("pruning deletes what was received before a time, and what only that referred to") {
  const Place place;
  LogStore store{{place.file()}};
  RecordBatch batch;
  for (int i = 0; i < 10; ++i) batch.append(record(std::to_string(i), i), {.system_id = i < 5 ? "old" : "new"});
  write(store, batch);
  CHECK(store.prune({.since = at(0)}).records == 0);
  CHECK(store.prune({.since = at(6)}).records == 6);
  CHECK(messages(store) == Texts{"6", "7", "8", "9"});
  CHECK(store.count() == 4);
  CHECK(column(store.native_handle(), "SELECT system_id FROM source") == Texts{"new"});
  CHECK(column(store.native_handle(), "SELECT from_id || '-' || to_id FROM removed") == Texts{"1-6"});
  CHECK(store.check().empty());
  CHECK(write(store, batch_of({"again"}, "old")).first_id == 11);
  CHECK(column(store.native_handle(), "SELECT system_id FROM log ORDER BY id DESC LIMIT 1") == Texts{"old"});
  CHECK(store.check().empty());
}

TEST_CASE("ids do not come back when all records are gone") {
  const Place place;
  {
    LogStore store{{place.file()}};
    write(store, batch_of({"one", "two", "three"}));
    CHECK(store.prune({.since = at(1000)}).records == 3);
    CHECK(store.count() == 0);
    CHECK(store.newest_id() == 3);
    CHECK(source_names(store).system_ids.empty());
  }
  LogStore store{{place.file()}};
  CHECK(write(store, batch_of({"four"})).first_id == 4);
  CHECK(store.check().empty());
}

TEST_CASE("pruning finds old records among newer ones when the clock was set back") {
  LogStore store{{":memory:"}};
  RecordBatch batch;
  for (const int second : {50, 1, 60, 2, 3, 70}) batch.append(record(std::to_string(second), second));
  write(store, batch);
  CHECK(store.prune({.since = at(10)}).records == 3);
  CHECK(messages(store) == Texts{"50", "60", "70"});
  CHECK(column(store.native_handle(), "SELECT from_id || '-' || to_id FROM removed") == Texts{"2-2", "4-5"});
  CHECK(store.prune({.since = at(100)}).records == 3);
  CHECK(column(store.native_handle(), "SELECT from_id || '-' || to_id FROM removed") == Texts{"1-6"});
  CHECK(store.check().empty());
}

TEST_CASE("pruning goes over many steps, keeps what is in use and gives pages back") {
  const Place place;
  LogStore store{{place.file()}};
  constexpr int count = 3 * store::segment_ids + 100;
  const std::string text(1000, 'x');
  RecordBatch batch;
  for (int i = 0; i < count; ++i)
    batch.append(record(text, i),
                 {.system_id = i % 2                      ? "busy"
                               : i == 0 || i == count - 2 ? "rare"
                                                          : "rest"},
                 {}, {.thread = i / 1000});
  write(store, batch);
  sqlite::execute(store.native_handle(), "PRAGMA wal_checkpoint(TRUNCATE)");
  const auto size = fs::file_size(place.file());
  CHECK(store.prune({.since = at(count - 10)}).records == count - 10);
  CHECK(column(store.native_handle(), "SELECT system_id FROM source ORDER BY system_id") ==
        Texts{"busy", "rare", "rest"});
  CHECK(column(store.native_handle(), "SELECT first_id FROM source WHERE system_id = 'rare'") ==
        Texts{std::to_string(count - 1)});
  CHECK(column(store.native_handle(), "SELECT count(*) FROM proc") == Texts{"1"});
  CHECK(store.check().empty());
  sqlite::execute(store.native_handle(), "PRAGMA wal_checkpoint(TRUNCATE)");
  CHECK(fs::file_size(place.file()) <= size / 2);
}

TEST_CASE("the search for unused names goes on at the next pruning where it stopped") {
  LogStore store{{":memory:"}};
  constexpr int kept = 6 * store::segment_ids;
  RecordBatch batch;
  batch.append(record("old", -10), {.system_id = "gone"});
  batch.append(record("old", -10), {.system_id = "late"});
  for (int i = 0; i < kept; ++i) batch.append(record("x", 0), {.system_id = i == kept - 1 ? "late" : "busy"});
  write(store, batch);
  CHECK(store.prune({.since = at(-1)}).records == 2);
  const auto names = [&] { return source_names(store).system_ids; };
  CHECK(names() == Texts{"busy", "gone", "late"});
  int more = 0;
  for (; names().size() == 3 && more < 20; ++more) CHECK(store.prune({.since = at(-1)}).records == 0);
  CHECK(names() == Texts{"busy", "late"});
  CHECK(more > 1);
  write(store, batch_of({"back"}, "gone"));
  CHECK(store.check().empty());
}

// --- the rest of the tables

TEST_CASE("the time a bridge was able to hear grows, and starts anew with each opening") {
  const Place place;
  const auto intervals = [](const LogStore& store) {
    return column(
        store.native_handle(),
        "SELECT (from_us / 1000000 - 1795000000) || '-' || (until_us / 1000000 - 1795000000) FROM bridge_alive");
  };
  {
    LogStore store{{place.file()}};
    store.mark_alive(at(10));
    CHECK(intervals(store) == Texts{"10-10"});
    store.mark_alive(at(20));
    store.mark_alive(at(15));  // the clock was set back
    CHECK(intervals(store) == Texts{"10-20"});
  }
  LogStore store{{place.file()}};
  store.mark_alive(at(30));
  CHECK(intervals(store) == Texts{"10-20", "30-30"});
  CHECK(column(store.native_handle(), "SELECT length(boot_id) FROM bridge_alive LIMIT 1") == Texts{"36"});
}

TEST_CASE("dead letters are kept beside the records") {
  LogStore store{{":memory:"}};
  RecordBatch batch;
  batch.append(DeadLetter{at(5), "a broken pickle", "127.0.0.1:40312", std::string_view{"\x80\0\xff", 3}});
  CHECK(write(store, batch).stored == 0);
  CHECK(store.dead_letter_count() == 1);
  CHECK(store.count() == 0);
  CHECK(column(store.native_handle(),
               "SELECT reason || ' ' || peer || ' ' || hex(bytes) || ' ' || at FROM "
               "dead_letter") == Texts{"a broken pickle 127.0.0.1:40312 8000FF 1795000005000000"});
}

TEST_CASE("of dead letters the oldest go") {
  LogStore store{{":memory:"}};
  const auto letters = [](std::int64_t count, std::size_t bytes) {
    const std::string text(bytes, 'x');
    RecordBatch batch;
    for (std::int64_t i = 0; i < count; ++i) batch.append(DeadLetter{at(i), "r", "p", text});
    return batch;
  };
  SUBCASE("when there are too many") {
    write(store, letters(9'990, 1));
    write(store, letters(20, 1));
    CHECK(store.dead_letter_count() == 10'000);
    CHECK(column(store.native_handle(), "SELECT min(id) FROM dead_letter") == Texts{"11"});
  }
  SUBCASE("when they are too long") {
    write(store, letters(1'024, 64 * 1024));
    CHECK(store.dead_letter_count() == 1'024);
    write(store, letters(3, 64 * 1024));
    CHECK(store.dead_letter_count() == 1'024);
    write(store, letters(1, 1));
    CHECK(store.dead_letter_count() == 1'024);
  }
  SUBCASE("counted anew after a rollback") {
    write(store, letters(9'999, 1));
    store.begin();
    store.append(letters(1, 1));
    store.rollback();
    write(store, letters(1, 1));
    CHECK(store.dead_letter_count() == 10'000);
  }
}

// --- files that are not as they should be

namespace {

std::string bytes_of(const std::string& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}
void put(const std::string& file, std::string_view bytes) { std::ofstream{file, std::ios::binary} << bytes; }

void make_with_sql(const std::string& file, const char* sql) {
  sqlite3* handle = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &handle) == SQLITE_OK);
  const sqlite::Connection db{handle};
  sqlite::execute(handle, sql);
}
void make_store(const std::string& file, int records = 1) {
  LogStore store{{file}};
  write(store, batch_of(Texts(static_cast<std::size_t>(records), std::string(200, 'x'))));
}

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

Errc code_of(const Error& error) { return static_cast<Errc>(error.code().value()); }

// The error's code and text, or that there was none.
Fault refusal(const LogStore::Options& options) {
  try {
    LogStore store{options};
  } catch (const Error& error) {
    return {code_of(error), error.what()};
  }
  return {Errc{}, "no error"};
}

}  // namespace

TEST_CASE("a file that is not psherald's, is newer or damaged gets a clear error and stays as it was") {
  struct Case {
    const char* name;
    void (*make)(const std::string& file);
    Errc code;
    const char* text;
  };
  const Case cases[] = {
      {"text", [](const std::string& f) { put(f, "# my notes\n"); }, Errc::store_foreign, "not an SQLite database"},
      {"a short beginning of a database", [](const std::string& f) { put(f, "SQLite format 3"); }, Errc::store_foreign,
       "not an SQLite database"},
      {"another program's database",
       [](const std::string& f) { make_with_sql(f, "PRAGMA application_id = 7; CREATE TABLE t(x)"); },
       Errc::store_foreign, "another program"},
      {"another program's database in WAL mode",
       [](const std::string& f) { make_with_sql(f, "PRAGMA journal_mode = WAL; CREATE TABLE log(x)"); },
       Errc::store_foreign, "another program"},
      {"a table log that lacks columns of ps.herald's",
       [](const std::string& f) {
         make_with_sql(
             f,
             "CREATE TABLE log(id INTEGER PRIMARY KEY AUTOINCREMENT, created, relativecreated FLOAT, produkt_id, "
             "system_id, sub_sub_system_id, user_spec_2, summary)");
       },
       Errc::store_foreign, "another program"},
      {"a newer schema",
       [](const std::string& f) {
         make_store(f);
         make_with_sql(f, "PRAGMA user_version = 7");
       },
       Errc::store_version, "newer psherald"},
      {"a damaged schema",
       [](const std::string& f) {
         make_store(f);
         auto bytes = bytes_of(f);
         std::fill(bytes.begin() + 100, bytes.begin() + 16384, '\xee');
         put(f, bytes);
       },
       Errc::store_corrupt, "damaged"},
      {"a file cut off",
       [](const std::string& f) {
         make_store(f, 500);
         put(f, bytes_of(f).substr(0, 16384 * 3));
       },
       Errc::store_corrupt, "damaged"}};
  for (const auto& c : cases) {
    CAPTURE(c.name);
    const Place place;
    c.make(place.file());
    const auto before = bytes_of(place.file());
    const auto beside = std::distance(fs::directory_iterator{place.directory()}, {});
    for (const bool read_only : {false, true}) {
      CAPTURE(read_only);
      const auto fault = refusal({.path = place.file(), .read_only = read_only});
      CAPTURE(fault.text);
      CHECK(fault.code == c.code);
      CHECK(fault.text.find(c.text) != std::string::npos);
      CHECK(fault.text.find(place.file()) != std::string::npos);
      CHECK(bytes_of(place.file()) == before);
      if (c.code == Errc::store_foreign) CHECK(std::distance(fs::directory_iterator{place.directory()}, {}) == beside);
    }
  }
}

TEST_CASE("a path that cannot be a database gets a clear error") {
  const Place place;
  fs::create_directory(place.file("directory"));
  REQUIRE(mkfifo(place.file("fifo").c_str(), 0600) == 0);
  struct Case {
    std::string path;
    const char* text;
  };
  const Case cases[] = {{place.file("directory"), "it is a directory"},
                        {place.file("no/such/log.sqlite"), "does its directory exist?"},
                        {place.file("fifo"), "not a regular file"},
                        {"", "path is empty"},
                        {"sqlite:", "path is empty"}};
  for (const auto& c : cases) {
    CAPTURE(c.path);
    const auto fault = refusal({.path = c.path});
    CAPTURE(fault.text);
    CHECK(fault.code == Errc::store_open);
    CHECK(fault.text.find(c.text) != std::string::npos);
  }
  CHECK(refusal({.path = place.file(), .read_only = true}).code == Errc::store_open);
  CHECK(!fs::exists(place.file()));
}

TEST_CASE("an empty file becomes a database") {
  const Place place;
  put(place.file(), "");
  CHECK(refusal({.path = place.file(), .read_only = true}).code == Errc::store_foreign);
  LogStore store{{place.file()}};
  CHECK(write(store, batch_of({"one"})).first_id == 1);
}

TEST_CASE("what may not be written gets a clear error, and can be read") {
  const Place place;
  make_store(place.file());
  const auto before = bytes_of(place.file());
  fs::permissions(place.file(), fs::perms{0444});
  fs::permissions(place.directory(), fs::perms{0777});
  SUBCASE("file") {}
  SUBCASE("directory") { fs::permissions(place.directory(), fs::perms{0555}); }
  {
    const Unprivileged unprivileged;
    CHECK(refusal({.path = place.file()}).code == Errc::store_read_only);
    LogStore reader{{.path = place.file(), .read_only = true}};
    CHECK(reader.count() == 1);
    CHECK_THROWS_AS(reader.begin(), Error);
    CHECK_THROWS_AS(reader.prune({.since = at(0)}), Error);
    CHECK_THROWS_AS(reader.mark_alive(at(0)), Error);
  }
  fs::permissions(place.directory(), fs::perms{0700});
  CHECK(bytes_of(place.file()) == before);
}

TEST_CASE("a new file in a directory that may not be written gets a clear error") {
  const Place place;
  fs::permissions(place.directory(), fs::perms{0555});
  {
    const Unprivileged unprivileged;
    CHECK(refusal({.path = place.file()}).code == Errc::store_read_only);
  }
  fs::permissions(place.directory(), fs::perms{0700});
}

TEST_CASE("a file that cannot be opened because of its rights says so") {
  const Place place;
  make_store(place.file());
  fs::permissions(place.directory(), fs::perms{0755});
  fs::permissions(place.file(), fs::perms{0000});
  const Unprivileged unprivileged;
  CHECK(refusal({.path = place.file(), .read_only = true}).code == Errc::store_open);
}

TEST_CASE("a database locked for longer than the busy timeout is busy") {
  const Place place;
  LogStore store{{.path = place.file(), .busy_timeout = std::chrono::milliseconds{20}}};
  write(store, batch_of({"one"}));
  sqlite3* handle = nullptr;
  REQUIRE(sqlite3_open(place.file().c_str(), &handle) == SQLITE_OK);
  const sqlite::Connection other{handle};
  sqlite::execute(handle, "BEGIN IMMEDIATE");
  bool refused = false;
  try {
    store.begin();
  } catch (const Error& error) {
    refused = true;
    CHECK(code_of(error) == Errc::store_busy);
    CHECK(std::string_view{error.what()}.find(place.file()) != std::string_view::npos);
  }
  CHECK(refused);
  sqlite::execute(handle, "ROLLBACK");
  CHECK(write(store, batch_of({"two"})).first_id == 2);
}

// --- disk full

TEST_CASE("a full disk costs the transaction and nothing else") {
  const Place place;
  LogStore store{{.path = place.file(), .page_cache_bytes = 64 << 10}};
  write(store, batch_of({"one"}));
  const auto big = batch_of(Texts(3'000, std::string(1'000, 'x')), "box2");
  std::optional<Errc> failure;
  const auto try_to_write = [&] {
    failure.reset();
    store.begin();
    try {
      store.append(big);
      store.commit();
    } catch (const Error& error) {
      failure = code_of(error);
      store.rollback();
    }
  };
  SUBCASE("as SQLite's own bound") {
    sqlite::execute(store.native_handle(), "PRAGMA max_page_count = 40");
    try_to_write();
    CHECK(failure == Errc::store_full);
    sqlite::execute(store.native_handle(), "PRAGMA max_page_count = 1000000");
  }
  SUBCASE("as the system's bound") {
    rlimit before{};
    REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{400 << 10, before.rlim_max};
    REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
    try_to_write();
    REQUIRE(setrlimit(RLIMIT_FSIZE, &before) == 0);
    std::signal(SIGXFSZ, handler);
    CHECK(failure == Errc::store_full);
  }
  CHECK(store.count() == 1);
  CHECK(write(store, batch_of({"two"})).first_id == 2);
  try_to_write();
  CHECK(!failure);
  CHECK(store.count() == 3'002);
  CHECK(store.check().empty());
}

TEST_CASE("after SQLite has given up a transaction, no append and no commit of it succeeds") {
  const Place place;
  LogStore store{{.path = place.file(), .page_cache_bytes = 64 << 10}};
  sqlite::execute(store.native_handle(), "PRAGMA max_page_count = 40");
  store.begin();
  store.append(batch_of({"one"}));
  CHECK_THROWS_AS(store.append(batch_of(Texts(3'000, std::string(1'000, 'x')))), Error);
  const bool given_up = sqlite3_get_autocommit(store.native_handle()) != 0;
  CAPTURE(given_up);
  if (given_up) {
    CHECK_THROWS_AS(store.append(batch_of({"two"})), Error);
    CHECK_THROWS_AS(store.commit(), Error);
    CHECK(store.count() == 0);
  } else {
    CHECK(store.append(batch_of({"two"})).first_id == 2);
    store.commit();
    CHECK(store.count() == 2);
  }
  CHECK(store.check().empty());
}

// --- the WAL-reset guard

namespace {

// Another process's lock on the guard's file.
class GuardLock {
 public:
  GuardLock(const std::string& database, short type)
      : file_{open((database + ".psherald.lock").c_str(), O_RDWR | O_CLOEXEC)} {
    REQUIRE(file_ >= 0);
    struct flock lock {};
    lock.l_type = type;
    locked_ = fcntl(file_, F_OFD_SETLK, &lock) == 0;
  }
  GuardLock(const GuardLock&) = delete;
  GuardLock& operator=(const GuardLock&) = delete;
  ~GuardLock() { close(file_); }
  bool locked() const noexcept { return locked_; }

 private:
  int file_;
  bool locked_ = false;
};

std::uintmax_t wal_size(const Place& place) {
  std::error_code error;
  const auto size = fs::file_size(place.file() + "-wal", error);
  return error ? 0 : size;
}

}  // namespace

TEST_CASE("no transaction begins while another process checkpoints") {
  const Place place;
  LogStore store{{.path = place.file(), .busy_timeout = std::chrono::milliseconds{5}}};
  {
    const GuardLock checkpoint{place.file(), F_WRLCK};
    REQUIRE(checkpoint.locked());
    CHECK_THROWS_WITH_AS(store.begin(), doctest::Contains("checkpoint lock"), Error);
  }
  CHECK(write(store, batch_of({"one"})).first_id == 1);
}

TEST_CASE("a transaction keeps the others' checkpoints away until it ends") {
  const Place place;
  LogStore store{{place.file()}};
  const auto can_checkpoint = [&] { return GuardLock{place.file(), F_WRLCK}.locked(); };
  CHECK(can_checkpoint());
  store.begin();
  CHECK(!can_checkpoint());
  CHECK(GuardLock{place.file(), F_RDLCK}.locked());
  store.append(batch_of({"one"}));
  CHECK(!can_checkpoint());
  store.commit();
  CHECK(can_checkpoint());
  store.begin();
  store.rollback();
  CHECK(can_checkpoint());
}

TEST_CASE("the WAL is moved into the database when it is long, but not while another process commits") {
  const Place place;
  LogStore store{{place.file()}};
  const auto big = batch_of(Texts(2'000, std::string(10'000, 'x')));  // 20 MB
  {
    const GuardLock commit{place.file(), F_RDLCK};
    write(store, big);
    CHECK(fs::file_size(place.file()) < 1'000'000);
  }
  CHECK(wal_size(place) > 16'000'000);
  write(store, big);  // above the next threshold
  CHECK(fs::file_size(place.file()) > 40'000'000);
  const auto size = wal_size(place);
  write(store, batch_of({"small"}));
  CHECK(wal_size(place) == size);  // it began anew
}

TEST_CASE("another program that closes the database does not take the WAL away, whatever was opened meanwhile") {
  const Place place;
  LogStore store{{place.file()}};
  write(store, batch_of({"one"}));
  const auto reader = store.reader();
  { const LogStore second{{place.file()}}; }
  const pid_t other = fork();  // locks on the file are a process's
  if (other == 0) {
    sqlite3* db = nullptr;
    sqlite3_open(place.file().c_str(), &db);
    sqlite3_exec(db, "SELECT count(*) FROM entry", nullptr, nullptr, nullptr);
    sqlite3_close(db);
    _exit(0);
  }
  waitpid(other, nullptr, 0);
  CHECK(fs::exists(place.file() + "-wal"));
  write(store, batch_of({"two"}));
  LogStore again{{place.file()}};
  CHECK(messages(again) == Texts{"one", "two"});
}

TEST_CASE("a reader delays the end of the WAL, and does not stop commits") {
  const Place place;
  LogStore store{{place.file()}};
  write(store, batch_of({"one"}));
  const auto reader = store.reader();
  const auto big = batch_of(Texts(2'000, std::string(10'000, 'x')));
  {
    sqlite::Statement open{reader->native_handle(), "SELECT id FROM entry"};
    REQUIRE(open.step());
    for (int i = 0; i < 5; ++i) write(store, big);
    CHECK(wal_size(place) > 90'000'000);
  }
  write(store, big);
  write(store, batch_of({"small"}));
  CHECK(wal_size(place) <= 64 << 20);
  CHECK(store.count() == 12'002);
}

TEST_CASE("closing leaves the WAL alone while another process commits") {
  const Place place;
  {
    LogStore store{{place.file()}};
    write(store, batch_of({"one"}));
    const GuardLock commit{place.file(), F_RDLCK};
    REQUIRE(commit.locked());
    {
      LogStore other{{place.file()}};
      write(other, batch_of({"two"}));
    }
    CHECK(wal_size(place) > 0);
  }
  CHECK(wal_size(place) == 0);
  CHECK(LogStore{{.path = place.file(), .read_only = true}}.count() == 2);
}

// --- check

TEST_CASE("check finds what is wrong") {
  struct Case {
    const char* damage;
    const char* finding;
  };
  const Case cases[] = {
      {"DELETE FROM entry WHERE id = 2", "records 2 to 2 are missing"},
      {"DELETE FROM entry WHERE id = 3", "records 3 to 3 are missing"},
      {"INSERT INTO removed VALUES(2, 2)", "records 2 to 2 are"},
      {"DELETE FROM source", "refers to row 1 of table source"},
      {"UPDATE entry SET proc = 99 WHERE id = 1", "record 1 refers to row 99 of table proc"},
      {"DELETE FROM run", "table run"},
      {"PRAGMA user_version = 9", "user_version"},
      {"PRAGMA application_id = 9", "application_id"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.damage);
    LogStore store{{":memory:"}};
    write(store, batch_of({"one", "two", "three"}));
    sqlite::execute(store.native_handle(), "INSERT INTO removed VALUES(4, 5)");
    CHECK(store.check().empty());
    sqlite::execute(store.native_handle(), c.damage);
    const auto findings = store.check();
    REQUIRE(findings.size() >= 1);
    CHECK(findings[0].find(c.finding) != std::string::npos);
  }
}

TEST_CASE("check finds damaged pages and tells how far it is") {
  const Place place;
  make_store(place.file(), 20'000);
  std::vector<double> heard;
  const auto listen = [&](double fraction) { heard.push_back(fraction); };
  CHECK(LogStore{{.path = place.file(), .read_only = true}}.check(listen).empty());
  REQUIRE(heard.size() > 2);
  CHECK(std::is_sorted(heard.begin(), heard.end()));
  CHECK(heard.front() > 0);
  CHECK(heard.back() == 1.0);

  auto bytes = bytes_of(place.file());
  const auto half = static_cast<std::ptrdiff_t>(bytes.size() / 2 / 16384 * 16384);
  std::fill(bytes.begin() + half, bytes.begin() + half + 16384, '\xee');
  put(place.file(), bytes);
  const LogStore damaged{{.path = place.file(), .read_only = true}};
  Texts findings;
  try {
    findings = damaged.check();
  } catch (const Error& error) {
    findings.emplace_back(error.what());
  }
  CHECK(!findings.empty());
}

// --- docs/schema.md

namespace {

// The blocks of the page that are fenced as ```<kind>.
Texts blocks(const std::string& kind) {
  std::ifstream page{PSHERALD_TEST_DATA "/../../docs/schema.md"};
  REQUIRE(page);
  Texts found;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("```")) {
      inside = !inside && line == "```" + kind;
      if (inside) found.emplace_back();
    } else if (inside) {
      found.back() += line + '\n';
    }
  }
  return found;
}

}  // namespace

TEST_CASE("docs/schema.md shows the tables as they are") {
  sqlite3* handle = nullptr;
  REQUIRE(sqlite3_open(":memory:", &handle) == SQLITE_OK);
  const sqlite::Connection documented{handle};
  for (const auto& block : blocks("sql schema")) sqlite::execute(handle, block.c_str());
  LogStore store{{":memory:"}};
  const auto* tables = "SELECT sql FROM sqlite_schema WHERE type IN ('table', 'index') ORDER BY name";
  REQUIRE(!column(handle, tables).empty());
  CHECK(column(store.native_handle(), tables) == column(handle, tables));
}

TEST_CASE("every statement of docs/schema.md runs") {
  LogStore store{{":memory:"}};
  write(store, batch_of({"one", "two"}, "ch2eu"));
  const auto statements = blocks("sql");
  CHECK(statements.size() >= 10);
  for (const auto& statement : statements) {
    CAPTURE(statement);
    CHECK_NOTHROW(sqlite::execute(store.native_handle(), statement.c_str()));
  }
  CHECK(store.count() == 2);
  CHECK(store.newest_id() == 4);
  CHECK(store.check().empty());
}

TEST_CASE("advice about SQLite is given for the versions that need it") {
  const auto version = sqlite3_libversion_number();
  const bool fixed = version >= 3051003 || version == 3050007 || version == 3044006;
  CHECK(sqlite_advice().empty() == fixed);
}

TEST_SUITE_END();
