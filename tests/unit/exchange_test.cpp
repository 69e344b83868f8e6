#include "psherald/exchange.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

#include "exchange/cells.hpp"
#include "exchange/json_scanner.hpp"
#include "exchange/utc.hpp"
#include "support/json.hpp"

TEST_SUITE_BEGIN("exchange");

using namespace psherald;
using psherald::testing::parse_json;

namespace {

constexpr std::string_view some_run = "00112233445566778899aabbccddeeff";

Timestamp at(std::int64_t microseconds) { return Timestamp{std::chrono::microseconds{microseconds}}; }

std::string ndjson_of(const RecordBatch& batch) {
  std::string out;
  append_ndjson(out, batch);
  return out;
}

// A record that has everything.
void append_full(RecordBatch& batch, std::string_view message = "order 4711") {
  batch.append({.id = 12,
                .received = at(1'795'338'624'318'567),
                .created = at(-1),
                .relative = std::chrono::microseconds{108'295},
                .level = Level{25},
                .flags = Flag::own | Flag::gap,
                .message = message,
                .exc_text = "Traceback",
                .stack_info = "",
                .extra = R"({"b":123456789012345678901234567890,"a":[1.50,"x"]})",
                .legacy = R"({"args":"[1]"})",
                .origin = some_run,
                .origin_id = 7},
               {"shop", "ch2eu", "node2", "worker", "u1", "", "7"},
               {"ps.golden", "shop/emit.py", "emit.py", "emit", "send", "NOTICE", "2.0", 25},
               {18675, "MainProcess", 139665143253888, "MainThread"});
}

}  // namespace

TEST_CASE("NDJSON has a member for each thing that a record has, and none for what is absent") {
  RecordBatch batch;
  append_full(batch);
  batch.append({.id = 13, .received = at(0), .message = "", .origin = some_run, .origin_id = 13});
  CHECK(ndjson_of(batch) ==
        "{\"id\":12,\"received\":\"2026-11-22T09:10:24.318567Z\",\"created\":\"1969-12-31T23:59:59.999999Z\",\"level\":"
        "25,"
        R"("product":"shop","system":"ch2eu","subsystem":"node2","subsubsystem":"worker","user1":"u1","user2":"",)"
        R"("api_version":"7","level_name":"NOTICE","version":"2.0","logger":"ps.golden","module":"emit",)"
        R"("function":"send","file":"shop/emit.py","filename":"emit.py","line":25,"process":18675,)"
        R"("process_name":"MainProcess","thread":139665143253888,"thread_name":"MainThread","message":"order 4711",)"
        R"("exception":"Traceback","stack":"","relative_us":108295,"flags":3,)"
        R"("origin":"00112233445566778899aabbccddeeff","origin_id":7,)"
        R"("attr":{"b":123456789012345678901234567890,"a":[1.50,"x"]},"legacy":{"args":"[1]"}})"
        "\n"
        "{\"id\":13,\"received\":\"1970-01-01T00:00:00.000000Z\",\"level\":20,\"message\":\"\","
        R"("origin":"00112233445566778899aabbccddeeff","origin_id":13})"
        "\n");
}

TEST_CASE("whatever a text has in it, its line is JSON that says the same and gives a terminal no order") {
  for (const std::string& text : std::initializer_list<std::string>{"a\nb\r\t\"\\", "\x1b[31m\x07\x7f",
                                                                    "\xC2\x9b"
                                                                    "2J \xC2\xa0 \xC3\xA9",
                                                                    "\xE2\x82\xAC"}) {
    CAPTURE(text);
    RecordBatch batch;
    append_full(batch, text);
    const auto line = ndjson_of(batch);
    CHECK(parse_json(line)["message"].text == text);
    CHECK(line.find('\n') == line.size() - 1);
    for (std::size_t i = 0; i + 1 < line.size(); ++i) {
      const auto c = static_cast<unsigned char>(line[i]), next = static_cast<unsigned char>(line[i + 1]);
      CHECK_FALSE((c < 0x20 || c == 0x7f || (c == 0xC2 && next < 0xA0)));
    }
  }
}

TEST_CASE("attributes that another program stored wrongly do not break a line") {
  for (const auto& [extra, written] :
       std::initializer_list<std::pair<std::string_view, std::string_view>>{{"{\"a\":\n 1}", R"("attr":{"a": 1})"},
                                                                            {"{\"a\":", R"("attr":"{\"a\":")"},
                                                                            {"[1]", R"("attr":"[1]")"},
                                                                            {"{} {}", R"("attr":"{} {}")"},
                                                                            {"\xff", "\"attr\":\"\xEF\xBF\xBD\""},
                                                                            {"", R"("attr":"")"}}) {
    const auto& shown = extra;
    CAPTURE(shown);
    RecordBatch batch;
    batch.append({.extra = extra});
    const auto line = ndjson_of(batch);
    CHECK(line.find(written) != line.npos);
    CHECK_NOTHROW(parse_json(line));
  }
}

TEST_CASE("a time is written as format_utc writes it, whatever it is") {
  for (const std::int64_t time :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1'795'338'624'318'567}, std::int64_t{951'782'400'000'000},
        std::int64_t{-62'135'596'800'000'000}, std::int64_t{-62'135'596'800'000'001},
        std::int64_t{253'402'300'799'999'999}, std::int64_t{253'402'300'800'000'000},
        std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()}) {
    std::string text;
    exchange::append_utc(text, at(time));
    CHECK(text == format_utc(at(time)));
  }
}

TEST_CASE("a text in CSV is shown by a spreadsheet, not computed") {
  for (const auto& [text, cell] :
       std::initializer_list<std::pair<std::string_view, std::string_view>>{{"plain", "plain"},
                                                                            {"", ""},
                                                                            {"=1+1", "'=1+1"},
                                                                            {"+41 44", "'+41 44"},
                                                                            {"-x", "'-x"},
                                                                            {"@SUM(A1)", "'@SUM(A1)"},
                                                                            {"\t=1", "'\t=1"},
                                                                            {"\r=1", "'\xEF\xBF\xBD=1"},
                                                                            {"\r\n=1", "\"'\n=1\""},
                                                                            {"a=1", "a=1"},
                                                                            {"a,b", "\"a,b\""},
                                                                            {"say \"no\"", "\"say \"\"no\"\"\""},
                                                                            {"one\r\ntwo\n", "\"one\ntwo\n\""},
                                                                            {"\x1b[31m", "\xEF\xBF\xBD[31m"}}) {
    const auto& shown = text;
    CAPTURE(shown);
    std::string out;
    exchange::append_csv_text(out, text);
    CHECK(out == cell);
  }
}

TEST_CASE("CSV has a cell for each name, and numbers as they are") {
  RecordBatch batch;
  batch.append({.id = 3, .received = at(0), .level = Level{-5}, .message = "x"}, {}, {.lineno = -6}, {.thread = 9});
  std::string out;
  append_csv_names(out);
  append_csv(out, batch);
  CHECK(out.substr(out.find('\n') + 1) == "3,1970-01-01T00:00:00.000000Z,,-5,,,,,,,,,,,,,-6,,,9,,x,,,,\r\n");
  CHECK(std::count(out.begin(), out.end(), ',') == 2 * 25);
}

TEST_CASE("the JSON scanner takes what is JSON and nothing else") {
  const auto deep = [](int levels) {
    return "{\"a\":" + std::string(static_cast<std::size_t>(levels), '[') +
           std::string(static_cast<std::size_t>(levels), ']') + "}";
  };
  for (const std::string& text : std::initializer_list<std::string>{
           "{}", " { } ", "{\"a\":1}", "{\"a\":-0.5e+10,\"b\":[],\"c\":{}}", "{\"a\":[1,\"\\u00e9\",null,true,false]}",
           "{\"\":\"\"}", "{\"a\":123456789012345678901234567890}", "{\"a\":1e999}"})
    CHECK_MESSAGE(exchange::is_json_object(text), text);
  CHECK(exchange::is_json_object(deep(190)));
  for (const std::string& text : std::initializer_list<std::string>{"",
                                                                    "1",
                                                                    "[]",
                                                                    "{",
                                                                    "{\"a\"}",
                                                                    "{\"a\":}",
                                                                    "{\"a\":1,}",
                                                                    "{a:1}",
                                                                    "{\"a\":01}",
                                                                    "{\"a\":1.}",
                                                                    "{\"a\":.5}",
                                                                    "{\"a\":+1}",
                                                                    "{\"a\":1e}",
                                                                    "{\"a\":tru}",
                                                                    "{\"a\":\"\n\"}",
                                                                    "{\"a\":\"\\x\"}",
                                                                    "{\"a\":\"\\u12g4\"}",
                                                                    "{\"a\":\"}",
                                                                    "{\"a\":[1,]}",
                                                                    "{} x",
                                                                    "{\"a\":'b'}",
                                                                    "{\"a\":NaN}"})
    CHECK_FALSE_MESSAGE(exchange::is_json_object(text), text);
  CHECK_FALSE(exchange::is_json_object(deep(100'000)));
}

TEST_CASE("strings of JSON become the texts that they mean") {
  for (const auto& [raw, text] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {R"("plain")", "plain"},
           {R"("\"\\\/\b\f\n\r\t")", "\"\\/\b\f\n\r\t"},
           {R"("\u00e9\u20ac")", "\xC3\xA9\xE2\x82\xAC"},
           {R"("\ud83d\ude00")", "\xF0\x9F\x98\x80"},
           {R"("\ud83dx")", "\xEF\xBF\xBDx"},
           {R"("\ud83d\n")", "\xEF\xBF\xBD\n"},
           {R"("\ude00")", "\xEF\xBF\xBD"}}) {
    const auto& shown = raw;
    CAPTURE(shown);
    CHECK(exchange::unquoted(raw) == text);
  }
}

TEST_SUITE_END();
