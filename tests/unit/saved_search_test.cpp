#include <doctest/doctest.h>

#include <string>

#include "psherald/saved_search.hpp"
#include "store/sqlite.hpp"
#include "support/capture.hpp"

using namespace psherald;

namespace {

std::string refusal(LogStore& store, const SavedSearch& search) {
  try {
    save(store, search);
  } catch (const Error& error) {
    CHECK(error.code() == Errc::bad_query);
    return error.what();
  }
  return "saved";
}

std::string numbers_to(int last) {
  return "WITH RECURSIVE numbers(n) AS (VALUES(1) UNION ALL SELECT n + 1 FROM numbers WHERE n < " +
         std::to_string(last) + ") ";
}

}  // namespace

TEST_SUITE_BEGIN("query");

TEST_CASE("a search is saved under a name, changed and removed") {
  LogStore store{{":memory:"}};
  save(store, {.name = "Zebra", .query = "level>=error", .time = "6h"});
  save(store, {.name = "ärger", .query = "system:a", .order = Order::oldest_first});
  save(store, {.name = "Zebra", .query = "level>=warning"});
  const auto all = saved_searches(store);
  REQUIRE(all.size() == 2);
  CHECK(all[0].name == "Zebra");
  CHECK(all[0].query == "level>=warning");
  CHECK(all[0].time.empty());
  CHECK(all[0].saved > Timestamp{});
  CHECK(find_saved(store, "ärger").value() == all[1]);
  CHECK(all[1].order == Order::oldest_first);
  CHECK(remove_saved(store, "Zebra"));
  CHECK(!remove_saved(store, "Zebra"));
  CHECK(!find_saved(store, "Zebra"));
  CHECK(store.check().empty());
}

TEST_CASE("what cannot be a saved search is refused, saying why") {
  LogStore store{{":memory:"}};
  const struct {
    SavedSearch search;
    std::string why;
  } cases[] = {
      {{.name = ""}, "it has no name"},
      {{.name = "a/b"}, "no / and no control characters"},
      {{.name = "a\nb"}, "no / and no control characters"},
      {{.name = "\xff"}, "no / and no control characters"},
      {{.name = "~0a1b2c3d"}, "those of links"},
      {{.name = std::string(65, 'x')}, "longer than 64 characters"},
      {{.name = "a", .query = "modul:x"}, "modul"},
      {{.name = "a", .time = "6 parsecs"}, "is no time"},
      {{.name = "a", .time = "..\""}, "is no time"},
  };
  for (const auto& [search, why] : cases) {
    const auto said = refusal(store, search);
    CAPTURE(said);
    CHECK(said.find(why) != said.npos);
  }
  CHECK(saved_searches(store).empty());
  CHECK(refusal(store, {.name = std::string(32, 'x') + std::string("ééééééééééééééééééééééééééééééé")}) == "saved");
}

TEST_CASE("the number of saved searches and of links is bounded") {
  LogStore store{{":memory:"}};
  sqlite::execute(store.native_handle(),
                  (numbers_to(1'000) + "INSERT INTO saved_search SELECT 'n' || n, '', '', 0, n FROM numbers").c_str());
  CHECK(refusal(store, {.name = "one more"}) == "cannot save the search: there are 1000 already; remove one first");
  CHECK(refusal(store, {.name = "n7", .query = "x"}) == "saved");
  sqlite::execute(
      store.native_handle(),
      (numbers_to(10'000) + "INSERT INTO saved_search SELECT printf('~%08x', n), n, '', 0, n FROM numbers").c_str());
  const auto name = save_link(store, {.query = "newest"});
  CHECK(find_saved(store, name).value().query == "newest");
  CHECK(!find_saved(store, "~00000001"));
  CHECK(find_saved(store, "~00000002"));
  CHECK(saved_searches(store).size() == max_saved_searches);
}

TEST_CASE("a link to the same search has the same name") {
  LogStore store{{":memory:"}};
  const auto name = save_link(store, {.query = "a", .time = "1h"});
  CHECK(name.size() == 9);
  CHECK(name.front() == '~');
  CHECK(save_link(store, {.query = "a", .time = "1h"}) == name);
  CHECK(save_link(store, {.query = "a", .time = "2h"}) != name);
  CHECK(save_link(store, {.query = "a", .time = "1h", .order = Order::oldest_first}) != name);
  CHECK(saved_searches(store).empty());
  CHECK(remove_saved(store, name));
}

TEST_SUITE_END();
