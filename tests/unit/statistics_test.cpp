#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "psherald/fields.hpp"
#include "psherald/fingerprint.hpp"
#include "psherald/query.hpp"
#include "store/segment.hpp"
#include "store/sqlite.hpp"

using namespace psherald;
using store::segment_ids;

TEST_SUITE_BEGIN("query");

namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Timestamp start{seconds{1'795'000'020}};  // a whole minute
const TimeBase noon{start + minutes{10'000}, Zone::utc()};

Filter filter_of(const std::string& text) { return parse_filter(text).value(); }

struct Row {
  Timestamp received = start;
  Level level = Level::info;
  std::string message = "text";
  std::string exc_text{};
  std::string extra{};
  Source source{};
  Site site{};
  Process process{};
};

void write(LogStore& store, const std::vector<Row>& rows) {
  RecordBatch batch;
  for (const auto& row : rows) {
    Record record;
    record.received = row.received;
    record.level = row.level;
    record.message = row.message;
    if (!row.exc_text.empty()) record.exc_text = row.exc_text;
    if (!row.extra.empty()) record.extra = row.extra;
    batch.append(record, row.source, row.site, row.process);
  }
  store.begin();
  store.append(batch);
  store.commit();
}

// Of three segments and a half: systems, levels, places and attributes that repeat, and times that mostly rise.
std::vector<Row> many_rows() {
  constexpr std::string_view systems[] = {"shop", "box", "mail", "Shop"};
  constexpr Level levels[] = {Level::debug, Level::info, Level::info, Level::warning, Level::error};
  std::mt19937 random{7};
  std::vector<Row> rows;
  for (int i = 0; i < 3 * segment_ids + segment_ids / 2; ++i) {
    Row row;
    row.received = start + seconds{i / 4} - seconds{random() % 50 == 0 ? 30 : 0};
    row.level = i < segment_ids ? Level::info : levels[random() % 5];
    row.message = "order " + std::to_string(random() % 900) + (random() % 3 == 0 ? " refused" : " done");
    if (random() % 20 == 0)
      row.exc_text =
          "Traceback (most recent call last):\n  File \"/srv/a.py\", line 7, in run\nValueError: " + std::to_string(i);
    if (random() % 4 == 0) row.extra = R"({"code": )" + std::to_string(random() % 5) + R"(, "tags": ["a", "b"]})";
    if (random() % 10 != 0) row.source.system_id = systems[i < segment_ids ? 0 : random() % 4];
    row.site.module = random() % 2 == 0 ? "pay" : "ship";
    row.site.lineno = static_cast<int>(random() % 3);
    row.process.process = static_cast<int>(random() % 2);
    rows.push_back(std::move(row));
  }
  return rows;
}

// The same records in memory.
RecordBatch read_all(const LogStore& store) {
  return find(store, {.order = Order::oldest_first, .limit = 100'000}).batch;
}

std::string text_of(const FieldValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* json = std::get_if<Json>(&value)) return json->text;
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  return "";
}

constexpr const char* filters[] = {"*",
                                   "level>=warning",
                                   "system:shop",
                                   "system=shop",
                                   "system=shop level:info",
                                   "level:info or level:error",
                                   "-system:*",
                                   "module:pay",
                                   "module:pay system:(shop or box)",
                                   "refused",
                                   "-refused",
                                   "attr.code:3",
                                   "exists:exception",
                                   "process:1",
                                   "received>=@1795002000",
                                   "received:@1795001000..@1795001500 level:info",
                                   "id:4096..8191",
                                   "id:100..5000 -level:info",
                                   "nowhere"};

}  // namespace

TEST_CASE("statistics say what a look at all records says, whatever summaries they were made from") {
  LogStore store{{":memory:"}};
  write(store, many_rows());
  sqlite::execute(store.native_handle(), "DELETE FROM log WHERE id % 1000 = 17 AND id > 8192");
  for (const bool tended : {false, true}) {
    CAPTURE(tended);
    while (tended && store.tend()) {
    }
    const auto rows = read_all(store);
    for (const std::string text : filters) {
      CAPTURE(text);
      const Selection selection{.filter = filter_of(text), .time_base = noon};
      const Matcher matches{selection.filter, noon};
      std::int64_t records = 0, with_code = 0;
      std::map<std::string, std::int64_t> systems, levels, lines, codes, senders_by_system;
      std::map<std::uint64_t, std::int64_t> prints;
      std::map<std::string, RecordId> newest;
      std::vector<Timestamp> times;
      for (const auto& record : rows.records()) {
        if (!matches(rows, record)) continue;
        ++records;
        const std::string system{rows.source(record).system_id};
        ++systems[system];
        newest[system] = record.id;
        ++levels[record.level == Level::info    ? "info"
                 : record.level == Level::error ? "error"
                 : record.level == Level::debug ? "debug"
                                                : "warning"];
        ++lines[std::to_string(rows.site(record).lineno.value())];
        if (const auto code = text_of(value_of(rows, record, {ast::Field::attribute, "code"})); !code.empty())
          ++codes[code], ++with_code;
        ++prints[fingerprint(record, rows.site(record))];
        times.push_back(record.received);
      }
      const auto as_map = [](const Facet& facet) {
        std::map<std::string, std::int64_t> map;
        for (const auto& value : facet.values) map[value.value] = value.records;
        return map;
      };
      CHECK(count(store, selection).records == records);

      const auto facets = psherald::facets(
          store, selection,
          {{ast::Field::system}, {ast::Field::level}, {ast::Field::line}, {ast::Field::attribute, "CODE"}}, 100);
      CHECK(facets.of[0].absent == systems[""]);
      systems.erase("");
      CHECK(as_map(facets.of[0]) == systems);
      CHECK(as_map(facets.of[1]) == levels);
      CHECK(as_map(facets.of[2]) == lines);
      CHECK(as_map(facets.of[3]) == codes);
      CHECK(facets.of[3].absent == records - with_code);

      const auto histogram = psherald::histogram(store, selection, 100);
      std::int64_t in_bars = 0;
      for (std::size_t bar = 0; bar < histogram.bars.size(); ++bar) {
        std::int64_t here = 0;
        for (const auto& [level, number] : histogram.bars[bar]) here += number;
        const auto from = histogram.from + bar * histogram.width;
        CHECK(here == std::count_if(times.begin(), times.end(),
                                    [&](Timestamp time) { return time >= from && time < from + histogram.width; }));
        in_bars += here;
      }
      CHECK(in_bars == records);
      CHECK(histogram.bars.size() <= 100);
      CHECK(!histogram.estimated);

      std::map<std::uint64_t, std::int64_t> seen;
      for (const auto& pattern : patterns(store, selection, 1'000).patterns)
        seen[pattern.fingerprint] = pattern.records;
      CHECK(seen == prints);

      std::map<std::string, RecordId> heard;
      std::int64_t sent = 0;
      for (const auto& sender : heard_systems(store, selection).systems) {
        heard[sender.system] = sender.newest;
        sent += sender.records;
      }
      CHECK(heard == newest);
      CHECK(sent == records);
    }
  }
}

TEST_CASE("a facet lists the most frequent values and counts the others") {
  LogStore store{{":memory:"}};
  std::vector<Row> rows;
  for (const auto& [name, times] : {std::pair{"a", 3}, {"b", 5}, {"c", 1}})
    for (int i = 0; i < times; ++i) rows.push_back({.source{.system_id = name}});
  rows.push_back({});
  write(store, rows);
  const auto facet = facets(store, {}, {{ast::Field::system}}, 2).of.front();
  CHECK(facet.values == std::vector<Facet::Value>{{"b", 5}, {"a", 3}});
  CHECK(facet.others == 1);
  CHECK(facet.absent == 1);
}

TEST_CASE("a list in an attribute counts with each of its values") {
  LogStore store{{":memory:"}};
  write(store, {{.extra = R"({"tags":["a","b","a"],"n":{"x":1.50}})"}, {.extra = R"({"tags":"b","n":{"x":null}})"}});
  const auto of = facets(store, {}, {{ast::Field::attribute, "tags"}, {ast::Field::attribute, "n.x"}}).of;
  CHECK(of[0].values == std::vector<Facet::Value>{{"a", 2}, {"b", 2}});
  CHECK(of[1].values == std::vector<Facet::Value>{{"1.50", 1}});
  CHECK(of[1].absent == 1);
}

TEST_CASE("a field that has no values to count by is refused") {
  LogStore store{{":memory:"}};
  for (const auto field : {ast::Field::message, ast::Field::received, ast::Field::id, ast::Field::text})
    CHECK_THROWS_AS((void)facets(store, {}, {{field}}), Error);
  CHECK_THROWS_AS((void)known_values(store, ast::Field::message), Error);
}

TEST_CASE("the bars of a histogram are of a width that people read well") {
  struct Case {
    std::int64_t seconds_long;
    std::size_t most;
    std::int64_t width_seconds;
  };
  for (const auto& c : {Case{50, 60, 1}, Case{60 * 59, 60, 60}, Case{86'400, 49, 1'800}, Case{86'400 * 30, 61, 43'200},
                        Case{86'400 * 365, 60, 604'800}, Case{0, 60, 0}}) {
    CAPTURE(c.seconds_long);
    LogStore store{{":memory:"}};
    write(store, {{.received = start}, {.received = start + seconds{c.seconds_long}}});
    const auto found = histogram(store, {}, c.most);
    CHECK(found.bars.size() <= c.most);
    CHECK(found.width == std::max<std::chrono::microseconds>(seconds{c.width_seconds}, milliseconds{1}));
    CHECK(found.from <= start);
    CHECK(found.from + found.width > start);
  }
}

TEST_CASE("a histogram covers the time that its filter asks for, in days of the zone") {
  LogStore store{{":memory:"}};
  write(store, {{.received = start}});
  const TimeBase base{noon.now, Zone::offset(120)};
  const auto found = histogram(store, {.filter = filter_of("received:2026-11-01..2026-11-30"), .time_base = base}, 31);
  CHECK(found.width == std::chrono::days{1});
  CHECK(found.bars.size() == 30);
  CHECK(format_utc(found.from) == "2026-10-31T22:00:00.000000Z");
  CHECK(histogram(store, {.filter = filter_of("received<2026-01-01")}).bars.empty());
  CHECK(histogram(LogStore{{":memory:"}}).bars.empty());
}

TEST_CASE("a pattern has its span of time, its highest level and its newest record as an example") {
  LogStore store{{":memory:"}};
  write(store, {{.received = start, .level = Level::error, .message = "order 1 done"},
                {.received = start + seconds{9}, .message = "order 22 done"},
                {.received = start + seconds{5}, .message = "order 333 done"},
                {.message = "other",
                 .exc_text = "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\n"
                             "KeyError: 'x'\n"}});
  const auto found = patterns(store);
  REQUIRE(found.patterns.size() == 2);
  const auto& first = found.patterns[0];
  CHECK(first.records == 3);
  CHECK(first.first == start);
  CHECK(first.last == start + seconds{9});
  CHECK(first.level == Level::error);
  CHECK(first.example == 3);
  CHECK(first.message == normalised_message("order 5 done"));
  CHECK(found.patterns[1].exception == "KeyError: 'x'");
  const auto most_frequent = patterns(store, {}, 1);
  CHECK(most_frequent.patterns.size() == 1);
  CHECK(most_frequent.others == 1);
}

TEST_CASE("more than four variants of one line of code are one pattern") {
  LogStore store{{":memory:"}};
  const std::vector<std::string> names{"stock", "mail", "orders", "labels", "returns"};
  std::vector<std::string> texts;
  for (const auto& name : names) texts.push_back("queue " + name + " is full");
  const Site many{.name = "shop", .funcname = "put", .lineno = 7}, few{.name = "shop", .funcname = "get", .lineno = 9};
  std::vector<Row> rows;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    rows.push_back({.received = start + seconds{i}, .message = texts[i], .site = many});
    if (i < 4) rows.push_back({.received = start + seconds{i}, .message = texts[i], .site = few});
  }
  rows.push_back({.received = start + seconds{60}, .message = "all queues are empty again", .site = many});
  write(store, rows);
  const auto found = patterns(store).patterns;
  REQUIRE(found.size() == 6);
  const auto& joined = found.front();
  CHECK(joined.message == "queue <*> is full");
  CHECK(joined.records == 5);
  CHECK(joined.first == start);
  CHECK(joined.last == start + seconds{4});
  CHECK(joined.example == 9);
  CHECK(std::accumulate(joined.trend.begin(), joined.trend.end(), 0) == 5);
}

TEST_CASE("what ends before it is done says so, and how far it came") {
  LogStore store{{":memory:"}};
  write(store, many_rows());
  std::stop_source stopped;
  stopped.request_stop();
  const auto cut = count(store, {.filter = filter_of("refused"), .cancel = stopped.get_token()});
  CHECK(cut.coverage.cut);
  CHECK(cut.coverage.from > 1);
  CHECK(cut.records > 0);
  CHECK(cut.records == count(store, {.filter = filter_of("refused id>=" + std::to_string(cut.coverage.from))}).records);
  CHECK(patterns(store, {.budget = milliseconds{0}}).coverage.cut);
  CHECK(heard_systems(store, {.filter = filter_of("done"), .budget = milliseconds{0}}).coverage.cut);
  CHECK(!count(store, {.budget = std::chrono::hours{1}}).coverage.cut);

  auto page = find(store, {.filter = filter_of("nowhere-at-all or line:99"), .cancel = stopped.get_token()});
  CHECK(page.cut);
  CHECK(page.next > 0);
}

TEST_CASE("records around one come oldest first, of all systems or of its own") {
  LogStore store{{":memory:"}};
  std::vector<Row> rows;
  for (int i = 0; i < 20; ++i) rows.push_back({.source{.system_id = i % 2 ? "odd" : "even"}});
  write(store, rows);
  const auto ids = [](const RecordBatch& batch) {
    std::vector<RecordId> all;
    for (const auto& record : batch.records()) all.push_back(record.id);
    return all;
  };
  using Ids = std::vector<RecordId>;
  CHECK(ids(around(store, 10, {.before = 2, .after = 3})) == Ids{8, 9, 10, 11, 12, 13});
  CHECK(ids(around(store, 10, {.before = 2, .after = 2, .filter = filter_of("system:even")})) == Ids{7, 9, 10, 11, 13});
  CHECK(ids(around(store, 1, {.before = 2, .after = 1})) == Ids{1, 2});
  CHECK(ids(around(store, 20, {.before = 1, .after = 5})) == Ids{19, 20});
  CHECK(ids(around(store, 5, {.before = 0, .after = 0})) == Ids{5});
  CHECK(around(store, 99).empty());
}

TEST_CASE("a tail delivers each record once, as it is committed") {
  LogStore store{{":memory:"}};
  const auto reader = store.reader();
  Tail all{*reader, {}, 0}, errors{*reader, filter_of("level>=error"), 0}, own{store, {}, 0};
  CHECK(all.next().empty());
  write(store, {{.level = Level::error}, {}, {}});
  CHECK(own.next().size() == 3);
  CHECK(own.next().empty());
  CHECK(all.next(2).size() == 2);
  write(store, {{.level = Level::error}});
  CHECK(all.next().size() == 2);
  CHECK(all.next().empty());
  CHECK(own.next().size() == 1);
  CHECK(errors.next(1).size() == 1);
  CHECK(errors.next(1).records()[0].id == 4);
  CHECK(errors.next(1).empty());
  Tail later{*reader, {}, reader->newest_id()};
  write(store, {{}});
  const auto batch = later.next();
  REQUIRE(batch.size() == 1);
  CHECK(batch.records()[0].id == 5);
}

TEST_CASE("known values come from the dictionaries, sorted, by their beginning in any case") {
  LogStore store{{":memory:"}};
  write(store, {{.source{.system_id = "shop"}, .site{.lineno = 7}},
                {.source{.system_id = "Shipping"}},
                {.source{.system_id = "box"}},
                {.source{.system_id = "shop"}}});
  using Texts = std::vector<std::string>;
  CHECK(known_values(store, ast::Field::system) == Texts{"Shipping", "box", "shop"});
  CHECK(known_values(store, ast::Field::system, "SH") == Texts{"Shipping", "shop"});
  CHECK(known_values(store, ast::Field::system, "", 1) == Texts{"Shipping"});
  CHECK(known_values(store, ast::Field::line) == Texts{"7"});
  CHECK(known_values(store, ast::Field::level, "war") == Texts{"warning"});
}

TEST_CASE("a record's values have the names of the filter language") {
  LogStore store{{":memory:"}};
  write(store, {{.received = start,
                 .level = Level::error,
                 .message = "m\xff",
                 .extra = R"({"a":{"b":[1, 2],"c":"t"},"n":null,"f":1.50})",
                 .source{.system_id = "shop"},
                 .site{.filename = "x.py", .lineno = 3},
                 .process{.process = 9}}});
  const auto batch = find(store, {}).batch;
  const auto value = [&](std::string_view name) {
    return value_of(batch, batch.records()[0], parse_field(name).value());
  };
  CHECK(value("id") == FieldValue{std::int64_t{1}});
  CHECK(value("levelno") == FieldValue{std::int64_t{40}});
  CHECK(value("received") == FieldValue{start});
  CHECK(value("system_id") == FieldValue{std::string{"shop"}});
  CHECK(value("product") == FieldValue{});
  CHECK(value("created") == FieldValue{});
  CHECK(value("file") == FieldValue{std::string{"x.py"}});
  CHECK(value("line") == FieldValue{std::int64_t{3}});
  CHECK(value("pid") == FieldValue{std::int64_t{9}});
  CHECK(value("exception") == FieldValue{});
  CHECK(value("attr.a.c") == FieldValue{std::string{"t"}});
  CHECK(value("a.b") == FieldValue{Json{"[1, 2]"}});
  CHECK(value("attr.F") == FieldValue{Json{"1.50"}});
  CHECK(value("attr.n") == FieldValue{});
  CHECK(value("attr.nowhere") == FieldValue{});
}

TEST_CASE("a field is named alone, or the fault says where") {
  CHECK(print(parse_field("SYSTEM_ID").value()) == "system");
  CHECK(print(parse_field("user.id").value()) == "attr.user.id");
  for (const std::string text : {"", "sytem", "a b", "system or level", "\"x\"", "text"}) {
    CAPTURE(text);
    const auto field = parse_field(text);
    REQUIRE(!field);
    CHECK(field.error().column >= 1);
    CHECK(field.error().column <= text.size() + 1);
  }
  CHECK(parse_field("sytem").error().nearest == std::vector<std::string>{"system"});
}

TEST_SUITE_END();
