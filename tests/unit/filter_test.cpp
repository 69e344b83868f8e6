#include "psherald/filter.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <random>

#include "psherald/query.hpp"
#include "query/casefold.hpp"
#include "query/plan.hpp"
#include "query/segment_judge.hpp"
#include "query/times.hpp"
#include "support/place.hpp"

using namespace psherald;
using psherald::testing::Place;

TEST_SUITE_BEGIN("query");

namespace {

using Ids = std::vector<RecordId>;
using std::chrono::microseconds;

const TimeBase noon{Timestamp{std::chrono::seconds{1'795'348'800}}, Zone::utc()};  // 2026-11-22T12:00:00Z

// Some rows of every kind, the same each time.
RecordBatch random_rows(std::mt19937& random, int count) {
  const auto one_of = [&](std::initializer_list<std::string_view> texts) {
    return *(texts.begin() + static_cast<std::ptrdiff_t>(random() % texts.size()));
  };
  const auto name = [&] { return one_of({{}, "", "a", "A", "ab", "x/ab", "None", "Größe", "GRÖẞE", "a*b", "5"}); };
  const auto text = [&] {
    return one_of({{},
                   "",
                   "a b",
                   "Ab",
                   "ERROR: b",
                   "a\nb",
                   "a\\b",
                   "größe",
                   "aſK",
                   "x5",
                   std::string_view{"n\0b", 3},
                   "a.b?c*d",
                   "None"});
  };
  RecordBatch batch;
  for (int i = 0; i < count; ++i) {
    Record record;
    record.id = i + 1;
    record.received = noon.now - std::chrono::hours{random() % 72} - microseconds{random() % 3};
    if (random() % 3 != 0)
      record.created = record.received - std::chrono::minutes{static_cast<int>(random() % 200) - 50};
    record.level = static_cast<Level>(static_cast<int>(random() % 9) * 10 - 10);
    record.message = text(), record.exc_text = text(), record.stack_info = text();
    record.extra = one_of({{},
                           "{}",
                           "not json",
                           R"({"a":5})",
                           R"({"a":"5","b":{"c":[1,{"d":"x"},null]}})",
                           R"({"a":[5.0,"ab",true]})",
                           R"({"a":"90m","a_ms":1500,"b.c":null})",
                           R"({"a":"2026-11-22","b":"10kB"})",
                           R"({"A":18446744073709551616})"});
    Site site{name(), name(), name(), name(), name(), name(), name(), {}};
    if (random() % 2) site.lineno = static_cast<std::int64_t>(random() % 7);
    Process process{{}, name(), {}, name()};
    if (random() % 2) process.process = static_cast<std::int64_t>(random() % 7);
    batch.append(record, {name(), name(), name(), {}, {}, name(), {}}, site, process);
  }
  return batch;
}

// The text of a filter, right more often than not.
std::string random_filter(std::mt19937& random, int depth) {
  const auto one_of = [&](std::initializer_list<const char*> texts) {
    return std::string{*(texts.begin() + static_cast<std::ptrdiff_t>(random() % texts.size()))};
  };
  const auto value = [&] {
    return one_of({"a", "A", "ab", "\"\"", "\"a b\"", "a*", "?b", "*b*", "/a./", "/B/i", "/^a|5$/m", "None", "größe",
                   "5", "a\\*b", "x/ab", "(a or b*, /x/)", "\"*\""});
  };
  const auto number = [&] {
    return one_of({"5", "-1", "0..3", "3..", "..4", "(1 or 5..6)", "9223372036854775807", "-9223372036854775808"});
  };
  switch (random() % (depth > 0 ? 13 : 10)) {
    case 0:
      return one_of(
          {"a", "b", "\"a b\"", "error", "größe", "ask", "a*b", "?5", "/a.b/s", "/^b/m", "*", "text:(a or 5)"});
    case 1: return one_of({"message", "exception", "stack"}) + one_of({":", "=", "!="}) + value();
    case 2:
      return one_of({"product", "system", "subsystem", "user2", "logger", "module", "function", "level_name", "version",
                     "file", "process_name", "thread_name"}) +
             one_of({":", ":", "=", "!="}) + value();
    case 3:
      return one_of({"exists:", "has:"}) + one_of({"message", "exception", "stack", "system", "file", "line", "process",
                                                   "created", "level", "origin", "attr.a", "attr.b.c", "attr.b"});
    case 4: return one_of({"level", "line", "id", "process", "thread"}) + one_of({":", "=", "!="}) + number();
    case 5:
      return one_of({"level", "line", "id", "pid"}) + one_of({"<", "<=", ">", ">=", ":>="}) +
             one_of({"0", "3", "5", "40", "9223372036854775807", "-9223372036854775808"});
    case 6:
      return one_of({"received", "created"}) + one_of({":", "<", "<=", ">", ">=", "!="}) +
             one_of({"today", "yesterday", "now", "2026-11-21", "2026-11-21T10", "30h", "10:30", "@1795343459"});
    case 7:
      return one_of({"since:", "until:", "received:"}) +
             one_of({"1d", "today", "yesterday", "2026-11-21T12:00+01:00", "@1795343459.5"});
    case 8:
      return one_of({"attr.a", "attr.b.c", "attr.b.c.d", "attr.a_ms", "a.b"}) + one_of({":", "=", "!="}) +
             one_of({"5", "ab", "x", "true", "a*", "/./", "90m", "1..6", "\"5\"", "10000", "2026-11-22"});
    case 9:
      return one_of({"attr.a", "attr.b", "attr.a_ms", "attr.b.c"}) + one_of({"<", "<=", ">", ">="}) +
             one_of({"5", "1s", "1h", "9kB", "2026-11-22", "1.5e3"});
    case 10: return one_of({"-", "not ", "!"}) + '(' + random_filter(random, depth - 1) + ')';
    case 11: return '(' + random_filter(random, depth - 1) + ' ' + random_filter(random, depth - 1) + ')';
    default: return '(' + random_filter(random, depth - 1) + " or " + random_filter(random, depth - 1) + ')';
  }
}

Ids matching(const RecordBatch& batch, const Filter& filter, const TimeBase& base = noon) {
  const Matcher matches{filter, base};
  Ids ids;
  for (const auto& record : batch.records())
    if (matches(batch, record)) ids.push_back(record.id);
  return ids;
}
Ids found(const LogStore& store, const Filter& filter, const TimeBase& base = noon) {
  const auto page = find(store, {.filter = filter, .order = Order::oldest_first, .limit = 100'000, .time_base = base});
  Ids ids;
  for (const auto& record : page.batch.records()) ids.push_back(record.id);
  return ids;
}
void store_all(LogStore& store, const RecordBatch& batch) {
  store.begin();
  REQUIRE(store.append(batch).stored == batch.size());
  store.commit();
}
// With the origins that the store gave, as a cursor over the log would have them.
RecordBatch read_all(const LogStore& store) {
  return find(store, {.order = Order::oldest_first, .limit = 100'000}).batch;
}

Filter negated(const Filter& filter) {
  ast::Not negation;
  negation.of.push_back(filter.root);
  return {{std::move(negation)}, {}};
}

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

Timestamp utc(int year, unsigned month, unsigned day, int hour = 0, int minute = 0) {
  return std::chrono::sys_days{std::chrono::year{year} / std::chrono::month{month} / std::chrono::day{day}} +
         std::chrono::hours{hour} + std::chrono::minutes{minute};
}

}  // namespace

TEST_CASE("store and memory judge alike, a filter and its negation split the records, canonical text means the same") {
  std::mt19937 random{20261122};
  LogStore store{{":memory:"}};
  store_all(store, random_rows(random, 120));
  const auto rows = read_all(store);
  int judged = 0;
  for (int i = 0; i < 2'500; ++i) {
    const auto text = random_filter(random, 3);
    CAPTURE(text);
    const auto filter = parse_filter(text);
    if (!filter) continue;
    ++judged;
    const auto ids = matching(rows, *filter);
    CHECK(found(store, *filter) == ids);
    CHECK(ids.size() + matching(rows, negated(*filter)).size() == rows.size());
    const auto canonical = print(*filter);
    CAPTURE(canonical);
    const auto again = parse_filter(canonical);
    REQUIRE(again.has_value());
    CHECK(*again == *filter);
    CHECK(print(*again) == canonical);
  }
  CHECK(judged > 2'000);
}

TEST_CASE("a summary rules out no block with a match, claims none with another record, and counts rightly") {
  std::mt19937 random{7};
  const Place place;
  constexpr RecordId distance = 25;  // two or three rows in a block, and 163 in a segment
  {
    LogStore store{{place.file()}};
    store_all(store, random_rows(random, 500));
    sqlite::execute(
        store.native_handle(),
        ("UPDATE entry SET id = -id * " + std::to_string(distance) + "; UPDATE entry SET id = -id").c_str());
  }
  LogStore store{{place.file()}};
  store.rebuild();
  auto* db = store.native_handle();
  const auto summaries = store::SegmentReader{db}.read(0, 100);
  REQUIRE(summaries.size() == 3);
  const auto rows = read_all(store);
  int ruled_out = 0, claimed = 0, counted = 0;
  for (int i = 0; i < 1'500; ++i) {
    const auto text = random_filter(random, 3);
    CAPTURE(text);
    const auto filter = parse_filter(text);
    if (!filter) continue;
    Plan plan{db, *filter, noon};
    query::SegmentJudge judge{db, plan.judge(), plan.dictionaries()};
    const Matcher matches{*filter, noon};
    const auto ids = plan.ids();
    for (const auto& summary : summaries) {
      const auto masks = judge.enter(summary);
      std::int64_t records = 0;
      bool missed = false, wrong = false;
      for (const auto& record : rows.records()) {
        if (store::segment_of(record.id) != summary.segment) continue;
        const auto block = store::block_of(record.id);
        const bool match = matches(rows, record);
        missed |= match && ((masks.may & block) == 0 || record.id < plan.first_possible().value_or(record.id + 1) ||
                            record.id < ids.low || record.id > ids.high);
        wrong |= !match && (masks.must & block) != 0;
        records += match ? 1 : 0;
      }
      CHECK(!missed);
      CHECK(!wrong);
      const auto known = judge.count();
      CHECK(known.value_or(records) == records);
      ruled_out += masks.may != store::all_blocks ? 1 : 0;
      claimed += masks.must != store::no_block ? 1 : 0;
      counted += known ? 1 : 0;
    }
    CHECK(count(store, {.filter = *filter, .time_base = noon}).records ==
          static_cast<std::int64_t>(matching(rows, *filter).size()));
  }
  CHECK(ruled_out > 1'000);  // or this test would say little
  CHECK(claimed > 500);
  CHECK(counted > 500);
}

TEST_CASE("the substring index is asked only for what every text that fits has") {
  struct Case {
    std::string text, filter;
    bool looked_at;  // a block with that text
  };
  const Case cases[] = {
      {"Connection refused", "message:REFUSED", true},
      {"Connection refused", "message:timeout", false},
      {"GRÜẞE, Welt", "message:grüße", true},
      {"GRÜẞE, Welt", "message:\"grüße, ort\"", false},
      {"连接被拒绝", "message:被拒绝", true},
      {"连接被拒绝", "message:超时", false},
      {"İstanbul", "message:/İstanbul/", true},
      {"xxİxx", "message:/\\x{130}xx/", true},
      {"xxİxx", "message:/[į-ı]xx/", true},
      {"xxİxx", "message:/xi/", true},
      {"a Kelvin", "message:kelvin", true},
      {"a Kelvin", "message:/(?i)kelvin/", true},
      {"GET /orders", "message:/GET .orders/", true},
      {"GET /orders", "message:/(?i)get .ORD(ers)?/", true},
      {"GET /orders", "message:/PUT .orders/", false},
      {"GET /orders", "message:/PUT|GET/", true},
      {"GET /orders", "message:/(PUT|POST) .o/", false},
      {"GET /orders", "message:/./", true},
      {"GET /orders", "message:/^$/", true},
      {"GET /orders", "message=\"GET /orders\"", true},
      {"GET /orders", "message=\"GET /order/7\"", false},
      {"GET /orders", "message:*get*ord*", true},
      {"GET /orders", "message:*get*orders?here*", false},
      {"GET /orders", "-message:orders", true},
      {"GET /orders", "(message:timeout or message:get) -system:nobody", true},
      {"GET /orders", "message:timeout or exception:orders", false},
      {"GET /orders", "exception:orders or stack:orders", false},
      {"GET /orders", "exception:None", true},
      {"GET /orders", "exception:/orders/", false},
      {"GET /orders", "exists:attr.order", false},
  };
  for (const auto& c : cases) {
    CAPTURE(c.text);
    CAPTURE(c.filter);
    LogStore store{{":memory:"}};
    RecordBatch batch;
    Record record;
    record.message = c.text;
    batch.append(record);
    batch.append(record);
    store_all(store, batch);
    sqlite::execute(store.native_handle(), "UPDATE entry SET id = 4095 + 10 * (id - 1)");
    store.rebuild();
    Plan plan{store.native_handle(), parse_filter(c.filter).value(), noon};
    query::SegmentJudge judge{store.native_handle(), plan.judge(), plan.dictionaries()};
    const auto summaries = judge.reader().read(0, 0);
    REQUIRE(summaries.size() == 1);
    CHECK((judge.enter(summaries[0]).may & store::block_of(4'095)) == (c.looked_at ? store::block_of(4'095) : 0));
  }
}

TEST_CASE("a fault names a column within the text, whatever the text is") {
  std::mt19937 random{99};
  const std::string_view pieces[] = {"a",      "system",
                                     ":",      "=",
                                     "!=",     "\"",
                                     "/",      "(",
                                     ")",      "\\",
                                     " ",      "or",
                                     "not",    "-",
                                     "..",     "5",
                                     "ö",      "\xe2\x80\x9c",
                                     "\xff",   "attr.",
                                     "level",  ">=",
                                     "*",      "?",
                                     "|",      ",",
                                     "\n",     std::string_view{"\0", 1},
                                     "\\u{1}", "@",
                                     "2h"};
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (auto left = random() % 12; left > 0; --left) text += pieces[random() % std::size(pieces)];
    const auto filter = parse_filter(text);
    CAPTURE(text);
    if (filter) {
      const auto again = parse_filter(print(*filter));
      REQUIRE(again.has_value());
      CHECK(*again == *filter);
      continue;
    }
    CHECK(filter.error().code == Errc::bad_query);
    CHECK(!filter.error().text.empty());
    CHECK(filter.error().column >= 1);
    CHECK(filter.error().column <= code_points(text) + 1);
  }
}

TEST_CASE("a fault says what is wrong and what is nearest") {
  struct Case {
    const char* text;
    std::size_t column, length;
    const char* message;
    std::vector<std::string> nearest;
  };
  const Case cases[] = {
      {"sytem:x",
       1,
       5,
       "unknown field \"sytem\"; nearest: system; an extra attribute is written attr.sytem, a text is put in quotes",
       {"system"}},
      {"TODO: fix",
       1,
       4,
       "unknown field \"TODO\"; an extra attribute is written attr.TODO, a text is put in quotes",
       {}},
      {"limit:50",
       1,
       5,
       "\"limit\" is not part of the filter: set the number of records beside it; a text is put in quotes",
       {}},
      {"level:warnin",
       7,
       6,
       "unknown level \"warnin\"; nearest: warning, warn; levels: notset, trace, debug, info, notice, warning, error, "
       "critical, alert, emergency; a level of your own is its number or level_name",
       {"warning", "warn"}},
      {"level:warn*", 7, 5, "\"level\" is a level; wildcards do not apply; use level>=... or level_name", {}},
      {"level>=", 8, 0, "expected a value after \"level>=\"", {}},
      {"version>=2.4", 8, 2, "\"version\" has no order; use \":\" or \"=\"", {}},
      {"thread:MainThread", 8, 10, "\"thread\" is a whole number, found \"MainThread\"; names are in thread_name", {}},
      {"line:5..3", 6, 4, "the range is empty: \"5\" is above \"3\"", {}},
      {"since:1795345859",
       7,
       10,
       "\"1795345859\" is not a time; a duration needs a unit (1h), seconds since 1970 an @ (@1795345859)",
       {}},
      {"attr.x>abc", 8, 3, "expected a number, size, duration or time to compare with, found \"abc\"", {}},
      {"system:(a b)", 11, 1, "expected \"or\", \",\" or \")\" in the list", {}},
      {"a or", 5, 0, "expected a term after \"or\"", {}},
      {"or a", 1, 2, "expected a term, found \"or\"; to search for the word put it in quotes", {}},
      {"(a b", 1, 1, "\"(\" is not closed; to search for a parenthesis put the text in quotes", {}},
      {"foo(bar)", 4, 1, "expected a space before \"(\"; to search for a parenthesis put the text in quotes", {}},
      {"\"open", 1, 1, "the quote is not closed", {}},
      {"\xe2\x80\x9c"
       "a b",
       1,
       1,
       "\"\xe2\x80\x9c\" is not a quote of the filter; write \"...\" with straight double quotes",
       {}},
      {"a\\b", 2, 2, "\\b is not an escape; write \\\\ for a backslash", {}},
      {"--verbose", 1, 2, "\"--\": one sign negates; to search for the text put it in quotes", {}},
      {"a | b", 3, 1, "\"|\": pipes are not part of the filter; to search for the character put it in quotes", {}},
      {"/open",
       1,
       1,
       "the regular expression is not closed; to search for a text that starts with \"/\" put it in quotes",
       {}},
      {"system :x", 8, 1, "no space is allowed before \":\"", {}},
      {"a\xe2\x80\x8b"
       "b",
       2,
       1,
       "invisible character U+200B; inside quotes write \\u{200b}",
       {}},
      {"a \xff", 3, 1, "the filter is not valid UTF-8 here", {}},
  };
  for (const auto& c : cases) {
    CAPTURE(c.text);
    const auto filter = parse_filter(c.text);
    REQUIRE(!filter.has_value());
    CHECK(filter.error().column == c.column);
    CHECK(filter.error().length == c.length);
    CHECK(filter.error().text == c.message);
    CHECK(filter.error().nearest == c.nearest);
  }
}

TEST_CASE("300 values that mean something to SQL, a shell, a page or a regular expression are found as what they are") {
  const std::string_view bases[] = {"' OR 1=1 --",
                                    "'; DROP TABLE entry; --",
                                    "\" OR \"\"=\"",
                                    "1); DELETE FROM log; --",
                                    "%",
                                    "_",
                                    "%%' ESCAPE '\\",
                                    "?1",
                                    ":from",
                                    "@x",
                                    "$x",
                                    "NULL",
                                    "x'00'",
                                    "\\",
                                    "\\\\",
                                    "\"",
                                    "'",
                                    "''",
                                    "`id`",
                                    "$(id)",
                                    "${x}",
                                    "../../etc/passwd",
                                    "<script>",
                                    "&lt;",
                                    "*",
                                    "?",
                                    "[a-z]",
                                    ".*",
                                    "(a",
                                    "a{2}",
                                    "/x/",
                                    "or",
                                    "not",
                                    "-x",
                                    "!x",
                                    "a:b",
                                    "level:error",
                                    "a..b",
                                    "1..5",
                                    "\n",
                                    "\t",
                                    "\r\n",
                                    std::string_view{"\0", 1},
                                    std::string_view{"a\0b", 3},
                                    "\x1b[31m",
                                    "\xe2\x80\xae",
                                    "\xc2\xa0",
                                    "\xe2\x80\x9cq\xe2\x80\x9d",
                                    "None2",
                                    "1e3",
                                    "0x10",
                                    "--",
                                    "/*",
                                    "*/",
                                    ";",
                                    "psh_match(1)",
                                    "e.id",
                                    "UNION SELECT 1",
                                    "\xf0\x9f\x98\x80",
                                    "\xef\xbb\xbf"};
  std::vector<std::string> values;
  for (const auto base : bases)
    for (const auto* around : {"", "a", " ", "'", "\\"}) values.push_back(around + std::string{base} + around);
  REQUIRE(values.size() == 300);
  RecordBatch batch;
  for (const auto& value : values) {
    Record record;
    record.received = noon.now;
    record.message = value;
    batch.append(record, {.system_id = value}, {.pathname = value});
  }
  LogStore store{{":memory:"}};
  store_all(store, batch);
  const auto rows = read_all(store);
  const auto term = [](ast::Field field, const std::string& value) {
    return Filter{{ast::Term{{field, {}}, ast::Op::equal, {ast::Text{value}}}}, {}};
  };
  for (const auto& value : values) {
    Ids expected;
    for (std::size_t i = 0; i < values.size(); ++i)
      if (values[i] == value) expected.push_back(static_cast<RecordId>(i + 1));
    CAPTURE(value);
    for (const auto field : {ast::Field::message, ast::Field::system, ast::Field::file}) {
      const auto filter = term(field, value);
      CHECK(found(store, filter) == expected);
      CHECK(matching(rows, filter) == expected);
      CHECK(parse_filter(print(filter)).value() == filter);
    }
  }
  CHECK(store.count() == 300);
}

TEST_CASE("evil regular expressions are refused, or answer in linear time") {
  const std::string_view evil[] = {"(a+)+$",
                                   "(a|aa)+$",
                                   "(a|a?)+$",
                                   "(.*a){20}",
                                   "(.*a){25}$",
                                   "([a-zA-Z]+)*$",
                                   "(a*)*b",
                                   "(a*)*(a*)*(a*)*b",
                                   "(?:a?){30}a{30}",
                                   "a?a?a?a?a?a?a?a?a?aaaaaaaaa",
                                   "(x+x+)+y",
                                   "(.+)+b",
                                   "(\\w+\\s?)+!",
                                   "^(\\d+)*$",
                                   "(a{1,100}){1,10}",
                                   "((a{100}){100}){100}",
                                   "a{1001}",
                                   "(a{0,1000}){0,1000}",
                                   "[ab]*a[ab]{20}",
                                   "[ab]*a[ab]{100}",
                                   "(.*)(.*)(.*)(.*)(.*)x",
                                   "(((((((((((a*)*)*)*)*)*)*)*)*)*)*b",
                                   "(a|b|ab)*c",
                                   "(?i)(a|A)+$",
                                   "\\pL+\\pL+\\pL+\\pL+x",
                                   "(\\pL*)*y",
                                   "^.*.*.*.*.*.*.*x",
                                   "(?s).*.*.*.*.*x",
                                   "(a+){10}b",
                                   "(a+){100}b",
                                   "(^a|a$)*b",
                                   "\\b(a|b)*\\b(a|b)*\\bc",
                                   "(?:.{0,100}){0,9}x",
                                   ".{500}x",
                                   "(.{100}){9}x",
                                   "(?:(?:a|b)(?:a|b)){50}c",
                                   "(a?\?){50}b",
                                   "((a?)?)?b",
                                   "(\\S+)*@(\\S+)*x",
                                   "(a.)*b.*c.*d.*e.*f",
                                   "(?=a)",
                                   "(?<=a)b",
                                   "(a)\\1",
                                   "(?>a+)b",
                                   "(",
                                   "[",
                                   "a**",
                                   "(?P<n>a)(?P<n>b)",
                                   "\\C*x",
                                   "[^\\x00-\\x{10FFFF}]"};
  REQUIRE(std::size(evil) == 50);
  RecordBatch batch;
  Record record;
  const std::string text = std::string(32 * 1024, 'a') + "!" + std::string(32 * 1024, 'b');
  record.message = text;
  batch.append(record);
  int refused = 0;
  for (const auto pattern : evil) {
    CAPTURE(pattern);
    const auto filter = parse_filter('/' + std::string{pattern} + '/');
    if (filter) {
      CHECK(Matcher{*filter, noon}(batch, batch.records()[0]) !=
            Matcher{negated(*filter), noon}(batch, batch.records()[0]));
    } else {
      ++refused;
      CHECK(filter.error().column == 1);
    }
  }
  CHECK(refused >= 10);
}

TEST_CASE("a regular expression that a program put together is refused with an Error") {
  const Filter filter{{ast::Term{{ast::Field::text, {}}, ast::Op::match, {ast::Regex{"("}}}}, {}};
  CHECK_THROWS_AS((Matcher{filter, noon}), Error);
}

TEST_CASE("wildcards take time linear in text and pattern") {
  RecordBatch batch;
  Record record;
  const std::string text(1 << 20, 'a');
  record.message = text;
  batch.append(record);
  std::string evil;
  for (int i = 0; i < 500; ++i) evil += "a?";
  for (const auto& pattern : {"*" + evil + "b*", "message:" + evil + "b", "*" + std::string(8'000, 'a') + "b*",
                              "a*" + std::string(1'000, '?') + "b"}) {
    const auto filter = parse_filter(pattern);
    REQUIRE(filter.has_value());
    CHECK(!Matcher{*filter, noon}(batch, batch.records()[0]));
  }
}

TEST_CASE("a matcher goes on with another now") {
  RecordBatch batch;
  Record record;
  record.received = noon.now - std::chrono::hours{1};
  batch.append(record);
  Matcher matches{parse_filter("since:2h -attr.x>2026-01-01").value(), noon};
  CHECK(matches(batch, batch.records()[0]));
  matches.rebind({noon.now + std::chrono::hours{2}, Zone::utc()});
  CHECK(!matches(batch, batch.records()[0]));
}

TEST_CASE("case folding is Unicode's, character by character") {
  struct Case {
    const char *text, *folded;
  };
  const Case cases[] = {{"", ""},    {"AbZ[`{", "abz[`{"}, {"ÄÖÜẞß", "äöüßß"}, {"ΑΣς", "ασσ"},   {"ОШИБКА", "ошибка"},
                        {"K", "k"},  {"ſ", "s"},           {"İ", "İ"},         {"Ⅷ", "ⅷ"},       {"ＡＺ", "ａｚ"},
                        {"Ā", "ā"},  {"ā", "ā"},           {"𐐀", "𐐨"},         {"接続", "接続"}, {"Ꭰ", "Ꭰ"},
                        {"ꭰ", "Ꭰ"}};
  for (const auto& c : cases) CHECK(query::folded(c.text) == c.folded);
  std::string every, twice;
  for (char32_t c = 0; c < 0x20000; ++c) CHECK(query::folded(query::folded(c)) == query::folded(c));
}

TEST_CASE("a local time that occurs twice means its first, one that is skipped the jump") {
  ::setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
  ::tzset();
  const auto start = [](const char* text) {
    return Timestamp{
        microseconds{query::span_of(query::parse_time(text).value(), {utc(2026, 6, 1), Zone::local()}).start}};
  };
  CHECK(start("2026-01-10T12:00") == utc(2026, 1, 10, 11));
  CHECK(start("2026-07-10T12:00") == utc(2026, 7, 10, 10));
  CHECK(start("2026-10-25T02:30") == utc(2026, 10, 25, 0, 30));
  CHECK(start("2026-03-29T02:30") == utc(2026, 3, 29, 1));
  CHECK(start("2026-03-29T03:00") == utc(2026, 3, 29, 1));
  CHECK(start("today") == utc(2026, 5, 31, 22));
  const auto day = query::span_of(query::parse_time("2026-10-25").value(), {{}, Zone::local()});
  CHECK(day.end - day.start == 25LL * 3'600 * 1'000'000);
  ::unsetenv("TZ");
  ::tzset();
}

TEST_CASE("LIKE's pattern becomes one of the language") {
  const auto text = [](const char* pattern) {
    return print({{ast::Term{{ast::Field::message, {}}, ast::Op::match, {ast::like(pattern)}}}, {}});
  };
  CHECK(text("a%b_c") == "message:*a*b?c*");
  CHECK(text("50*?") == "message:*50\\*\\?*");
  CHECK(print(to_filter({.produkt_id = "a b", .pattern = "x", .since = noon.now, .level = Level::error})) ==
        "product=\"a b\" (message:*x* or function:*x* or module:*x*) since:2026-11-22T12:00:00.000000Z level>=error");
  CHECK(to_filter({}) == Filter{});
}

TEST_CASE("every example of the language's page is a filter") {
  std::ifstream page{PSHERALD_TEST_DATA "/../../docs/query-language.md"};
  REQUIRE(page.good());
  int examples = 0;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("```")) inside = line == "```filter";
    if (!inside || line.starts_with("```")) continue;
    const auto text = line.substr(0, line.find("   #"));
    CAPTURE(text);
    const auto filter = parse_filter(text);
    CHECK(filter.has_value());
    ++examples;
  }
  CHECK(examples > 40);
}

TEST_SUITE_END();
