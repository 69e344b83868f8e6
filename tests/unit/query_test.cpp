#include <doctest/doctest.h>

#include "psherald/query.hpp"

using namespace psherald;

TEST_SUITE_BEGIN("query");

TEST_CASE("the newest records come first") {
  LogStore store{{":memory:"}};
  RecordBatch batch;
  for (const char* text : {"one", "two", "three"}) {
    Record record;
    record.message = text;
    batch.append(record, Source{.system_id = "box"});
  }
  store.write(std::move(batch), {});
  const auto page = find(store, {.limit = 2});
  REQUIRE(page.batch.size() == 2);
  CHECK(page.batch.records()[0].message == "three");
  CHECK(page.next == 2);
  const auto rest = find(store, {.limit = 2, .cursor = page.next});
  REQUIRE(rest.batch.size() == 1);
  CHECK(rest.next == 0);
  CHECK(source_names(store).system_ids == std::vector<std::string>{"box"});
  CHECK(find(*store.reader(), {}).batch.size() == 3);
}

TEST_SUITE_END();
