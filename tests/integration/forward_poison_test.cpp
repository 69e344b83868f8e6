/// A record that ends the store that reads it.

#include <doctest/doctest.h>

#include "psherald/psherald.hpp"
#include "store/sqlite.hpp"
#include "support/node.hpp"
#include "support/oracle.hpp"
#include "support/place.hpp"
#include "support/supervised.hpp"

using namespace psherald;
using namespace psherald::testing;

TEST_SUITE_BEGIN("forward");

TEST_CASE("a record that ends its receiver three times is refused there, and everything else arrives") {
  const Place place;
  Oracle oracle;
  const auto database = place.file("collector"), socket = place.file("socket");
  Node sender{place.directory(), "sender"};
  sender.write(oracle.issue("a", 150));
  RecordBatch poison;
  poison.append({.message = "poison"});
  sender.write(std::move(poison));
  sender.write(oracle.issue("a", 150));
  sender.forward_to("http:unix:" + socket);
  SupervisedCollector collector{database, "unix:" + socket, "poison"};

  REQUIRE(wait_until([&] { return sender.forwarder().stats().cursor == 301; }));
  const LogStore store{{.path = database, .read_only = true}};
  const auto verdict = oracle.judge(store);
  CAPTURE(verdict);
  CHECK(verdict.is_exact());
  CHECK(verdict.gap_rows == 0);
  CHECK(store.count() == 300);
  CHECK(sqlite::integer(store.native_handle(),
                        "SELECT count(*) FROM dead_letter WHERE rec_id = 151 AND reason LIKE 'crashed%' AND "
                        "CAST(bytes AS TEXT) LIKE '%poison%'") == 1);
  CHECK(sender.forwarder().stats().refused == 1);
  sender.stop();
  const LogStore sent{{.path = sender.file(), .read_only = true}};
  CHECK(sqlite::integer(sent.native_handle(), "SELECT rec_id FROM dead_letter WHERE cursor IS NOT NULL") == 151);
  CHECK(collector.deaths() < 20);
}

TEST_SUITE_END();
