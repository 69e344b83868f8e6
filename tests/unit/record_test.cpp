#include "psherald/record.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>
#include <time.h>

#include <array>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "record/hex.hpp"
#include "record/json.hpp"
#include "record/lines.hpp"
#include "record/utf8.hpp"
#include "support/allocations.hpp"
#include "support/capture.hpp"
#include "support/zone.hpp"

using namespace psherald;
using namespace std::string_literals;
using psherald::testing::Allocations;
using psherald::testing::LocalZone;
using std::chrono::microseconds;
using std::chrono::seconds;

namespace {

// As POSIX writes rules, so that no zone database is needed: summer time from the last Sunday of March, 2:00, to that
// of October, 3:00.
constexpr auto zurich = "CET-1CEST,M3.5.0,M10.5.0/3";

Timestamp at(std::int64_t seconds_since, std::int64_t micros = 0) {
  return Timestamp{seconds{seconds_since}} + microseconds{micros};
}

Record with_message(std::string_view message) {
  Record record;
  record.message = message;
  return record;
}

}  // namespace

TEST_SUITE_BEGIN("record");

// -- batches

TEST_CASE("a batch copies what it is given") {
  RecordBatch batch;
  {
    std::string message = "message", exc = "exc", stack = "stack", extra = "{}", system = "ch2eu", file = "a.py",
                thread = "Main";
    Record record = with_message(message);
    record.exc_text = exc;
    record.stack_info = stack;
    record.extra = extra;
    Source source;
    source.system_id = system;
    Site site;
    site.filename = file;
    Process process;
    process.thread_name = thread;
    batch.append(record, source, site, process);
    batch.append(DeadLetter{at(7), system, file, message});
    for (auto* text : {&message, &exc, &stack, &extra, &system, &file, &thread}) text->assign(text->size(), '?');
  }
  const auto& record = batch.records()[0];
  CHECK(record.message == "message");
  CHECK(record.exc_text == "exc");
  CHECK(record.stack_info == "stack");
  CHECK(record.extra == "{}");
  CHECK(batch.source(record).system_id == "ch2eu");
  CHECK(batch.site(record).filename == "a.py");
  CHECK(batch.process(record).thread_name == "Main");
  const auto& letter = batch.dead_letters()[0];
  CHECK(letter.at == at(7));
  CHECK(letter.reason == "ch2eu");
  CHECK(letter.peer == "a.py");
  CHECK(letter.bytes == "message");
}

TEST_CASE("a text that nobody gave is absent, an empty one is present") {
  CHECK_FALSE(present({}));
  CHECK(present(""));
  RecordBatch batch;
  batch.append(with_message(""), {.system_id = ""}, {.name = ""}, {.process_name = ""});
  const auto& record = batch.records()[0];
  CHECK(present(record.message));
  CHECK_FALSE(present(record.exc_text));
  CHECK(present(batch.source(record).system_id));
  CHECK_FALSE(present(batch.source(record).produkt_id));
  CHECK(present(batch.site(record).name));
  CHECK_FALSE(present(batch.site(record).module));
  CHECK(present(batch.process(record).process_name));
  CHECK_FALSE(present(batch.process(record).thread_name));
  CHECK(present(batch.keep("")));
  CHECK_FALSE(present(batch.keep({})));
}

TEST_CASE("what many records share is kept once, numbered in the order of its first use") {
  RecordBatch batch;
  for (const auto system : {"a", "b", "a", "c", "b", "a"}) batch.append({}, {.system_id = system});
  std::vector<std::uint32_t> numbers;
  for (const auto& record : batch.records()) numbers.push_back(record.source);
  CHECK(numbers == std::vector<std::uint32_t>{0, 1, 0, 2, 1, 0});
  CHECK(batch.sources().size() == 3);
  CHECK(batch.sources()[2].system_id == "c");
  CHECK(batch.sites().size() == 1);
  CHECK(batch.processes().size() == 1);
}

TEST_CASE("entries that differ in one field, or only in absent and empty, are two") {
  std::vector<Source> sources(8);
  const std::array source_fields{&Source::produkt_id,        &Source::system_id,   &Source::sub_system_id,
                                 &Source::sub_sub_system_id, &Source::user_spec_1, &Source::user_spec_2,
                                 &Source::api_version};
  for (std::size_t i = 0; i < source_fields.size(); ++i) sources[i].*source_fields[i] = "";
  std::vector<Site> sites(9);
  const std::array site_fields{&Site::name,     &Site::pathname,  &Site::filename,       &Site::module,
                               &Site::funcname, &Site::levelname, &Site::package_version};
  for (std::size_t i = 0; i < site_fields.size(); ++i) sites[i].*site_fields[i] = "";
  sites[7].lineno = 0;
  std::vector<Process> processes(5);
  processes[0].process = 0;
  processes[1].process_name = "";
  processes[2].thread = 0;
  processes[3].thread_name = "";

  RecordBatch batch;
  for (int round = 0; round < 2; ++round) {
    for (const auto& source : sources) batch.append({}, source);
    for (const auto& site : sites) batch.append({}, {}, site);
    for (const auto& process : processes) batch.append({}, {}, {}, process);
  }
  CHECK(batch.sources().size() == sources.size());
  CHECK(batch.sites().size() == sites.size());
  CHECK(batch.processes().size() == processes.size());
}

TEST_CASE("a dictionary finds each of ten thousand entries again, and its hash says which are equal") {
  RecordBatch batch, other;
  const auto name = [](int i) { return "system number " + std::to_string(i); };
  for (int i = 0; i < 10'000; ++i) batch.append({}, {.system_id = name(i)});
  for (int i = 9'999; i >= 0; --i) {
    const auto& record = batch.append({}, {.system_id = name(i)});
    REQUIRE(record.source == static_cast<std::uint32_t>(i));
  }
  CHECK(batch.sources().size() == 10'000);
  const auto& record = other.append({}, {.system_id = name(77)});
  CHECK(other.sources().hash(record.source) == batch.sources().hash(77));
}

TEST_CASE("names that differ in two words by the same bits are far from each other") {
  // A hash of products without a secret gives all of these the same number, whatever stands in front.
  RecordBatch batch;
  const std::string high = "\0\0\0\0\0\0\0\x80"s, low = "\x10\0\0\0\0\0\0\0"s, zero(8, '\0');
  for (int i = 0; i < 64; ++i) {
    std::string name;
    for (int bit = 0; bit < 6; ++bit) name += (i >> bit & 1) != 0 ? high + low : zero + zero;
    batch.append(Record{}, Source{.system_id = name});
  }
  REQUIRE(batch.sources().size() == 64);
  std::set<std::size_t> hashes;
  for (std::uint32_t number = 0; number < 64; ++number) hashes.insert(batch.sources().hash(number));
  CHECK(hashes.size() == 64);
}

TEST_CASE("a record may be made of texts of its own batch") {
  RecordBatch batch;
  batch.append(with_message("one"), {.system_id = "a"}, {.name = "b"}, {.thread_name = "c"});
  for (int i = 0; i < 1'000; ++i) {
    const Record last = batch.records().back();
    batch.append(last, batch.source(last), batch.site(last), batch.process(last));
  }
  CHECK(batch.records().back().message == "one");
  CHECK(batch.sources().size() == 1);
  CHECK(batch.source(batch.records().back()).system_id == "a");
}

TEST_CASE("views stay valid when the batch is moved, and what was moved from is empty and usable") {
  RecordBatch batch;
  for (int i = 0; i < 5; ++i) batch.append(with_message("message " + std::to_string(i)), {.system_id = "a"});
  batch.append(DeadLetter{{}, "reason", "peer", "bytes"});
  const std::string_view view = batch.records()[3].message;
  const auto held = batch.bytes();

  RecordBatch moved = std::move(batch);
  CHECK(view == "message 3");
  CHECK(moved.records()[3].message.data() == view.data());
  CHECK(moved.size() == 5);
  CHECK(moved.bytes() == held);

  // What a moved-from batch is, is what this is about. NOLINTBEGIN(bugprone-use-after-move)
  CHECK(batch.empty());
  CHECK(batch.size() == 0);
  CHECK(batch.bytes() == 0);
  batch.append(with_message("anew"), {.system_id = "b"});
  CHECK(batch.records()[0].message == "anew");
  CHECK(batch.records()[0].source == 0);
  // NOLINTEND(bugprone-use-after-move)

  batch = std::move(moved);
  CHECK(batch.records()[3].message.data() == view.data());
  CHECK(moved.bytes() == 0);  // NOLINT(bugprone-use-after-move)
}

TEST_CASE("a batch of nothing but dead letters is not empty") {
  RecordBatch batch;
  CHECK(batch.empty());
  batch.append(DeadLetter{});
  CHECK_FALSE(batch.empty());
  CHECK(batch.size() == 0);
}

TEST_CASE("bytes() follows the memory that a batch holds") {
  RecordBatch batch;
  CHECK(batch.bytes() == 0);
  const std::string text(1'000, 'x');
  const Allocations allocations;
  for (int i = 0; i < 20'000; ++i) batch.append(with_message(text), {.system_id = std::to_string(i % 100)});
  CHECK(batch.bytes() >= 20'000 * text.size());
  CHECK(batch.bytes() <= allocations.bytes());
  CHECK(batch.bytes() < 20'000 * (text.size() + 2 * sizeof(Record)) + 1'000'000);
}

TEST_CASE("nothing is allocated for a record of its own") {
  RecordBatch batch;
  const std::string text(90, 'x');
  const Allocations allocations;
  for (int i = 0; i < 10'000; ++i) batch.append(with_message(text), {.system_id = "a"}, {.name = "b"});
  CHECK(allocations.count() < 100);  // chunks for texts, and the growth of the table of records
}

TEST_CASE("a batch of many chunks keeps every text, huge ones among them") {
  RecordBatch batch;
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < 200; ++i) texts.emplace_back(i % 50 == 0 ? 1'000'000 : 100'000, static_cast<char>(i + 1));
  const Allocations allocations;
  for (const auto& text : texts) batch.append(with_message(text));
  CHECK(allocations.count() < 250);
  for (std::size_t i = 0; i < texts.size(); ++i) REQUIRE(batch.records()[i].message == texts[i]);
}

TEST_CASE("flags join and part") {
  const Flag both = Flag::own | Flag::gap;
  CHECK(has(both, Flag::own));
  CHECK(has(both, Flag::gap));
  CHECK_FALSE(has(Flag::own, Flag::gap));
  CHECK_FALSE(has(Flag::none, Flag::own));
}

// -- levels

TEST_CASE("levels are named as Python names them") {
  struct Case {
    int level;
    std::string name;
  };
  const Case cases[] = {{0, "NOTSET"},    {10, "DEBUG"},    {20, "INFO"},   {30, "WARNING"},  {40, "ERROR"},
                        {50, "CRITICAL"}, {25, "Level 25"}, {1, "Level 1"}, {-5, "Level -5"}, {70, "Level 70"}};
  for (const auto& [level, name] : cases) {
    CAPTURE_BINDING(level);
    CHECK(level_name(Level{level}) == name);
    CHECK(parse_level(name) == Level{level});
  }
}

TEST_CASE("levels are read in any case, by name or number") {
  struct Case {
    std::string text;
    std::optional<int> level;
  };
  const Case cases[] = {{"info", 20},  {"Warn", 30},       {"WARNING", 30},
                        {"fatal", 50}, {"level 25", 25},   {"LEVEL 7", 7},
                        {"25", 25},    {"-1", -1},         {"2147483647", std::numeric_limits<int>::max()},
                        {"", {}},      {"Level", {}},      {"Level ", {}},
                        {"level", {}}, {"infos", {}},      {"inf", {}},
                        {" info", {}}, {"20 ", {}},        {"2.0", {}},
                        {"0x14", {}},  {"2147483648", {}}, {"99999999999999999999", {}}};
  for (const auto& [text, level] : cases) {
    CAPTURE_BINDING(text);
    const auto parsed = parse_level(text);
    CHECK(parsed.has_value() == level.has_value());
    if (parsed && level) CHECK(static_cast<int>(*parsed) == *level);
  }
}

// -- times

TEST_CASE("times are written in UTC, of any year") {
  struct Case {
    std::int64_t seconds, microseconds;
    std::string text;
  };
  const Case cases[] = {
      {0, 0, "1970-01-01T00:00:00.000000Z"},
      {0, -1, "1969-12-31T23:59:59.999999Z"},
      {-1, 0, "1969-12-31T23:59:59.000000Z"},
      {1'795'338'393, 901'069, "2026-11-22T09:06:33.901069Z"},
      {951'782'400, 1, "2000-02-29T00:00:00.000001Z"},
      {-2'203'891'200, 0, "1900-03-01T00:00:00.000000Z"},
      {4'107'542'400, 0, "2100-03-01T00:00:00.000000Z"},
      {9'223'372'037, 0, "2262-04-11T23:47:17.000000Z"},  // nanoseconds would have ended a second before
      {32'503'680'000, 0, "3000-01-01T00:00:00.000000Z"},
      {253'402'300'799, 999'999, "9999-12-31T23:59:59.999999Z"},
      {253'402'300'800, 0, "10000-01-01T00:00:00.000000Z"},
      {-62'135'596'800, 0, "0001-01-01T00:00:00.000000Z"},
  };
  for (const auto& [since, micros, text] : cases) {
    CAPTURE_BINDING(text);
    CHECK(format_utc(at(since, micros)) == text);
  }
  CHECK(format_utc(Timestamp::max()) == "294247-01-10T04:00:54.775807Z");
  CHECK(format_utc(Timestamp::min()).ends_with("-12-21T19:59:05.224192Z"));
}

TEST_CASE("local time follows the zone of the process, with summer time") {
  struct Case {
    std::int64_t seconds;
    std::string text;
  };
  const LocalZone zone{zurich};
  const Case cases[] = {
      {1'795'338'393, "2026-11-22 10:06:33.000007"},
      {1'782'000'000, "2026-06-21 02:00:00.000007"},
      {1'774'745'999, "2026-03-29 01:59:59.000007"},
      {1'774'746'000, "2026-03-29 03:00:00.000007"},
      {1'792'889'999, "2026-10-25 02:59:59.000007"},
      {1'792'890'000, "2026-10-25 02:00:00.000007"},
      {-1, "1970-01-01 00:59:59.000007"},
      {253'402'297'199, "9999-12-31 23:59:59.000007"},
  };
  for (const auto& [since, text] : cases) {
    CAPTURE_BINDING(text);
    CHECK(format_local(at(since, 7)) == text);
  }
}

TEST_CASE("what was written in local time reads back as the same time") {
  const LocalZone zone{zurich};
  for (const std::int64_t since : {0L, -1L, 1'795'338'393L, 1'774'745'999L, 1'774'746'000L, 1'792'882'800L,
                                   1'792'893'600L, -2'000'000'000L, 951'782'400L, 32'503'680'000L, 253'402'297'199L}) {
    const auto text = format_local(at(since, 123'456));
    CAPTURE(text);
    CHECK(parse_local(text) == at(since, 123'456));
  }
  // An hour comes twice in autumn: either is right.
  const auto twice = parse_local("2026-10-25 02:30:00");
  CHECK((twice == at(1'792'888'200) || twice == at(1'792'891'800)));
  // And one does not come in spring: it is read as one beside it.
  const auto never = parse_local("2026-03-29 02:30:00");
  CHECK((never == at(1'774'744'200) || never == at(1'774'747'800)));
}

TEST_CASE("any longer beginning of a local time is read, and nothing else") {
  const LocalZone zone{"UTC0"};
  struct Case {
    std::string text;
    std::optional<Timestamp> time;
  };
  const Case cases[] = {
      {"2026", at(1'767'225'600)},
      {"2026-11", at(1'793'491'200)},
      {"2026-11-22", at(1'795'305'600)},
      {"2026-11-22 09", at(1'795'338'000)},
      {"2026-11-22T09", at(1'795'338'000)},
      {"2026-11-22 09:10", at(1'795'338'600)},
      {"2026-11-22 09:10:24", at(1'795'338'624)},
      {"2026-11-22 09:10:24.3", at(1'795'338'624, 300'000)},
      {"2026-11-22T09:10:24.318567", at(1'795'338'624, 318'567)},
      {"2026-11-22 09:10:24.000001", at(1'795'338'624, 1)},
      {"2024-02-29", at(1'709'164'800)},
      {"1969-12-31 23:59:59", at(-1)},
      {"2016-12-31 23:59:60", at(1'483'228'800)},  // a leap second is the second after it
      {"0001-01-01", at(-62'135'596'800)},
      {"9999-12-31", at(253'402'214'400)},
      {"", {}},
      {"202", {}},
      {"0000", {}},
      {"20261", {}},
      {"2026-", {}},
      {"2026-1", {}},
      {"2026-13", {}},
      {"2026-00", {}},
      {"2026-02-29", {}},
      {"2026-04-31", {}},
      {"2026-11-00", {}},
      {"2026-11-32", {}},
      {"2026-11-22 ", {}},
      {"2026-11-22 24", {}},
      {"2026-11-22 9:10", {}},
      {"2026-11-22 09:60", {}},
      {"2026-11-22 09:10:61", {}},
      {"2026-11-22 09:10:24.", {}},
      {"2026-11-22 09:10:24.3185671", {}},
      {"2026-11-22 09:10:24.-1", {}},
      {"2026-11-22 09:10:24Z", {}},
      {"2026-11-22-09", {}},
      {"2026 11 22", {}},
      {"-026-11-22", {}},
      {"2026-+1-22", {}},
      {"yesterday", {}},
  };
  for (const auto& [text, time] : cases) {
    CAPTURE_BINDING(text);
    CHECK(parse_local(text) == time);
  }
}

TEST_CASE("a day that begins at one in the morning is a day") {
  const LocalZone zone{"<-03>3<-02>,M11.1.0/0,M2.3.0/0"};  // Brazil until 2018: midnight of that day does not exist
  const auto day = parse_local("2018-11-04");
  CHECK((day == at(1'541'300'400) || day == at(1'541'296'800)));
}

// -- UTF-8

TEST_CASE("UTF-8 is told from what is none") {
  struct Case {
    std::string text;
    bool valid;
    std::string repaired;  // with ? for U+FFFD
  };
  const Case cases[] = {
      {"", true, ""},
      {"plain", true, "plain"},
      {"Zürich", true, "Zürich"},
      {"\0"s, true, "\0"s},
      {"\x7f", true, "\x7f"},
      {"\u0080\u07ff\u0800\uffff", true, "\u0080\u07ff\u0800\uffff"},
      {"\U00010000\U0010ffff", true, "\U00010000\U0010ffff"},
      {"\xed\x9f\xbf\xee\x80\x80", true, "\xed\x9f\xbf\xee\x80\x80"},  // around the surrogates
      {"\x80", false, "?"},
      {"a\xff z", false, "a? z"},
      {"\xc0\x80", false, "??"},                  // overlong NUL
      {"\xc1\xbf", false, "??"},                  // overlong DEL
      {"\xe0\x80\xaf", false, "???"},             // overlong slash
      {"\xf0\x80\x80\xaf", false, "????"},        // the same in four bytes
      {"\xf4\x90\x80\x80", false, "????"},        // U+110000
      {"\xf8\x88\x80\x80\x80", false, "?????"},   // five bytes
      {"\xed\xb2\x80", false, "?"},               // U+DC80, as Python writes it with surrogatepass
      {"\xed\xa0\x80", false, "?"},               // U+D800
      {"\xed\xa0\xbd\xed\xb8\x80", false, "??"},  // a pair of them is no character
      {"\xed\xa0", false, "??"},                  // cut off within one
      {"\xc3", false, "?"},                       // cut off
      {"\xe2\x82", false, "?"},
      {"\xf0\x9f\x9a", false, "?"},
      {"\xf0\x9f\x9a"
       "A",
       false, "?A"},
      {"\xe2\x82\xe2\x82\xac", false, "?€"},
      {"eight..\xff"
       "eight..\xff",
       false, "eight..?eight..?"},
      {"exactly eight, twice: \xe2\x82\xac", true, "exactly eight, twice: €"},
      {"15 characters.\xe2\x82", false, "15 characters.?"},
  };
  for (const auto& [text, valid, repaired] : cases) {
    CAPTURE_BINDING(repaired);
    CHECK(is_utf8(text) == valid);
    std::string expected, out = "before ";
    for (const char c : repaired) c == '?' ? expected += "\xef\xbf\xbd" : expected += c;
    append_utf8(out, text);
    CHECK(out == "before " + expected);
    CHECK(is_utf8(out));
  }
}

TEST_CASE("every sequence of up to three bytes is repaired to UTF-8, and left alone when it is") {
  std::size_t wrong = 0;
  for (unsigned number = 0; number < 0x1000000; number += number < 0x10000 ? 1 : 37) {
    std::string text;
    for (unsigned rest = number; rest != 0; rest >>= 8) text += static_cast<char>(rest & 0xFF);
    std::string repaired;
    append_utf8(repaired, text);
    if (!is_utf8(repaired) || (repaired == text) != is_utf8(text)) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("a code point is written as UTF-8, and what is none as U+FFFD") {
  struct Case {
    char32_t code_point;
    std::string text;
  };
  const Case cases[] = {{'A', "A"},           {0x7F, "\x7f"},        {0x80, "\u0080"},        {0x7FF, "\u07ff"},
                        {0x800, "\u0800"},    {0xD7FF, "\ud7ff"},    {0xD800, "\ufffd"},      {0xDFFF, "\ufffd"},
                        {0xE000, "\ue000"},   {0xFFFF, "\uffff"},    {0x10000, "\U00010000"}, {0x10FFFF, "\U0010ffff"},
                        {0x110000, "\ufffd"}, {0xFFFFFFFF, "\ufffd"}};
  for (const auto& [code_point, text] : cases) {
    std::string out;
    append_code_point(out, code_point);
    CHECK(out == text);
  }
}

TEST_CASE("a text is cut between code points") {
  const std::string text = "a\u00e9\u20ac\U0001F680z";  // 1 + 2 + 3 + 4 + 1 bytes
  const std::size_t expected[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};
  for (std::size_t bytes = 0; bytes < std::size(expected); ++bytes) {
    CAPTURE(bytes);
    CHECK(cut_utf8(text, bytes) == text.substr(0, expected[bytes]));
  }
}

// -- JSON

TEST_CASE("a text becomes a JSON string with every escape that it needs, and no other") {
  std::string out;
  append_json_string(out, "a\"b\\c/\b\f\n\r\t\x01\x1f\x7f\0é€\U0001F680"s);
  CHECK(out == "\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\\u0000é€\U0001F680\"");
  out.clear();
  append_json_string(out, "");
  CHECK(out == "\"\"");
}

TEST_CASE("a double becomes JSON that stays a float and reads back as the same") {
  struct Case {
    double number;
    std::string text;
  };
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const Case cases[] = {{0, "0.0"},
                        {-0.0, "-0.0"},
                        {1, "1.0"},
                        {-2.5, "-2.5"},
                        {0.1, "0.1"},
                        {1e100, "1e+100"},
                        {5e-324, "5e-324"},
                        {1795338393.9010692, "1795338393.9010692"},
                        {std::numeric_limits<double>::max(), "1.7976931348623157e+308"},
                        {infinity, "\"inf\""},
                        {-infinity, "\"-inf\""},
                        {std::numeric_limits<double>::quiet_NaN(), "\"nan\""}};
  for (const auto& [number, text] : cases) {
    std::string out;
    append_json_double(out, number);
    CHECK(out == text);
  }
}

TEST_CASE("a number is kept as a fraction exactly, or not at all") {
  struct Case {
    double number;
    std::string text;
  };
  const Case cases[] = {{0, "[0,0]"},
                        {310, "[310,0]"},
                        {-2.5, "[-5,1]"},
                        {0.1, "[3602879701896397,55]"},
                        {6057321.5603021365, "[3251999750356671,29]"},
                        {0x1p-62, "[1,62]"},
                        {0x1p53 - 1, "[9007199254740991,0]"},
                        {0x1p-63, ""},
                        {0x1p53, ""},
                        {-0x1p53, ""},
                        {-0.0, ""},
                        {5e-324, ""},
                        {std::numeric_limits<double>::infinity(), ""},
                        {std::numeric_limits<double>::quiet_NaN(), ""}};
  for (const auto& [number, text] : cases) {
    std::string out;
    CHECK(append_json_fraction(out, number) == !text.empty());
    CHECK(out == text);
    if (!text.empty()) CHECK(parse_json_fraction(out) == number);
  }
  for (const auto* other : {"", "[", "[1", "[1,", "[1,2", "[1,2]3", "[1 ,2]", "1", "{}", "[x,1]", "[1,x]"})
    CHECK(!parse_json_fraction(other));
}

TEST_CASE("texts are taken apart by lines and by characters") {
  std::string_view text = "one\n\ntwo";
  CHECK(take_line(text) == "one");
  CHECK(take_line(text) == "");
  CHECK(take_line(text) == "two");
  CHECK(text.empty());
  CHECK(take_line(text) == "");

  CHECK(first_characters("\u00e4\u20acz", 2) == "\u00e4\u20ac");
  CHECK(first_characters("ab", 2) == "ab");
  CHECK(first_characters("ab", 0) == "");
  CHECK(first_characters("", 3) == "");
}

TEST_CASE("a fingerprint is written as 16 digits") {
  CHECK(to_hex(std::uint64_t{0}) == "0000000000000000");
  CHECK(to_hex(std::uint64_t{0xfedcba9876543210}) == "fedcba9876543210");
}

TEST_SUITE_END();
