/// Stores that pass records on to each other: chains, diamonds and loops.

#include <doctest/doctest.h>

#include "psherald/psherald.hpp"
#include "store/sqlite.hpp"
#include "support/node.hpp"
#include "support/oracle.hpp"
#include "support/place.hpp"

using namespace psherald;
using namespace psherald::testing;

TEST_SUITE_BEGIN("forward");

namespace {

bool has_all(Node& node, const Oracle& oracle, std::int64_t count) {
  const auto reader = node.reader();
  if (!wait_until([&] { return reader->count() >= count; })) return false;
  const auto verdict = oracle.judge(*reader);
  CAPTURE(node.name());
  CAPTURE(verdict);
  CHECK(verdict.is_exact());
  CHECK(verdict.stored == count);
  return true;
}

/// Nothing is on its way any more.
bool has_sent_all(Node& node, std::size_t forwarder = 0) {
  return wait_until([&] { return node.forwarder(forwarder).stats().cursor == node.reader()->newest_id(); });
}

}  // namespace

TEST_CASE("along a chain every record arrives under the name that its first store gave it") {
  const Place place;
  Oracle oracle;
  Node last{place.directory(), "last"}, middle{place.directory(), "middle"}, first{place.directory(), "first"};
  first.forward_to(middle);
  middle.forward_to(last);
  for (int i = 0; i < 20; ++i) {
    first.write(oracle.issue("first", 10));
    middle.write(oracle.issue("middle", 10));
    last.write(oracle.issue("last", 10));
  }
  REQUIRE(has_all(last, oracle, 600));
  const auto names = [](Node& node, const std::string& origin) {
    std::vector<std::pair<std::string, RecordId>> all;
    const auto page = find(*node.reader(), {.order = Order::oldest_first, .limit = 10'000});
    for (const auto& record : page.batch.records())
      if (page.batch.source(record).system_id == origin) all.emplace_back(record.origin, record.origin_id);
    return all;
  };
  CHECK(names(first, "first").size() == 200);
  CHECK(names(first, "first") == names(middle, "first"));
  CHECK(names(first, "first") == names(last, "first"));
  CHECK(names(middle, "middle") == names(last, "middle"));
}

TEST_CASE("where two paths lead to one store, each record is there once") {
  const Place place;
  Oracle oracle;
  Node end{place.directory(), "end"}, left{place.directory(), "left"}, right{place.directory(), "right"},
      start{place.directory(), "start"};
  left.forward_to(end);
  right.forward_to(end);
  start.forward_to(left);
  start.forward_to(right);
  for (int i = 0; i < 30; ++i) start.write(oracle.issue("start", 20));
  REQUIRE(has_all(end, oracle, 600));
  REQUIRE(has_all(left, oracle, 600));
  REQUIRE(has_all(right, oracle, 600));
  REQUIRE(has_sent_all(left));
  REQUIRE(has_sent_all(right));
  CHECK(end.receiver().stats().stored == 600);
  CHECK(end.receiver().stats().duplicate == 600);
}

TEST_CASE("in a loop of three stores each gets all, once, and then nothing goes round any more") {
  const Place place;
  Oracle oracle;
  Node one{place.directory(), "one"}, two{place.directory(), "two"}, three{place.directory(), "three"};
  Node* const all[]{&one, &two, &three};
  one.forward_to(two);
  two.forward_to(three);
  three.forward_to(one);
  for (int i = 0; i < 10; ++i)
    for (auto* node : all) node->write(oracle.issue(node->name(), 20));
  for (auto* node : all) REQUIRE(has_all(*node, oracle, 600));
  for (auto* node : all) REQUIRE(has_sent_all(*node));
  for (auto* node : all) {
    CHECK(node->receiver().stats().stored == 400);
    // Of its own, what came back from the third store; of the third one's, what came from there.
    CHECK(node->receiver().stats().looped == 200);
    CHECK(node->receiver().stats().duplicate == 0);
    CHECK(node->reader()->newest_id() == 600);
  }
}

TEST_CASE("records that a store lost when its file was put back come home over a loop") {
  const Place place;
  Oracle oracle;
  Node one{place.directory(), "one"}, two{place.directory(), "two"};
  one.forward_to(two);
  two.forward_to(one);
  one.write(oracle.issue("one", 50));
  REQUIRE(has_all(two, oracle, 50));
  one.stop();
  const auto copy = place.file("copy");
  one.copy_to(copy);
  one.start();
  one.write(oracle.issue("one", 50));
  REQUIRE(has_all(two, oracle, 100));
  one.stop();
  one.put_back(copy);
  one.start();
  one.write(oracle.issue("anew", 10));
  two.write(oracle.issue("two", 10));
  REQUIRE(has_all(two, oracle, 120));
  const auto reader = one.reader();
  REQUIRE(wait_until([&] { return reader->count() >= 70; }));
  const auto verdict = oracle.judge(*reader);
  CAPTURE(verdict);
  CHECK(verdict.doubled == 0);
  CHECK(verdict.unexpected == 0);
}

TEST_SUITE_END();
