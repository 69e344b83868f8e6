/// A link between two stores that nothing disturbs.

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "psherald/psherald.hpp"
#include "support/node.hpp"
#include "support/place.hpp"

using namespace psherald;
using namespace psherald::testing;
using namespace std::chrono_literals;

TEST_SUITE_BEGIN("forward");

namespace {

using Texts = std::vector<std::string>;

struct Link {
  Link() { sender.forward_to(receiver); }
  void write(const Texts& texts) {
    RecordBatch batch;
    for (const auto& text : texts)
      batch.append({.created = now(), .message = text}, {.system_id = "shop"}, {.name = "orders", .lineno = 7},
                   {.process = 42});
    sender.write(std::move(batch));
  }
  Texts arrived() {
    Texts texts;
    const auto page = find(*receiver.reader(), {.order = Order::oldest_first});
    for (const auto& record : page.batch.records()) texts.emplace_back(record.message);
    return texts;
  }

  Place place;
  Node receiver{place.directory(), "receiver"}, sender{place.directory(), "sender"};
};

}  // namespace

TEST_CASE("what a store has, and what comes, reaches another one in its order") {
  Link link;
  link.write({"one", "two"});
  CHECK(wait_until([&] { return link.arrived().size() == 2; }));
  link.write({"three"});
  CHECK(wait_until([&] { return link.arrived() == Texts{"one", "two", "three"}; }));
  link.sender.forwarder().stop(1s);
  const auto stats = link.sender.forwarder().stats();
  CHECK(stats.sent == 3);
  CHECK(stats.lag == 0);
  CHECK(stats.cursor == 3);
  CHECK(link.receiver.receiver().stats().stored == 3);
}

TEST_CASE("a record whose attributes are an empty text arrives like any other") {
  Link link;
  RecordBatch batch;
  batch.append({.message = "odd", .extra = ""});
  link.sender.write(std::move(batch));
  CHECK(wait_until([&] { return link.arrived() == Texts{"odd"}; }));
  CHECK(link.receiver.receiver().stats().refused == 0);
}

TEST_SUITE_END();
