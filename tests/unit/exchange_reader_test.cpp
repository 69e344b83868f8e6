#include <doctest/doctest.h>

#include <set>

#include "exchange/identity.hpp"
#include "psherald/exchange.hpp"
#include "psherald/log_store.hpp"
#include "psherald/query.hpp"
#include "support/zone.hpp"

TEST_SUITE_BEGIN("exchange");

using namespace psherald;
using psherald::testing::LocalZone;
using Format = RecordReader::Format;

namespace {

struct Outcome {
  RecordBatch batch{};
  std::vector<std::string> unread{};
  bool whole = false;
};

Outcome read(std::string_view text, RecordReader::Options options, std::size_t portion = 1u << 20,
             bool complete = false) {
  Outcome outcome;
  options.on_unread = [&](const UnreadLine& line) {
    outcome.unread.push_back(std::to_string(line.number) + ": " + line.reason);
  };
  RecordReader reader{std::move(options)};
  for (; !text.empty(); text.remove_prefix(std::min(portion, text.size())))
    reader.read(text.substr(0, portion), outcome.batch);
  outcome.whole = reader.finish(outcome.batch, complete);
  return outcome;
}

std::string line_of(const RecordBatch& batch) {
  std::string all;
  append_ndjson(all, batch);
  return all;
}

std::vector<std::string> names_of(const RecordBatch& batch) {
  std::vector<std::string> names;
  for (const auto& record : batch.records())
    names.push_back(std::string{record.origin} + '/' + std::to_string(record.origin_id));
  return names;
}

}  // namespace

TEST_CASE("what was exported is read back as it was, in portions of any size") {
  RecordBatch batch;
  batch.append({.id = 12,
                .received = Timestamp{std::chrono::microseconds{1'795'338'624'318'567}},
                .created = Timestamp{std::chrono::microseconds{-1}},
                .relative = std::chrono::microseconds{108'295},
                .level = Level{25},
                .flags = Flag::own | Flag::gap,
                .message = std::string_view{"a\0\x1b \n\"\xC2\x9b \xF0\x9F\x98\x80", 14},
                .exc_text = "Traceback\n  File",
                .stack_info = "",
                .extra = R"({"b":123456789012345678901234567890,"a":[1.50,"x"],"message":null})",
                .legacy = R"({"args":"x"})",
                .origin = "00112233445566778899aabbccddeeff",
                .origin_id = 7},
               {"shop", "ch2eu", "node2", "worker", "u1", "", "7"},
               {"ps.golden", "shop/emit.py", "emit.py", "emit", "send", "NOTICE", "2.0", 25},
               {-18675, "MainProcess", 139665143253888, "MainThread"});
  batch.append({.id = 13,
                .received = Timestamp{std::chrono::seconds{1}},
                .level = Level{-7},
                .message = "",
                .extra = "{}",
                .origin = "00112233445566778899aabbccddeeff",
                .origin_id = 13});
  batch.append({.id = 14,
                .received = Timestamp{std::chrono::seconds{2}},
                .origin = "ff112233445566778899aabbccddeeff",
                .origin_id = 1});
  const auto text = line_of(batch);
  for (const std::size_t portion : {std::size_t{1}, std::size_t{7}, text.size()}) {
    auto outcome = read(text, {}, portion);
    CHECK(outcome.unread.empty());
    CHECK(outcome.whole);
    REQUIRE(outcome.batch.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) outcome.batch.records()[i].id = batch.records()[i].id;
    CHECK(line_of(outcome.batch) == text);
    CHECK(outcome.batch.records()[0].message == batch.records()[0].message);
  }
}

TEST_CASE("an object of another program becomes a record, and what has no field an attribute") {
  const LocalZone zone{"UTC"};
  struct Case {
    std::string_view object, members;
  };
  for (
      const auto& [object, members] : std::initializer_list<Case>{
          {R"({"name":"a.b","msg":"hello","levelname":"WARNING","levelno":30,"created":1795338624.5,"funcName":"f","lineno":7,"process":12,"processName":"Main","threadName":"T","msecs":500.0,"exc_info":null,"taskName":null})",
           R"("received":"2026-11-22T09:10:24.500000Z","created":"2026-11-22T09:10:24.500000Z","level":30,"level_name":"WARNING","logger":"a.b","function":"f","line":7,"process":12,"process_name":"Main","thread_name":"T","message":"hello")"},
          {R"({"timestamp":"2026-11-22T10:10:24.318567+01:00","level":"error","message":"x","order":{"id":4711}})",
           R"("received":"2026-11-22T09:10:24.318567Z","created":"2026-11-22T09:10:24.318567Z","level":40,"level_name":"error","message":"x","attr":{"order":{"id":4711}})"},
          {R"({"@timestamp":1795338624318,"severity":"notice","text":"x"})",
           R"("received":"2026-11-22T09:10:24.318000Z","created":"2026-11-22T09:10:24.318000Z","level":25,"level_name":"notice","message":"x")"},
          {R"({"time":"2026-11-22 09:10:24,318","event":"x","system_id":"None","PRODUKT_ID":"shop"})",
           R"("received":"2026-11-22T09:10:24.318000Z","created":"2026-11-22T09:10:24.318000Z","level":20,"product":"shop","message":"x")"},
          {R"({"message":"formatted 1","msg":"formatted %d","args":[1]})",
           R"("received":"1970-01-01T00:00:00.000000Z","level":20,"message":"formatted 1","attr":{"args":[1],"msg":"formatted %d"})"},
          {R"({"message":{"a":1},"line":"seven","created":"noon","level":[1],"thread":"main","id":"x-1"})",
           R"("received":"1970-01-01T00:00:00.000000Z","level":20,"attr":{"message":{"a":1},"line":"seven","created":"noon","level":[1],"thread":"main","id":"x-1"})"},
          {R"({"message":42,"level":"LOUD","id":9,"origin":"elsewhere"})",
           R"("received":"1970-01-01T00:00:00.000000Z","level":20,"level_name":"LOUD","message":"42","attr":{"origin":"elsewhere","id":9})"},
          {R"({"message":"x","flags":2,"legacy":{},"origin":"00112233445566778899aabbccddeeff","id":"7"})",
           R"("received":"1970-01-01T00:00:00.000000Z","level":20,"message":"x","attr":{"origin":"00112233445566778899aabbccddeeff","legacy":{},"id":"7","flags":2})"},
          {R"({"m\u00e9":"\ud83d\ude00","attr":{"a":1},"b":2})",
           R"("received":"1970-01-01T00:00:00.000000Z","level":20,"attr":{"mé":"\ud83d\ude00","a":1,"b":2})"}}) {
    const std::string_view shown = object;
    CAPTURE(shown);
    auto outcome = read(std::string{object} + '\n', {});
    CHECK(outcome.unread.empty());
    REQUIRE(outcome.batch.size() == 1);
    CHECK(outcome.batch.records()[0].origin.size() == 32);
    CHECK(outcome.batch.records()[0].origin_id > 0);
    outcome.batch.records()[0].origin = {};
    CHECK(line_of(outcome.batch) == "{\"id\":0," + std::string{members} + "}\n");
  }
}

TEST_CASE("what is no record is told with its line, and the others are read") {
  const auto outcome =
      read("{\"message\":\"a\"}\nnonsense\n\n{\"message\":\"b\"\n{}\n[1]\n{\"message\":\"\xff\"}\r\n", {});
  CHECK(outcome.unread ==
        std::vector<std::string>{"2: it is no JSON object: see its byte 1", "4: it is no JSON object: see its byte 15",
                                 "5: there is nothing of a record in it", "6: it is no JSON object: see its byte 1"});
  REQUIRE(outcome.batch.size() == 2);
  CHECK(outcome.batch.records()[1].message == "\xEF\xBF\xBD");
}

TEST_CASE("a line that is too long costs no memory and no other record") {
  const std::string filler(RecordReader::max_line_bytes, 'x');
  const auto outcome = read("{\"message\":\"a\"}\n{\"message\":\"" + filler + "\"}\n{\"message\":\"b\"}\n", {});
  CHECK(outcome.unread == std::vector<std::string>{"2: it is longer than 16 MiB"});
  CHECK(outcome.batch.size() == 2);
  CHECK(read(filler + "more", {}, 1u << 20, true).unread == std::vector<std::string>{"1: it is longer than 16 MiB"});
}

TEST_CASE("a byte order mark in front means nothing") {
  CHECK(read("\xEF\xBB\xBF{\"message\":\"a\"}\n", {}).batch.size() == 1);
  CHECK(read("\xEF\xBB\xBFINFO:root:a\r\n", {.format = Format::text}).batch.records()[0].message == "a");
}

TEST_CASE("half a last line is left for the next time, unless it is whole or nobody goes on writing it") {
  const std::string first = "{\"message\":\"a\"}\n", log = "INFO:root:a\n";
  CHECK(read(first + "{\"message\":\"b\"", {}).batch.size() == 1);
  CHECK_FALSE(read(first + "{\"message\":\"b\"", {}).whole);
  CHECK(read(first + "{\"message\":\"b\"}", {}).batch.size() == 2);
  CHECK(read(first + "{\"message\":\"b\"}", {}).whole);
  CHECK(read(first + "{\"message\":\"b\"", {}, 100, true).unread.size() == 1);
  CHECK(read(log + "INFO:root:b", {.format = Format::text}).batch.size() == 1);
  CHECK_FALSE(read(log + "INFO:root:b", {.format = Format::text}).whole);
  CHECK(read(log + "INFO:root:b", {.format = Format::text}, 100, true).batch.size() == 2);
}

TEST_CASE("lines of Python's logging become records, and what follows them belongs to them") {
  const LocalZone zone{"UTC"};
  const std::string traceback = "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\nValueError: a:b: c";
  const auto outcome = read("2026-11-22 09:10:24,318 ERROR shop.pay: refused: 4711\n" + traceback +
                                "\nStack (most recent call last):\n  File \"b.py\"\n"
                                "2026-11-22 09:10:25,000 INFO shop: two\nlines\n\nand more\n",
                            {.format = Format::text});
  CHECK(outcome.unread.empty());
  REQUIRE(outcome.batch.size() == 2);
  const auto& first = outcome.batch.records()[0];
  CHECK(first.message == "refused: 4711");
  CHECK(first.exc_text == traceback);
  CHECK(first.stack_info == "Stack (most recent call last):\n  File \"b.py\"");
  CHECK(first.level == Level::error);
  CHECK(outcome.batch.site(first).name == "shop.pay");
  CHECK(format_utc(*first.created) == "2026-11-22T09:10:24.318000Z");
  CHECK(first.received == *first.created);
  CHECK(outcome.batch.records()[1].message == "two\nlines\n\nand more");
}

TEST_CASE("a text log is read by the pattern that it was written with") {
  const LocalZone zone{"Europe/Zurich"};
  struct Case {
    std::string pattern, date_format, line, members;
  };
  const std::string no_time = "\"received\":\"1970-01-01T00:00:00.000000Z\",";
  const auto at = [](const std::string& time) { return "\"received\":\"" + time + "\",\"created\":\"" + time + "\","; };
  for (const auto& [pattern, date_format, line, members] : std::initializer_list<Case>{
           {"", "", "WARNING:root:disk: full",
            no_time + R"("level":30,"level_name":"WARNING","logger":"root","message":"disk: full")"},
           {"", "", "2026-11-22 10:10:24,318 - a.b - INFO - one - two",
            at("2026-11-22T09:10:24.318000Z") +
                R"("level":20,"level_name":"INFO","logger":"a.b","message":"one - two")"},
           {"", "", "2026-11-22T09:10:24Z AUDIT a: x",
            at("2026-11-22T09:10:24.000000Z") + R"("level":20,"level_name":"AUDIT","logger":"a","message":"x")"},
           {"[%(levelname)-8s] %(message)s (%(filename)s:%(lineno)d)", "", "[INFO    ] a (b) c (c.py:12)",
            no_time + R"("level":20,"level_name":"INFO","filename":"c.py","line":12,"message":"a (b) c")"},
           {"%(asctime)s.%(msecs)03d|%(process)d|%(thread)d|%(threadName)s|%(funcName)s|%(message)s",
            "%d/%m/%Y %H:%M:%S", "22/11/2026 10:10:24.007|12|99|T|f|x",
            at("2026-11-22T09:10:24.007000Z") +
                R"("level":20,"function":"f","process":12,"thread":99,"thread_name":"T","message":"x")"},
           {"%(asctime)s %(message)s", "%Y%m%dT%H%M%S.%f%z", "20261122T101024.5+0100 x",
            at("2026-11-22T09:10:24.500000Z") + R"("level":20,"message":"x")"},
           {"%(created)f %(SYSTEM_ID)s %(order)s %(message)s 100%%", "", "1795338624.25 shop 47 x 100%",
            at("2026-11-22T09:10:24.250000Z") + R"("level":20,"system":"shop","message":"x","attr":{"order":"47"})"},
           {"%(levelno)s %(message)s", "", "35 x", no_time + R"("level":35,"message":"x")"},
           {"%(levelname)s %(message)s", "", "Level 35 x",
            no_time + R"("level":35,"level_name":"Level 35","message":"x")"}}) {
    const std::string shown = pattern + ": " + line;
    CAPTURE(shown);
    auto outcome = read(line + '\n', {.format = Format::text, .pattern = pattern, .date_format = date_format});
    CHECK(outcome.unread.empty());
    REQUIRE(outcome.batch.size() == 1);
    outcome.batch.records()[0].origin = {};
    CHECK(line_of(outcome.batch) == "{\"id\":0," + members + "}\n");
  }
}

TEST_CASE("without a pattern, what a time stands in front of is a record, and nothing else where there are times") {
  const LocalZone zone{"UTC"};
  const auto outcome = read(
      "2026-11-22 09:10:24,318 INFO connecting to the shop: port 80\n"
      "2026-11-22 09:10:25,318 INFO shop.pay: done\n"
      "error:a:b\nINFO:root:of another program\n"
      "2026-11-22 09:10:26,318 - shop - ERROR - x\n",
      {.format = Format::text});
  REQUIRE(outcome.batch.size() == 3);
  CHECK(outcome.batch.records()[0].message == "connecting to the shop: port 80");
  CHECK_FALSE(present(outcome.batch.site(outcome.batch.records()[0]).name));
  CHECK(outcome.batch.site(outcome.batch.records()[1]).name == "shop.pay");
  CHECK(outcome.batch.records()[1].message == "done\nerror:a:b\nINFO:root:of another program");
  CHECK(outcome.batch.site(outcome.batch.records()[2]).name == "shop");
}

TEST_CASE("a pattern that is none is refused") {
  for (const auto& [pattern, date_format, reason] :
       std::initializer_list<std::tuple<std::string, std::string, std::string>>{
           {"%(levelname)s", "", "no %(message)s"},
           {"{message}", "", "no %(message)s"},
           {"%m %(message)s", "", "expected %(name)s at \"%m %(message)s\""},
           {"%(asctime)s %(message)s", "%H:%M:%S", "does not say the year"}}) {
    const std::string shown = pattern;
    CAPTURE(shown);
    try {
      const RecordReader reader{{.format = Format::text, .pattern = pattern, .date_format = date_format}};
      FAIL("it was taken");
    } catch (const Error& error) {
      CHECK(error.code() == Errc::bad_config);
      CHECK(std::string{error.what()}.find(reason) != std::string::npos);
    }
  }
}

TEST_CASE("lines that belong to no record, or to one that is too long, are told") {
  auto outcome = read("what is this\nINFO:root:a\n", {.format = Format::text});
  CHECK(outcome.unread ==
        std::vector<std::string>{
            "1: it does not fit the pattern, and there is no record before it that it could belong to"});
  CHECK(outcome.batch.size() == 1);
  std::string text = "INFO:root:a\n";
  for (int i = 0; i < 12; ++i) text += std::string(100'000, 'x') + '\n';
  outcome = read(text + "INFO:root:b\n", {.format = Format::text});
  CHECK(outcome.batch.size() == 2);
  CHECK(outcome.unread.size() == 2);
  CHECK(outcome.batch.records()[0].message.size() < RecordReader::max_record_bytes);
}

TEST_CASE("a file that has grown gives its records the same names, and another file others") {
  std::string log, objects;
  for (int i = 0; i < 50; ++i) {
    log += "INFO:root:same\n  more\n";
    objects += "{\"message\":\"same\"}\n";
  }
  for (const auto& [text, format] : {std::pair{log, Format::text}, {objects, Format::ndjson}}) {
    const auto all = names_of(read(text, {.format = format}).batch);
    REQUIRE(all.size() == 50);
    CHECK(std::set<std::string>{all.begin(), all.end()}.size() == 50);
    for (const std::size_t lines : {1u, 7u, 30u}) {
      std::size_t end = 0;
      for (std::size_t i = 0; i < lines; ++i) end = text.find('\n', end) + 1;
      const auto some = names_of(read(text.substr(0, end), {.format = format}).batch);
      CHECK(std::vector<std::string>{all.begin(), all.begin() + static_cast<std::ptrdiff_t>(some.size())} == some);
    }
    // From the first difference on they are other records, though their lines and places are the same.
    auto other = text;
    other[other.find("same", 100)] = 'S';
    const auto others = names_of(read(other, {.format = format}).batch);
    CHECK(others.front() == all.front());
    CHECK(others.back() != all.back());
    CHECK(others.back().substr(0, 32) == all.back().substr(0, 32));
  }
}

TEST_CASE("rows of ps.herald have the same name wherever they are read, and another row has another") {
  const auto name = [](RecordId id, std::string_view message, std::string_view legacy, std::string_view system) {
    RecordBatch batch;
    batch.append({.id = id, .message = message, .legacy = legacy}, {.system_id = system});
    exchange::name_rows(batch);
    CHECK(batch.records()[0].origin.size() == 32);
    CHECK(batch.records()[0].origin_id > 0);
    return names_of(batch).front();
  };
  std::set<std::string> names;
  for (const RecordId id : {1, 2, 5000})
    for (const std::string_view message : {"a", "b"})
      for (const std::string_view legacy : {"{\"created\":\"x\"}", "{\"created\":\"y\"}"})
        for (const std::string_view system : {std::string_view{}, std::string_view{""}, std::string_view{"shop"}})
          names.insert(name(id, message, legacy, system));
  CHECK(names.size() == 3 * 2 * 2 * 3);
  CHECK(name(1, "a", "{}", "shop") == name(1, "a", "{}", "shop"));
}

TEST_CASE("a store takes the records of a file once, however often it is read") {
  LogStore store{{":memory:"}};
  const auto append = [&](std::string_view text) {
    store.begin();
    const auto appended = store.append(read(text, {.format = Format::text}).batch);
    store.commit();
    return appended;
  };
  CHECK(append("INFO:root:a\nINFO:root:a\n").stored == 2);
  CHECK(append("INFO:root:a\nINFO:root:a\n").duplicate == 2);
  const auto grown = append("INFO:root:a\nINFO:root:a\nINFO:root:a\n");
  CHECK(grown.stored == 1);
  CHECK(grown.duplicate == 2);
  CHECK(store.count() == 3);
}

TEST_SUITE_END();
