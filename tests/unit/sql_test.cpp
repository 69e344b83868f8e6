#include "psherald/sql.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "psherald/record.hpp"
#include "support/place.hpp"

TEST_SUITE_BEGIN("sql");

using namespace psherald;
using namespace std::chrono_literals;
using psherald::testing::Place;

namespace {

void fill(LogStore& store, int records) {
  RecordBatch batch;
  for (int i = 0; i < records; ++i) {
    const std::string text = "message " + std::to_string(i + 1);
    batch.append(
        {.received = Timestamp{std::chrono::seconds{1'795'000'000 + i}}, .level = Level::error, .message = text},
        {.system_id = "shop"});
  }
  store.begin();
  store.append(batch);
  store.commit();
}

std::string text_of(const SqlValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* real = std::get_if<double>(&value)) return std::to_string(*real);
  if (const auto* text = std::get_if<std::string_view>(&value)) return "'" + std::string{*text} + "'";
  if (const auto* blob = std::get_if<SqlBlob>(&value)) return "x'" + std::string{blob->bytes} + "'";
  return "NULL";
}

std::string rows_of(const LogStore& store, SqlQuery query) {
  std::string all;
  select(store, query, [&](const SqlRow& row) {
    for (const auto& value : row.values) all += text_of(value) + ' ';
  });
  return all;
}

// What is said instead of rows.
std::string refusal(const LogStore& store, const SqlQuery& query) {
  try {
    select(store, query, [](const SqlRow&) {});
  } catch (const Error& error) {
    CHECK(error.code() == Errc::bad_query);
    return error.what();
  }
  return {};
}

std::string content(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream{file, std::ios::binary}.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("a SELECT gives its columns and rows, with their types") {
  LogStore store{{":memory:"}};
  fill(store, 2);
  CHECK(rows_of(store, {.text = "SELECT id, levelno, system_id, message FROM log"}) ==
        "1 40 'shop' 'message 1' 2 40 'shop' 'message 2' ");
  CHECK(rows_of(store, {.text = "VALUES(1, 2.5, NULL, 'a', x'62')"}) == "1 2.500000 NULL 'a' x'b' ");
  CHECK(rows_of(store, {.text = "SELECT value FROM json_each('[3, 4]')"}) == "3 4 ");
  CHECK(rows_of(store, {.text = "SELECT count(*) FROM heartbeat; -- and nothing more\n ;"}) == "0 ");
  CHECK(rows_of(
            store,
            {.text = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 3) SELECT x FROM c"}) ==
        "1 2 3 ");
  const auto outcome = select(store, {.text = "SELECT id AS number, message FROM log WHERE 0"}, [](const SqlRow&) {});
  CHECK(outcome.columns == std::vector<std::string>{"number", "message"});
  CHECK(outcome.rows == 0);
}

TEST_CASE("no more rows are read than wanted, and that there are more is told") {
  LogStore store{{":memory:"}};
  fill(store, 3);
  for (const auto& [most, rows, more] : {std::tuple{2u, 2u, true}, {3u, 3u, false}, {0u, 0u, true}}) {
    const auto& shown = most;
    CAPTURE(shown);
    const auto outcome = select(store, {.text = "SELECT id FROM log", .max_rows = most}, [](const SqlRow&) {});
    CHECK(outcome.rows == rows);
    CHECK(outcome.more == more);
  }
}

TEST_CASE("whatever does more than read is refused, and the file stays as it is") {
  const Place place;
  {
    LogStore store{{.path = place.file()}};
    fill(store, 3);
  }
  const auto before = content(place.file());
  const std::string other = place.file("other.sqlite");
  for (const bool read_only : {false, true}) {
    const LogStore store{{.path = place.file(), .read_only = read_only}};
    for (const auto& [text, said] : std::initializer_list<std::pair<std::string, std::string>>{
             {"ATTACH '" + other + "' AS other", "ATTACH is refused"},
             {"DETACH main", "DETACH is refused"},
             {"PRAGMA writable_schema = 1", "PRAGMA is refused"},
             {"PRAGMA user_version", "PRAGMA is refused"},
             {"SELECT * FROM pragma_user_version", "is refused"},
             {"INSERT INTO log(message) VALUES('x')", "INSERT is refused"},
             {"INSERT INTO log(message) VALUES('x') RETURNING id", "INSERT is refused"},
             {"DELETE FROM log", "DELETE is refused"},
             {"UPDATE entry SET level = 0", "UPDATE is refused"},
             {"WITH gone AS (SELECT 1) DELETE FROM entry", "DELETE is refused"},
             {"DROP TABLE entry", "is refused"},
             {"CREATE TABLE x(y)", "is refused"},
             {"CREATE TEMP TABLE x(y)", "is refused"},
             {"CREATE VIRTUAL TABLE x USING fts5(y)", "is refused"},
             {"ANALYZE", "is refused"},
             {"REINDEX", "is refused"},
             {"BEGIN IMMEDIATE", "a transaction is refused"},
             {"SAVEPOINT x", "a transaction is refused"},
             {"VACUUM", "it may be"},
             {"VACUUM INTO '" + other + "'", "it may be"},
             {"SELECT load_extension('x')", "the function load_extension is refused"},
             {"SELECT LOAD_Extension('x')", "is refused"},
             {"SELECT writefile('" + other + "', 'x')", "no such function: writefile"},
             {"SELECT 1; SELECT 2", "more than one statement"},
             {"SELECT 1; DELETE FROM log", "DELETE is refused"},
             {"SELECT 1; nonsense", "syntax error"},
             {"", "there is no statement in it"},
             {" -- nothing", "there is no statement in it"},
             {std::string{"SELECT 1\0", 9}, "it has a NUL in it"},
             {"SELECT '" + std::string(70'000, 'x') + "'", "it is longer than 64 KiB"},
             {"SELECT absent FROM log", "no such column: absent"},
             {"SELEC 1", "syntax error"},
             {"SELECT zeroblob(1000000000)", "too big"},
             {"SELECT randomblob(1000000000)", "too big"},
             {"SELECT replace(printf('%0100000d', 0), '0', printf('%01000d', 0))", "too big"},
             {"SELECT CAST(x'61' AS TEXT) FROM log WHERE abs(-9223372036854775808)", "integer overflow"}}) {
      const auto& shown = text;
      CAPTURE(shown);
      const auto reason = refusal(store, {.text = text});
      CAPTURE(reason);
      CHECK(reason.starts_with("cannot run the SQL: "));
      CHECK(reason.find(said) != reason.npos);
    }
    refusal(store, {.text = "SELECT printf('%1000000000d', 1)"});
  }
  CHECK(content(place.file()) == before);
  CHECK_FALSE(std::filesystem::exists(other));
}

TEST_CASE("what does not end is ended") {
  LogStore store{{":memory:"}};
  fill(store, 100);
  const std::string endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) ";
  for (const auto& text : {endless + "SELECT count(*) FROM c", endless + "SELECT x FROM c WHERE x < 0",
                           endless + "SELECT max(length(randomblob(100000))) FROM c",
                           std::string{"SELECT count(*) FROM log a, log b, log c, log d, log e"}}) {
    CAPTURE(text);
    CHECK(refusal(store, {.text = text, .time_limit = 30ms}).find("it took longer than 30 ms") != std::string::npos);
  }
  CHECK(refusal(store, {.text = "WITH RECURSIVE c(x) AS (SELECT randomblob(100000) UNION ALL SELECT randomblob(100000) "
                                "FROM c) SELECT x FROM c ORDER BY x",
                        .max_memory_bytes = 8u << 20})
            .find("more than 8 MiB of memory") != std::string::npos);
  std::stop_source stop;
  stop.request_stop();
  CHECK(
      refusal(store, {.text = endless + "SELECT count(*) FROM c", .cancel = stop.get_token()}).find("it was stopped") !=
      std::string::npos);
  CHECK(rows_of(store, {.text = "SELECT count(*) FROM log"}) == "100 ");
}

TEST_CASE("rows that came before the end are delivered") {
  LogStore store{{":memory:"}};
  std::size_t rows = 0;
  CHECK_THROWS_AS(
      select(store,
             {.text = "SELECT 1 UNION ALL SELECT * FROM (WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 "
                      "FROM c) SELECT x FROM c WHERE x < 0)",
              .time_limit = 30ms},
             [&](const SqlRow&) { ++rows; }),
      Error);
  CHECK(rows == 1);
}

TEST_SUITE_END();
