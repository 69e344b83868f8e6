#include "psherald/query.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

#include "query/finder.hpp"
#include "query/plan.hpp"
#include "store/sqlite.hpp"

using namespace psherald;

TEST_SUITE_BEGIN("query");

namespace {

using Ids = std::vector<RecordId>;
using Texts = std::vector<std::string>;
using std::chrono::milliseconds;

Timestamp at(std::int64_t seconds) { return Timestamp{std::chrono::seconds{1'795'000'000 + seconds}}; }

struct Row {
  std::int64_t received = 0;
  Level level = Level::info;
  std::string_view message{};
  Source source{};
  Site site{};
};

void write(LogStore& store, const std::vector<Row>& rows) {
  RecordBatch batch;
  for (const auto& row : rows) {
    Record record;
    record.received = at(row.received);
    record.level = row.level;
    record.message = row.message;
    batch.append(record, row.source, row.site);
  }
  store.begin();
  store.append(batch);
  store.commit();
}

void write_many(LogStore& store, int count, std::string_view system = "box") {
  write(store, std::vector<Row>(static_cast<std::size_t>(count), Row{.message = "text", .source{.system_id = system}}));
}

Ids ids(const Page& page) {
  Ids all;
  for (const auto& record : page.batch.records()) all.push_back(record.id);
  return all;
}

Ids found(const LogStore& store, const Filter& filter) {
  return ids(find(store, {.filter = filter, .order = Order::oldest_first}));
}

Filter system_is(std::string name) { return to_filter({.system_id = std::move(name)}); }

std::string sql_of(const LogStore& store, const Filter& filter, Order order) {
  Plan plan{store.native_handle(), filter, {}};
  return plan.rows_sql(order);
}

}  // namespace

TEST_CASE("criteria match what they say, and all of it") {
  LogStore store{{":memory:"}};
  write(store,
        {{1, Level::info, "Order 100% done", {.produkt_id = "shop", .system_id = "ch2eu"}, {.module = "emit"}},
         {5, Level::error, "connection refused", {.produkt_id = "shop", .system_id = "box1", .user_spec_1 = "u"}},
         {3, Level::debug, "order_7", {.system_id = "None"}, {.module = "orders", .funcname = "Pay"}},
         {4, Level{25}, "", {.system_id = "O'Brien", .sub_system_id = "n2", .sub_sub_system_id = "w"}},
         {2, Level::critical, {}, {.produkt_id = "Straße", .user_spec_2 = ""}}});
  struct Case {
    const char* name;
    Criteria criteria;
    Ids expected;
  };
  const Case cases[] = {
      {"nothing", {}, {1, 2, 3, 4, 5}},
      {"one name", {.produkt_id = "shop"}, {1, 2}},
      {"two names", {.produkt_id = "shop", .system_id = "box1"}, {2}},
      {"names that do not go together", {.produkt_id = "shop", .system_id = "O'Brien"}, {}},
      {"a quote", {.system_id = "O'Brien"}, {4}},
      {"letter by letter", {.system_id = "o'brien"}, {}},
      {"beyond ASCII", {.produkt_id = "Straße"}, {5}},
      {"None and absent are the same", {.system_id = "None"}, {3, 5}},
      {"an empty name is a name", {.user_spec_2 = ""}, {5}},
      {"sub system", {.sub_system_id = "n2"}, {4}},
      {"sub sub system", {.sub_sub_system_id = "w"}, {4}},
      {"first user name", {.user_spec_1 = "u"}, {2}},
      {"level or above", {.level = Level::error}, {2, 5}},
      {"a level between", {.level = Level{21}}, {2, 4, 5}},
      {"since, whatever the order", {.since = at(3)}, {2, 3, 4}},
      {"pattern in any case", {.pattern = "ORDER"}, {1, 3}},
      {"pattern in the function", {.pattern = "pay"}, {3}},
      {"pattern in the module", {.pattern = "emit"}, {1}},
      {"percent is a wildcard", {.pattern = "con%ref"}, {2}},
      {"underscore is a wildcard", {.pattern = "order_"}, {1, 3}},
      {"a wildcard alone matches any text", {.pattern = "%"}, {1, 2, 3, 4}},
      {"no SQL", {.pattern = "' OR 1 --"}, {}},
      {"everything at once",
       {.produkt_id = "shop", .system_id = "box1", .pattern = "refused", .since = at(5), .level = Level::warning},
       {2}},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    CHECK(found(store, to_filter(c.criteria)) == c.expected);
    auto newest = ids(find(store, {.filter = to_filter(c.criteria)}));
    std::reverse(newest.begin(), newest.end());
    CHECK(newest == c.expected);
  }
}

TEST_CASE("pages follow each other without doubles and holes, also while records come in") {
  for (const auto order : {Order::newest_first, Order::oldest_first}) {
    LogStore store{{":memory:"}};
    write_many(store, 23);
    write_many(store, 3, "other");
    Query query{.filter = system_is("box"), .order = order, .limit = 5};
    Ids all;
    for (int pages = 0; pages < 20; ++pages) {
      const auto page = find(store, query);
      CHECK(page.batch.size() <= 5);
      CHECK(!page.cut);
      const auto more = ids(page);
      all.insert(all.end(), more.begin(), more.end());
      if (page.next == 0) break;
      query.cursor = page.next;
      if (pages < 3) write_many(store, 2);
    }
    if (order == Order::newest_first) std::reverse(all.begin(), all.end());
    Ids expected;
    for (RecordId id = 1; id <= (order == Order::newest_first ? 23 : 32); ++id)
      if (id < 24 || id > 26) expected.push_back(id);
    CHECK(all == expected);
  }
}

TEST_CASE("the last page says that there is nothing more") {
  LogStore store{{":memory:"}};
  CHECK(find(store, {}).next == 0);
  CHECK(find(store, {}).batch.empty());
  write_many(store, 10);
  for (const auto order : {Order::newest_first, Order::oldest_first}) {
    CHECK(find(store, {.order = order, .limit = 9}).next == (order == Order::newest_first ? 2 : 9));
    CHECK(find(store, {.order = order, .limit = 10}).next == 0);
    CHECK(find(store, {.order = order, .limit = 11}).next == 0);
    CHECK(find(store, {.order = order, .limit = 0}).batch.empty());
  }
  CHECK(find(store, {.cursor = 1}).batch.empty());
  CHECK(find(store, {.order = Order::oldest_first, .cursor = 10}).batch.empty());
  CHECK(ids(find(store, {.limit = 2, .cursor = 1'000})) == Ids{10, 9});
}

TEST_CASE("pages go over what retention removed") {
  LogStore store{{":memory:"}};
  write_many(store, 10);
  sqlite::execute(store.native_handle(), "DELETE FROM log WHERE id IN (1, 2, 5, 6, 10)");
  const auto first = find(store, {.limit = 3});
  CHECK(ids(first) == Ids{9, 8, 7});
  CHECK(ids(find(store, {.limit = 3, .cursor = first.next})) == Ids{4, 3});
  CHECK(store.prune({.since = at(1)}).records == 5);
  CHECK(find(store, {}).batch.empty());
}

TEST_CASE("a search that runs out of time says where it stopped, and ends when it is taken up again") {
  LogStore store{{":memory:"}};
  write_many(store, 1'500);
  write_many(store, 2, "rare");
  write_many(store, 1'500);
  write_many(store, 2, "rare");
  for (const auto order : {Order::newest_first, Order::oldest_first}) {
    Query query{.filter = system_is("rare"), .order = order, .limit = 10, .budget = milliseconds{0}};
    Ids all;
    int cuts = 0;
    for (;; ++cuts) {
      const auto page = find(store, query);
      CHECK(page.cut == (page.next != 0));
      const auto more = ids(page);
      all.insert(all.end(), more.begin(), more.end());
      if (page.next == 0) break;
      query.cursor = page.next;
      REQUIRE(cuts < 100);
    }
    CHECK(cuts > 1);
    if (order == Order::newest_first) std::reverse(all.begin(), all.end());
    CHECK(all == Ids{1'501, 1'502, 3'003, 3'004});
    query.cursor = 0;
    query.budget = std::chrono::hours{1};
    const auto whole = find(store, query);
    CHECK(whole.batch.size() == 4);
    CHECK(!whole.cut);
  }
}

TEST_CASE("a page is full before its time budget is looked at") {
  LogStore store{{":memory:"}};
  write_many(store, 1'000);
  const auto page = find(store, {.limit = 50, .budget = milliseconds{0}});
  CHECK(page.batch.size() == 50);
  CHECK(!page.cut);
  CHECK(page.next == 951);
}

TEST_CASE("a page that holds enough bytes ends early, and the next goes on behind it") {
  LogStore store{{":memory:"}};
  const std::string text(100'000, 'x');
  write(store, std::vector<Row>(10, Row{.message = text}));
  for (const auto order : {Order::newest_first, Order::oldest_first}) {
    Query query{.order = order, .max_bytes = 300'000};
    Ids all;
    int pages = 0;
    for (;; ++pages) {
      const auto page = find(store, query);
      CHECK(page.batch.size() >= 1);
      CHECK(page.batch.bytes() < 600'000);
      CHECK(!page.cut);
      const auto more = ids(page);
      all.insert(all.end(), more.begin(), more.end());
      if (page.next == 0) break;
      query.cursor = page.next;
    }
    CHECK(pages >= 2);
    if (order == Order::newest_first) std::reverse(all.begin(), all.end());
    CHECK(all == Ids{1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  }
  CHECK(find(store, {.max_bytes = 1}).batch.size() == 1);
}

TEST_CASE("who never sent anything is known without looking at the records") {
  LogStore store{{":memory:"}};
  write_many(store, 2'000);
  const auto page = find(store, {.filter = system_is("nobody"), .budget = milliseconds{0}});
  CHECK(page.batch.empty());
  CHECK(!page.cut);  // one window of the search would not have reached the end
  CHECK(page.next == 0);
  write_many(store, 1, "late");
  CHECK(ids(find(store, {.filter = system_is("late"), .budget = milliseconds{0}})) == Ids{2'001});
}

TEST_CASE("no search sorts, and none depends on values in its text") {
  LogStore store{{":memory:"}};
  const Criteria full{.produkt_id = "a",
                      .system_id = "b",
                      .sub_system_id = "c",
                      .sub_sub_system_id = "d",
                      .user_spec_1 = "e",
                      .user_spec_2 = "f",
                      .pattern = "g",
                      .since = at(0),
                      .level = Level::error};
  const Filter filters[] = {{},
                            system_is("b"),
                            to_filter({.pattern = "g"}),
                            to_filter({.since = at(0)}),
                            to_filter({.level = Level::error}),
                            to_filter(full),
                            parse_filter("id:5.. a or -b exists:file /x/ attr.y:5 created<1h origin:0*").value()};
  for (const auto& filter : filters)
    for (const auto order : {Order::newest_first, Order::oldest_first}) {
      std::string plan;
      sqlite::Statement rows{store.native_handle(), "EXPLAIN QUERY PLAN " + sql_of(store, filter, order)};
      while (rows.step()) plan += std::string{rows.text(3)} + '\n';
      CAPTURE(plan);
      CHECK(plan.starts_with("SEARCH e USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)\n"));
      CHECK(plan.find("TEMP B-TREE") == std::string::npos);
      CHECK(plan.find("AUTOMATIC") == std::string::npos);
    }
  Criteria other = full;
  other.system_id = "O'Brien";
  other.pattern = "%x";
  other.level = Level::info;
  CHECK(sql_of(store, to_filter(other), Order::newest_first) == sql_of(store, to_filter(full), Order::newest_first));
}

TEST_CASE("a page names each sender, place and process once") {
  LogStore store{{":memory:"}};
  write_many(store, 20);
  write_many(store, 20, "other");
  const auto page = find(store, {.limit = 30});
  CHECK(page.batch.sources().size() == 2);
  CHECK(page.batch.sites().size() == 1);
  CHECK(page.batch.processes().size() == 1);
  CHECK(page.batch.source(page.batch.records()[0]).system_id == "other");
  CHECK(page.batch.source(page.batch.records()[29]).system_id == "box");
}

TEST_CASE("a pattern may have any length") {
  LogStore store{{":memory:"}};
  write(store, {{.message = "xxx"}, {.message = std::string_view{}}});
  CHECK(found(store, to_filter({.pattern = std::string(100'000, 'x')})).empty());
  CHECK(found(store, to_filter({.pattern = "x" + std::string(100'000, '%') + "x"})) == Ids{1});
  CHECK(found(store, to_filter({.pattern = std::string(100'000, '_')})).empty());
}

TEST_CASE("two searches run at once on one connection") {
  LogStore store{{":memory:"}};
  write_many(store, 3);
  Plan first{store.native_handle(), system_is("box"), {}};
  sqlite::Statement rows{store.native_handle(), first.rows_sql(Order::oldest_first)};
  first.bind(rows);
  bind_window(rows, 1, 3, 10);
  CHECK(rows.step());
  CHECK(found(store, parse_filter("text").value()) == Ids{1, 2, 3});
  CHECK(rows.step());
}

TEST_CASE("one finder answers many searches, and reads on after none of them") {
  LogStore store{{":memory:"}};
  auto* db = store.native_handle();
  query::Finder finder{db};
  CHECK(ids(finder.find({})).empty());
  write_many(store, 3);
  CHECK(ids(finder.find({})) == Ids{3, 2, 1});
  CHECK(ids(finder.find({.order = Order::oldest_first})) == Ids{1, 2, 3});
  CHECK(ids(finder.find({.filter = system_is("nobody")})).empty());
  CHECK(ids(finder.find({.filter = parse_filter("text").value()})) == Ids{3, 2, 1});
  CHECK(ids(finder.find({.filter = parse_filter("nothing").value()})).empty());
  write_many(store, 1);
  CHECK(ids(finder.find({.max_bytes = 1})) == Ids{4});
  for (auto* statement = sqlite3_next_stmt(db, nullptr); statement; statement = sqlite3_next_stmt(db, statement))
    CHECK_FALSE(sqlite3_stmt_busy(statement));
}

TEST_CASE("the names to choose from are sorted, each once, with None for absent") {
  LogStore store{{":memory:"}};
  CHECK(source_names(store).system_ids.empty());
  write(store, {{.source = {.produkt_id = "shop", .system_id = "b", .user_spec_1 = "u1"}},
                {.source = {.produkt_id = "shop", .system_id = "a", .user_spec_2 = "u2"}},
                {.source = {.produkt_id = "None", .sub_system_id = "n", .sub_sub_system_id = "w"}}});
  const auto names = source_names(store);
  CHECK(names.produkt_ids == Texts{"None", "shop"});
  CHECK(names.system_ids == Texts{"None", "a", "b"});
  CHECK(names.sub_system_ids == Texts{"None", "n"});
  CHECK(names.sub_sub_system_ids == Texts{"None", "w"});
  CHECK(names.user_spec_1s == Texts{"None", "u1"});
  CHECK(names.user_spec_2s == Texts{"None", "u2"});
}

TEST_CASE("of very many senders the newest are to be chosen from") {
  LogStore store{{":memory:"}};
  std::vector<std::string> numbers(10'001);
  std::vector<Row> rows;
  for (std::size_t i = 0; i < numbers.size(); ++i)
    rows.push_back({.source = {.system_id = numbers[i] = std::to_string(100'000 + i)}});
  write(store, rows);
  const auto names = source_names(store);
  CHECK(names.system_ids.size() == 10'000);
  CHECK(names.system_ids.front() == "100001");
}

TEST_CASE("cursors and ids that no record can have find nothing, or everything") {
  LogStore store{{":memory:"}};
  write_many(store, 3);
  constexpr auto lowest = std::numeric_limits<RecordId>::min(), highest = std::numeric_limits<RecordId>::max();
  for (const auto order : {Order::newest_first, Order::oldest_first}) {
    const bool down = order == Order::newest_first;
    CHECK(find(store, {.order = order, .cursor = lowest}).batch.size() == (down ? 0 : 3));
    CHECK(find(store, {.order = order, .cursor = highest}).batch.size() == (down ? 3 : 0));
  }
  for (const auto& [text, records] : {std::pair{"id<-9223372036854775807", 0},
                                      {"id>9223372036854775806", 0},
                                      {"id>=-9223372036854775808", 3},
                                      {"id<=9223372036854775807", 3}}) {
    const auto filter = parse_filter(text).value();
    CHECK(count(store, {.filter = filter}).records == records);
    CHECK(find(store, {.filter = filter}).batch.size() == static_cast<std::size_t>(records));
  }
}

TEST_SUITE_END();
