#include "store/segment.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <random>
#include <set>

#include "psherald/query.hpp"
#include "store/segment_reader.hpp"
#include "support/place.hpp"

using namespace psherald;
using namespace psherald::store;
using psherald::testing::Place;

namespace {

using Ids = std::vector<RecordId>;

Timestamp at(std::int64_t seconds) { return Timestamp{std::chrono::seconds{1'795'000'000 + seconds}}; }

void write(LogStore& store, const RecordBatch& batch) {
  store.begin();
  store.append(batch);
  store.commit();
}

void write_many(LogStore& store, std::int64_t count, std::string_view message = "text",
                std::string_view system = "box") {
  RecordBatch batch;
  for (std::int64_t i = 0; i < count; ++i) {
    Record record;
    record.received = at(i);
    record.message = message;
    batch.append(record, {.system_id = system});
  }
  write(store, batch);
}

std::vector<std::int64_t> summarized(const LogStore& store) {
  std::vector<std::int64_t> segments;
  for (const auto& summary : SegmentReader{store.native_handle()}.read(0, 1'000'000))
    segments.push_back(summary.segment);
  return segments;
}

// 2026-11-18T12:00:00Z: while the records of these tests come in.
const TimeBase noon{at(3'200), Zone::utc()};

Ids found(const LogStore& store, const Filter& filter, Order order = Order::oldest_first) {
  Ids ids;
  const auto page = find(store, {.filter = filter, .order = order, .limit = 1'000'000, .time_base = noon});
  for (const auto& record : page.batch.records()) ids.push_back(record.id);
  if (order == Order::newest_first) std::reverse(ids.begin(), ids.end());
  return ids;
}

Ids found(const LogStore& store, const Criteria& criteria, Order order = Order::oldest_first) {
  return found(store, to_filter(criteria), order);
}

// The same by SQL over the tables, which knows nothing of segments, nor of the language.
Ids scanned(const LogStore& store, const Criteria& filter) {
  sqlite::Statement rows{
      store.native_handle(),
      "SELECT e.id FROM entry e LEFT JOIN source s ON s.id = e.source LEFT JOIN site t ON t.id = "
      "e.site WHERE (?1 IS NULL OR coalesce(s.system_id, 'None') = ?1) AND (?2 IS NULL OR e.level >= "
      "?2) AND (?3 IS NULL OR e.received >= ?3) AND (?4 = '' OR e.message LIKE '%' || ?4 || '%' OR "
      "t.module LIKE '%' || ?4 || '%' OR t.funcname LIKE '%' || ?4 || '%') ORDER BY e.id"};
  rows.bind(1, filter.system_id ? std::string_view{*filter.system_id} : std::string_view{});
  rows.bind(2, filter.level ? std::optional{static_cast<std::int64_t>(*filter.level)} : std::nullopt);
  rows.bind(3, filter.since ? std::optional<std::int64_t>{filter.since->time_since_epoch().count()} : std::nullopt);
  rows.bind(4, filter.pattern);
  Ids ids;
  while (rows.step()) ids.push_back(rows.integer(0));
  return ids;
}

}  // namespace

TEST_SUITE_BEGIN("store");

TEST_CASE("lists of shares come back as they were, and damaged ones not at all") {
  const std::vector<std::vector<Share>> lists{
      {},
      {{-5, 1, 1}, {0, 2, 3}, {20, 4096, all_blocks}, {1'000'000'000'000, 7, 0x8000000000000001u}},
      {{9, 300, 0x7f}, {10, 1, std::uint64_t{1} << 63}, {11, 5, 0x7ffffffffffffffeu}},
  };
  for (const auto& shares : lists) {
    const auto bytes = encode(shares);
    CHECK(decode_shares(bytes) == shares);
    std::vector<std::int64_t> numbers, expected;
    for (const auto& share : shares) expected.push_back(share.number);
    CHECK(decode_numbers(bytes, numbers));
    CHECK(numbers == expected);
    for (std::size_t size = 0; size < bytes.size(); ++size)
      CHECK(!decode_shares(std::string_view{bytes}.substr(0, size)));
    CHECK(!decode_shares(bytes + '\0'));
  }
  CHECK(!decode_shares(std::string(9, '\xff')));
}

TEST_CASE("a bucket tells the blocks of each term, and a damaged one rules nothing out") {
  trigram::Masks masks;
  std::vector<trigram::Term> terms;
  trigram::append_terms("the quick brown fox jumps over the lazy dog", terms);
  masks.add("the quick brown fox", 1);
  masks.add("jumps over the lazy dog", 1u << 9);
  for (int i = 0; i < 64; ++i) masks.add("dog", BlockMask{1} << i);
  for (const auto term : terms) {
    const auto bucket = encode_bucket(masks, bucket_of(term));
    CHECK(blocks_of(bucket, term) == masks[term]);
    if (!bucket.empty()) CHECK(blocks_of(std::string_view{bucket}.substr(0, 1), term | 0x7ff) == all_blocks);
  }
}

TEST_CASE("a segment gets its summary with its last record, also over several transactions and openings") {
  const Place place;
  {
    LogStore store{{place.file()}};
    write_many(store, 1'000);
    CHECK(summarized(store).empty());
    write_many(store, segment_ids - 1'002);
    CHECK(summarized(store).empty());
  }
  LogStore store{{place.file()}};
  write_many(store, 1, "the last one", "late");
  CHECK(summarized(store) == std::vector<std::int64_t>{0});
  const auto summary = SegmentReader{store.native_handle()}.read(0, 0).at(0);
  CHECK(summary.records == segment_ids - 1);
  CHECK(summary.received_min == at(0).time_since_epoch().count());
  CHECK(summary.received_max == at(segment_ids - 1'003).time_since_epoch().count());
  CHECK(summary.created_absent == segment_ids - 1);
  CHECK(summary.levels == std::vector<Share>{{20, segment_ids - 1, all_blocks}});
  CHECK(found(store, {.pattern = "the last one"}) == Ids{segment_ids - 1});
}

TEST_CASE("a batch that fails leaves no trace in the summary") {
  LogStore store{{":memory:"}};
  write_many(store, 10);
  store.begin();
  RecordBatch batch;
  Record record;
  record.message = "never stored";
  batch.append(record);
  store.append(batch);
  store.rollback();
  write_many(store, segment_ids, "stored");
  REQUIRE(summarized(store) == std::vector<std::int64_t>{0});
  SegmentReader reader{store.native_handle()};
  std::vector<trigram::Term> terms;
  trigram::append_terms("never", terms);
  CHECK(reader.candidates(0, terms, all_blocks) == no_block);
  CHECK(reader.read(0, 0).at(0).records == segment_ids - 1);
}

TEST_CASE("a segment of which records were deleted has no summary until it is made again") {
  LogStore store{{":memory:"}};
  write_many(store, 3 * segment_ids);
  CHECK(summarized(store) == std::vector<std::int64_t>{0, 1, 2});
  const Place place;
  sqlite3* handle = nullptr;
  REQUIRE(sqlite3_open(store.reader()->path().c_str(), &handle) == SQLITE_OK);
  const sqlite::Connection other{handle};
  sqlite::execute(handle, "DELETE FROM log WHERE id IN (5000, 5001)");
  CHECK(summarized(store) == std::vector<std::int64_t>{0, 2});
  CHECK(count(store).records == 3 * segment_ids - 2);
  CHECK(!store.tend());
  CHECK(summarized(store) == std::vector<std::int64_t>{0, 1, 2});
  CHECK(count(store).records == 3 * segment_ids - 2);
  CHECK(!store.tend());
}

TEST_CASE("segments that other programs filled get their summaries by and by") {
  LogStore store{{":memory:"}};
  write_many(store, 1);
  sqlite3* handle = nullptr;
  REQUIRE(sqlite3_open(store.reader()->path().c_str(), &handle) == SQLITE_OK);
  const sqlite::Connection other{handle};
  sqlite::execute(handle, "BEGIN");
  sqlite::execute(
      handle,
      "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 13000) INSERT INTO "
      "entry(id, received, source, site, proc, level, message) SELECT i, i, 1, 1, 1, 20, 'message ' || i FROM n");
  sqlite::execute(handle, "COMMIT");
  CHECK(summarized(store).empty());
  CHECK(store.tend(std::chrono::milliseconds{0}));
  CHECK(summarized(store) == std::vector<std::int64_t>{0});
  while (store.tend(std::chrono::milliseconds{0})) {
  }
  CHECK(summarized(store) == std::vector<std::int64_t>{0, 1, 2});
  CHECK(found(store, {.pattern = "message 9999"}) == Ids{9999});
  write_many(store, 4096);
  CHECK(summarized(store) == std::vector<std::int64_t>{0, 1, 2, 3});
}

TEST_CASE("retention takes summaries with the records") {
  LogStore store{{":memory:"}};
  write_many(store, 3 * segment_ids);
  CHECK(store.prune({.since = at(segment_ids + 100)}).records == static_cast<std::size_t>(segment_ids + 100));
  CHECK(summarized(store) == std::vector<std::int64_t>{2});
  const auto rows = [&](const char* sql) { return sqlite::integer(store.native_handle(), sql); };
  CHECK(rows("SELECT count(*) FROM segment_names WHERE id < 1") == 0);
  CHECK(rows("SELECT count(*) FROM segment_text WHERE id < 128") == 0);
  CHECK(!store.tend());
  CHECK(summarized(store) == std::vector<std::int64_t>{1, 2});
  CHECK(store.prune({.since = at(1'000'000)}).records > 0);
  CHECK(rows("SELECT count(*) FROM segment_text") == 0);
}

TEST_CASE("a database of version 1 is read as it is, and gets its summaries from who writes to it") {
  const Place place;
  {
    LogStore store{{place.file()}};
    write_many(store, 2 * segment_ids, "usual");
    write_many(store, 1, "rare thing");
    sqlite::execute(
        store.native_handle(),
        "DROP TABLE saved_search; DROP TABLE path; DROP TABLE stream; DROP TABLE mark; DROP TABLE attempt; DROP INDEX "
        "dead_letter_stream; "
        "DROP INDEX dead_letter_cursor; DROP TABLE origin; DROP TABLE segment; DROP TABLE segment_names; DROP TABLE "
        "segment_text; DROP "
        "TRIGGER log_delete;"
        "CREATE TRIGGER log_delete INSTEAD OF DELETE ON log BEGIN DELETE FROM entry WHERE id = OLD.id;"
        "DELETE FROM legacy_value WHERE id = OLD.id; INSERT INTO removed VALUES(OLD.id, OLD.id); END;"
        "ALTER TABLE watch_rule DROP COLUMN from_id; ALTER TABLE watch_incident DROP COLUMN title; "
        "ALTER TABLE watch_incident DROP COLUMN detail; ALTER TABLE watch_incident DROP COLUMN calm; ALTER TABLE "
        "watch_incident DROP COLUMN announced_tau; DROP TABLE watch_silence; DROP TABLE watch_seen; DROP INDEX "
        "watch_incident_open; DROP INDEX watch_incident_acked; DROP INDEX watch_key_retired; DROP INDEX "
        "watch_notice_waiting; DROP INDEX "
        "watch_message_waiting; DROP INDEX watch_delivery_message; "
        "PRAGMA user_version = 1");
  }
  const Criteria rare{.pattern = "rare"};
  const LogStore before{{.path = place.file(), .read_only = true}};
  CHECK(found(before, rare) == Ids{2 * segment_ids + 1});
  CHECK(count(before).records == 2 * segment_ids + 1);
  CHECK(sqlite::integer(before.native_handle(), "PRAGMA user_version") == 1);

  LogStore store{{place.file()}};
  CHECK(summarized(store).empty());
  while (store.tend()) {
  }
  CHECK(summarized(store) == std::vector<std::int64_t>{0, 1});
  CHECK(found(before, rare) == Ids{2 * segment_ids + 1});
  sqlite::execute(store.native_handle(), "DELETE FROM log WHERE id = 1");
  CHECK(summarized(store) == std::vector<std::int64_t>{1});
  CHECK(store.check().empty());
  LogStore fresh{{":memory:"}};
  const auto objects = [](const LogStore& of) {
    std::set<std::string> all;
    sqlite::Statement rows{of.native_handle(), "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL"};
    while (rows.step()) all.emplace(rows.text(0));
    return all;
  };
  CHECK(objects(store) == objects(fresh));
}

TEST_CASE("gaps between ids may be of any length") {
  const Place place;
  LogStore store{{place.file()}};
  write_many(store, segment_ids + 1, "early");
  write_many(store, 1, "early and alone");
  constexpr RecordId far = RecordId{1} << 60;
  const LogStore other{{place.file()}};
  sqlite::execute(other.native_handle(), ("UPDATE entry SET id = " + std::to_string(far) + " WHERE id = 4098;" +
                                          "INSERT INTO removed VALUES(4098, " + std::to_string(far - 1) + ")")
                                             .c_str());
  write_many(store, 2 * segment_ids, "late");
  const auto newest = far + 2 * segment_ids;
  const auto look = [&] {
    for (const auto order : {Order::newest_first, Order::oldest_first}) {
      CHECK(found(store, {.pattern = "alone"}, order) == Ids{far});
      CHECK(found(store, {.pattern = "early"}, order).front() == 1);
      CHECK(found(store, {.pattern = "nowhere"}, order).empty());
    }
    CHECK(found(store, {.pattern = "late"}).back() == newest);
    CHECK(count(store, {.filter = to_filter({.pattern = "early"})}).records == segment_ids + 2);
    CHECK(store.check().empty());
  };
  look();
  store.rebuild();
  look();
  CHECK(store.prune({.since = now() + std::chrono::hours{1}}).records == static_cast<std::size_t>(3 * segment_ids + 2));
  CHECK(count(store).records == 0);
}

TEST_CASE("check compares summaries with the records") {
  struct Case {
    const char* damage;
    const char* finding;
  };
  const Case cases[] = {
      {"UPDATE segment SET records = records + 1 WHERE id = 1", "summary of segment 1 "},
      {"UPDATE segment SET levels = x'00' WHERE id = 0", "summary of segment 0 "},
      {"UPDATE segment SET levels = x'ff' WHERE id = 0", "summary of segment 0 "},
      {"UPDATE segment SET opaque = 1 WHERE id = 0", "summary of segment 0 "},
      {"DELETE FROM segment_names WHERE id = 1", "names of segment 1 "},
      {"UPDATE segment_names SET sites = x'00' WHERE id = 1", "names of segment 1 "},
      {"DELETE FROM segment_text WHERE id = (SELECT max(id) FROM segment_text)", "substring index of segment 1 "},
      {"UPDATE segment_text SET terms = x'00' WHERE id = (SELECT min(id) FROM segment_text)",
       "substring index of segment 0 "},
  };
  for (const auto& c : cases) {
    CAPTURE(c.damage);
    LogStore store{{":memory:"}};
    write_many(store, 2 * segment_ids, "some text");
    REQUIRE(store.check().empty());
    sqlite::execute(store.native_handle(), c.damage);
    const auto findings = store.check();
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].find(c.finding) != std::string::npos);
    store.rebuild();
    CHECK(store.check().empty());
  }
}

TEST_SUITE_END();

TEST_SUITE_BEGIN("query");

TEST_CASE("a search over segments finds what a scan finds, whatever was inserted, deleted and imported by whom") {
  const Place place;
  LogStore one{{place.file()}}, two{{place.file()}};
  sqlite3* handle = nullptr;
  REQUIRE(sqlite3_open(place.file().c_str(), &handle) == SQLITE_OK);
  const sqlite::Connection sql{handle};
  sqlite::execute(handle, "PRAGMA wal_autocheckpoint = 0");
  std::mt19937 random{4711};
  const auto draw = [&](int below) { return static_cast<int>(random() % static_cast<unsigned>(below)); };
  const char* const words[] = {"order", "refused",      "Grüße", "GRÜSSE", "100%",
                               "a_b",   "\xE2\x84\xAA", "连接",  "x",      "TIMEOUT"};
  const auto text = [&] {
    std::string all;
    for (int i = draw(5); i >= 0; --i) all += std::string{words[draw(10)]} + ' ' + std::to_string(draw(100'000)) + ' ';
    return all;
  };
  const auto append = [&](LogStore& store, int count) {
    RecordBatch batch;
    for (int i = 0; i < count; ++i) {
      const auto message = text();
      const auto system = "s" + std::to_string(draw(draw(10) == 0 ? 50 : 3));
      Record record;
      record.received = at(draw(10) == 0 ? draw(1'000) : one.newest_id());
      record.level = Level{10 * (1 + draw(draw(100) == 0 ? 5 : 2))};
      record.message = message;
      if (draw(2) == 0) record.created = record.received - std::chrono::seconds{draw(200)};
      if (draw(20) == 0) record.exc_text = "Traceback";
      if (draw(900) == 0) record.stack_info = "Stack (most recent call last):";
      const auto extra = R"({"order_id": )" + std::to_string(draw(100)) + '}';
      if (draw(1'000) == 0) record.extra = extra;
      batch.append(record, {.system_id = system},
                   {.module = draw(500) == 0 ? "rare_module" : "common", .lineno = draw(3)},
                   {.process = draw(50) == 0 ? 4'711 : 1});
    }
    write(store, batch);
  };
  const auto step = [&] {
    const auto newest = one.newest_id();
    switch (draw(8)) {
      case 0:
        return sqlite::execute(
            handle, ("DELETE FROM log WHERE id BETWEEN " + std::to_string(draw(static_cast<int>(newest) + 1)) +
                     " AND " + std::to_string(draw(static_cast<int>(newest) + 1)))
                        .c_str());
      case 1:
        return sqlite::execute(handle,
                               "INSERT INTO log(system_id, levelno, message) VALUES('sql', 30, 'refused by SQL')");
      case 2: return append(two, draw(3'000));
      case 3: return static_cast<void>(one.tend(std::chrono::milliseconds{draw(2)}));
      case 4: return static_cast<void>(two.prune({.since = at(draw(static_cast<int>(newest) + 1) / 3)}));
      case 5:
        one.begin();
        {
          RecordBatch batch;
          Record record;
          record.message = "rolled back";
          for (int i = draw(100); i >= 0; --i) batch.append(record);
          one.append(batch);
        }
        return one.rollback();
      default: return append(one, draw(6'000));
    }
  };
  const Criteria criteria[] = {{},
                               {.system_id = "s1"},
                               {.system_id = "s40"},
                               {.system_id = "sql"},
                               {.level = Level::warning},
                               {.level = Level::critical},
                               {.system_id = "s2", .level = Level::error},
                               {.since = at(500)},
                               {.since = at(9'000)},
                               {.pattern = "refused"},
                               {.pattern = "grüße"},
                               {.pattern = "GRÜSSE 4"},
                               {.pattern = "order 4711"},
                               {.pattern = "order 99"},
                               {.pattern = "order%timeout 12"},
                               {.pattern = "a_b 1_3"},
                               {.pattern = "100% 77"},
                               {.pattern = "连接 8"},
                               {.pattern = "77"},
                               {.pattern = "rare_module"},
                               {.pattern = "rolled back"},
                               {.pattern = "by sql", .level = Level::warning},
                               {.system_id = "s0", .pattern = "timeout 5", .since = at(100), .level = Level::info}};
  const char* const terms[] = {"refused",
                               "\"timeout 12\"",
                               "grüße",
                               "kelvin or k",
                               "连接",
                               "/order [0-9]*77/",
                               "/(?i)timeout 4|REFUSED 8/",
                               "message=\"x 1 \"",
                               "a?b*100%",
                               "traceback",
                               "exception:None",
                               "exists:stack",
                               "stack:(none or recent)",
                               "system:s1",
                               "system:(S4* or sql)",
                               "module:rare_module",
                               "-line:(0 or 1)",
                               "process:4711",
                               "level>=error",
                               "level:(warning or critical)",
                               "id:3000..9000",
                               "-id:100..20000",
                               "received<2026-11-18T11:20Z",
                               "since:30m",
                               "created>=2026-11-18T11:10",
                               "exists:created",
                               "attr.order_id:7",
                               "attr.order_id>=90",
                               "exists:origin"};
  const std::function<std::string(int)> sentence = [&](int depth) -> std::string {
    const int kind = depth == 0 ? 3 : draw(4);
    if (kind == 0) return "-(" + sentence(depth - 1) + ')';
    if (kind == 1) return '(' + sentence(depth - 1) + ' ' + sentence(depth - 1) + ')';
    if (kind == 2) return '(' + sentence(depth - 1) + " or " + sentence(depth - 1) + ')';
    return std::string{draw(3) == 0 ? "not " : ""} + terms[static_cast<std::size_t>(draw(std::size(terms)))];
  };
  const auto reader = one.reader();
  const auto check = [&](const Filter& filter, const Ids& expected) {
    switch (draw(3)) {  // by turns: to judge all records takes its time
      case 0: CHECK(found(*reader, filter) == expected); break;
      case 1: CHECK(found(*reader, filter, Order::newest_first) == expected); break;
      default:
        CHECK(count(*reader, {.filter = filter, .time_base = noon}).records ==
              static_cast<std::int64_t>(expected.size()));
    }
  };
  std::size_t known = 0;
  for (int round = 0; round < 12; ++round) {
    CAPTURE(round);
    for (int i = 0; i < 6; ++i) step();
    known = std::max(known, summarized(*reader).size());
    for (const auto& one_of : criteria) {
      CAPTURE(one_of.pattern);
      check(to_filter(one_of), scanned(*reader, one_of));
    }
    const auto all = find(*reader, {.order = Order::oldest_first, .limit = 1'000'000}).batch;
    for (int i = 0; i < 10; ++i) {
      const auto text = sentence(3);
      CAPTURE(text);
      const auto filter = parse_filter(text).value();
      const Matcher matches{filter, noon};
      Ids expected;
      for (const auto& record : all.records())
        if (matches(all, record)) expected.push_back(record.id);
      check(filter, expected);
    }
  }
  CHECK(known > 5);  // or this test would say nothing
  CHECK(one.check().empty());
}

TEST_CASE("pages over segments follow each other in both orders, cut off or not") {
  LogStore store{{":memory:"}};
  write_many(store, 10'000, "usual");
  write_many(store, 3, "rare thing", "other");
  write_many(store, 10'000, "usual");
  write_many(store, 2, "rare thing", "other");
  for (const auto order : {Order::newest_first, Order::oldest_first})
    for (const auto budget :
         {std::optional<std::chrono::milliseconds>{}, std::optional{std::chrono::milliseconds{0}}}) {
      Query query{.filter = to_filter({.pattern = "RARE_thing"}), .order = order, .limit = 2, .budget = budget};
      Ids all;
      for (int pages = 0; pages < 200; ++pages) {
        const auto page = find(store, query);
        for (const auto& record : page.batch.records()) all.push_back(record.id);
        if (page.next == 0) break;
        query.cursor = page.next;
      }
      std::sort(all.begin(), all.end());
      CHECK(all == Ids{10'001, 10'002, 10'003, 20'004, 20'005});
    }
}

namespace {

std::set<std::string> traced;  // the text of every statement since the test below began

int note_statement(unsigned, void*, void* statement, void*) {
  traced.insert(sqlite3_sql(static_cast<sqlite3_stmt*>(statement)));
  return 0;
}
int trace(sqlite3* db, char**, const sqlite3_api_routines*) {
  return sqlite3_trace_v2(db, SQLITE_TRACE_STMT, note_statement, nullptr);
}
const auto tracer = reinterpret_cast<void (*)()>(trace);

void ask_for_statistics(const LogStore& store, const Filter& filter) {
  const Selection selection{.filter = filter};
  CHECK(!facets(store, selection, {{ast::Field::system}, {ast::Field::level}}).of.front().values.empty());
  CHECK(!facets(store, selection, {{ast::Field::process}, {ast::Field::attribute, "x"}}).of.empty());
  CHECK(!histogram(store, selection).bars.empty());
  CHECK(!patterns(store, selection).patterns.empty());
  CHECK(!heard_systems(store, selection).systems.empty());
  for (const auto field : {ast::Field::system, ast::Field::logger, ast::Field::thread})
    (void)known_values(store, field);
  CHECK(!around(store, store.newest_id(), {.filter = filter}).empty());
  CHECK(!Tail{store, filter, 0}.next().empty());
}

}  // namespace

TEST_CASE("no statement of the library reads all records or sorts them") {
  traced.clear();
  REQUIRE(sqlite3_auto_extension(tracer) == SQLITE_OK);
  LogStore store{{":memory:"}};
  const auto reader = store.reader();
  sqlite3_cancel_auto_extension(tracer);
  write_many(store, 2 * segment_ids, "some text");
  write_many(store, 10, "other text", "other");
  RecordBatch letters;
  letters.append(DeadLetter{.reason = "test"});
  write(store, letters);
  for (unsigned set = 0; set < 16; ++set)
    for (const auto order : {Order::newest_first, Order::oldest_first}) {
      Criteria criteria;
      if (set & 1) criteria.system_id = "other";
      if (set & 2) criteria.pattern = "other text";
      if (set & 4) criteria.since = at(1);
      if (set & 8) criteria.level = Level::info;
      CHECK(!find(*reader, {.filter = to_filter(criteria), .order = order}).batch.empty());
      CHECK(count(*reader, {.filter = to_filter(criteria)}).records > 0);
    }
  for (const std::string text :
       {"id:5.. (some or other) -exists:exception", "/o(ther|me) t/ -system:nobody", "-exists:attr.x", "origin:*",
        "not (exception:None exists:process)", "-attr.x:5 -line:7 -file:a.py", "created<now or received<=now", "*"}) {
    CAPTURE(text);
    const auto filter = parse_filter(text).value();
    CHECK(!find(*reader, {.filter = filter}).batch.empty());
    CHECK(count(*reader, {.filter = filter}).records > 0);
    ask_for_statistics(*reader, filter);
  }
  source_names(*reader);
  reader->count();
  reader->newest_id();
  reader->dead_letter_count();
  store.mark_alive(at(0));
  store.prune({.since = at(4'200)});
  store.tend();
  store.rebuild();

  CHECK(traced.size() > 60);
  for (const auto& sql : traced) {
    if (sql.find("CREATE ") <= 1 || sql.find("ALTER ") <= 1) continue;  // the schema itself
    CAPTURE(sql);
    const bool of_writer = sql.find("batch_rows") != sql.npos;
    sqlite::Statement rows{(of_writer ? store : *reader).native_handle(), "EXPLAIN QUERY PLAN " + sql};
    while (rows.step()) {
      const std::string step{rows.text(3)};
      CAPTURE(step);
      CHECK(step != "SCAN e");
      CHECK(step.find("SCAN entry") == std::string::npos);
      const bool small = step == "USE TEMP B-TREE FOR DISTINCT" || sql.find("FROM source ORDER BY 1") != sql.npos;
      CHECK((small || step.find("TEMP B-TREE") == std::string::npos));
      CHECK(step.find("AUTOMATIC") == std::string::npos);
    }
  }
}

TEST_SUITE_END();
