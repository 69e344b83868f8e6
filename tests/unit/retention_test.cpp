#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include "psherald/log_store.hpp"
#include "psherald/query.hpp"
#include "store/sqlite.hpp"
#include "support/breaking_disk.hpp"
#include "support/place.hpp"

using namespace psherald;
using namespace std::chrono_literals;
using psherald::testing::Breakage;
using psherald::testing::BreakingDisk;
using psherald::testing::Place;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t mebibyte = 1u << 20;

Timestamp at(std::int64_t seconds) { return Timestamp{std::chrono::seconds{1'795'000'000 + seconds}}; }

// Received a second apart, from the newest one on.
void add(LogStore& store, int records, std::size_t size = 100) {
  RecordBatch batch;
  const std::string text(size, 'x');
  for (auto id = store.newest_id(); records > 0; --records) {
    Record record;
    record.message = text;
    record.received = at(++id);
    batch.append(record);
  }
  store.begin();
  store.append(batch);
  store.commit();
}

RecordId oldest(const LogStore& store) {
  return sqlite::integer(store.native_handle(), "SELECT min(id) FROM entry").value_or(0);
}

Errc code_of(const Error& error) { return static_cast<Errc>(error.code().value()); }

}  // namespace

TEST_SUITE_BEGIN("store");

TEST_CASE("a store that may have so many bytes keeps the newest records, and gives room back to the disk") {
  const Place place;
  LogStore store{{.path = place.file(), .ballast_bytes = 4 * mebibyte}};
  constexpr std::uint64_t most = 48 * mebibyte;
  for (int round = 0; round < 12; ++round) {
    add(store, 10'000, 1'000);
    store.prune({.max_bytes = most});
    CHECK(store.disk_bytes() < most + 8 * mebibyte);
    CHECK(store.newest_id() == (round + 1) * 10'000);
  }
  CHECK(oldest(store) > 85'000);
  CHECK(oldest(store) < 110'000);
  CHECK(store.count() == store.newest_id() - oldest(store) + 1);
  CHECK(store.check().empty());
  CHECK(fs::file_size(place.file() + "-ballast") == 4 * mebibyte);
}

TEST_CASE("a long WAL is no reason to remove records: it is cut, or waits until nobody reads") {
  const Place place;
  LogStore store{{.path = place.file(), .ballast_bytes = 4 * mebibyte}};
  add(store, 1);
  const auto reader = store.reader();
  {
    const sqlite::Snapshot reading{reader->native_handle()};
    CHECK(oldest(*reader) == 1);
    for (int round = 0; round < 5; ++round) add(store, 8'000, 1'000);
    const auto wal = [&] { return fs::file_size(place.file() + "-wal"); };
    REQUIRE(wal() > 36 * mebibyte);
    CHECK(store.prune({.max_bytes = 80 * mebibyte}).records == 0);
  }
  for (int round = 0; round < 2; ++round) add(store, 8'000, 1'000);
  REQUIRE(store.disk_bytes() > 100 * mebibyte);
  CHECK(store.prune({.max_bytes = 100 * mebibyte}).records == 0);
  CHECK(fs::file_size(place.file() + "-wal") < mebibyte);
  CHECK(store.count() == 56'001);
}

TEST_CASE("nothing is removed from a store that has its size") {
  LogStore store{{":memory:"}};
  add(store, 10);
  CHECK(store.prune({}).records == 0);
  CHECK(store.prune({.max_bytes = store.disk_bytes() + 8 * mebibyte}).records == 0);
  CHECK(store.prune({.since = at(0), .max_bytes = 100 * mebibyte}).records == 0);
  CHECK(store.count() == 10);
}

TEST_CASE("a store that is too large even when it is empty ends up empty") {
  LogStore store{{":memory:"}};
  add(store, 10'000);
  CHECK(store.prune({.max_bytes = 1}).records == 10'000);
  add(store, 1);
  CHECK(store.newest_id() == 10'001);
}

TEST_CASE("removing goes step by step, with others' records in between, until all is done") {
  const Place place;
  LogStore store{{place.file()}};
  LogStore other{{place.file()}};
  add(store, 30'000, 500);
  std::size_t removed = 0;
  int steps = 0;
  for (bool more = true; more; ++steps) {
    const auto pruned = store.prune({.since = at(25'000)}, 0ms);
    removed += pruned.records;
    more = pruned.more;
    if (steps % 5 == 0) add(other, 1);
  }
  CHECK(removed == 24'999);
  CHECK(steps > 6);
  CHECK(oldest(store) == 25'000);
  CHECK(store.check().empty());
}

TEST_CASE("age and size may both be bounds") {
  LogStore store{{":memory:"}};
  add(store, 20'000, 100);
  CHECK(store.prune({.since = at(5'001), .max_bytes = 1'000 * mebibyte}).records == 5'000);
  CHECK(store.prune({.since = at(5'001), .max_bytes = 1}).records == 15'000);
}

TEST_CASE("what somebody has still to read stays, whatever is too old or too much") {
  for (const RecordId keep_from : {1, 2, 64, 65, 4'095, 4'096, 4'097, 9'000, 9'001, 20'000}) {
    CAPTURE(keep_from);
    const RecordId kept = std::min<RecordId>(keep_from, 9'001);
    for (const bool by_size : {false, true}) {
      LogStore store{{":memory:"}};
      add(store, 9'000);
      Retention keep{.keep_from = keep_from};
      by_size ? void(keep.max_bytes = 1) : void(keep.since = at(1'000'000));
      CHECK(store.prune(keep).records == static_cast<std::size_t>(kept - 1));
      CHECK(store.count() == 9'001 - kept);
      CHECK(oldest(store) == (kept <= 9'000 ? kept : 0));
      CHECK(store.prune(keep).records == 0);
      CHECK(store.check().empty());
    }
  }
}

TEST_CASE("what was read meanwhile may go, also in the middle of removing") {
  LogStore store{{":memory:"}};
  add(store, 20'000);
  Retention keep{.since = at(15'001), .keep_from = 100};
  CHECK(store.prune(keep).records == 99);
  keep.keep_from = 5'000;
  CHECK(store.prune(keep).records == 4'900);
  for (bool more = true; more; keep.keep_from += 1'000) more = store.prune(keep, 0ms).more;
  keep.keep_from = 0;
  store.prune(keep);
  CHECK(oldest(store) == 15'001);
  CHECK(store.check().empty());
}

TEST_CASE("who has not had what was removed is told") {
  LogStore store{{":memory:"}};
  add(store, 100);
  store.save_cursor({.name = "far", .id = 90});
  store.save_cursor({.name = "slow", .url = "python://there:1", .id = 30});
  CHECK(store.prune({.since = at(31)}).overtaken.empty());
  const auto pruned = store.prune({.since = at(61)});
  REQUIRE(pruned.overtaken.size() == 1);
  CHECK(pruned.overtaken[0].name == "slow");
  CHECK(pruned.overtaken[0].url == "python://there:1");
  CHECK(pruned.overtaken[0].id == 30);
  CHECK(store.prune({.since = at(61)}).overtaken.empty());
  CHECK(store.prune({.since = at(1'000)}).overtaken.size() == 2);
}

TEST_CASE("that a watchdog with rules has not judged what was removed is told") {
  LogStore store{{":memory:"}};
  add(store, 100);
  auto* db = store.native_handle();
  sqlite::execute(db, "INSERT INTO watch_run(epoch, cursor_id, tau, wall_us) VALUES(1, 30, 0, 0)");
  CHECK(store.prune({.since = at(41)}).overtaken.empty());  // it judges nothing
  sqlite::execute(
      db, "INSERT INTO watch_rule(name, condition_hash, began_tau, from_id, health) VALUES('a', 'h', 0, 0, 'ok')");
  const auto pruned = store.prune({.since = at(61)});
  REQUIRE(pruned.overtaken.size() == 1);
  CHECK(pruned.overtaken[0].name == "the watchdog");
  CHECK(pruned.overtaken[0].id == 30);
}

TEST_CASE("the ballast lies beside the database as long as the disk has room") {
  const Place place;
  const auto ballast = place.file() + "-ballast";
  { const LogStore store{{.path = place.file(), .ballast_bytes = mebibyte}}; }
  CHECK(fs::file_size(ballast) == mebibyte);
  std::ofstream{ballast, std::ios::app} << "one byte more";
  { const LogStore store{{.path = place.file(), .ballast_bytes = mebibyte}}; }
  CHECK(fs::file_size(ballast) == mebibyte);
  fs::remove(ballast);
  { const LogStore store{{.path = place.file(), .ballast_bytes = 0}}; }
  CHECK_FALSE(fs::exists(ballast));
  { const LogStore reader{{.path = place.file(), .read_only = true}}; }
  CHECK_FALSE(fs::exists(ballast));
}

TEST_CASE("on a full disk records are refused, old ones can be read and removed, and it goes on by itself") {
  const Place place;
  BreakingDisk disk{Breakage::full, 2'000};
  const auto ballast = place.file() + "-ballast";
  LogStore store{{.path = place.file(), .ballast_bytes = mebibyte}};
  const auto reader = store.reader();
  REQUIRE(fs::exists(ballast));
  std::int64_t stored = 0;
  for (bool full = false; !full; stored += full ? 0 : 1'000) try {
      REQUIRE(stored < 1'000'000);
      add(store, 1'000, 1'000);
    } catch (const Error& error) {
      CHECK(code_of(error) == Errc::store_full);
      store.rollback();
      full = true;
    }
  CHECK_FALSE(fs::exists(ballast));
  CHECK(reader->count() == stored);
  CHECK(find(*reader, {}).batch.size() == 50);
  CHECK(store.newest_id() == stored);

  disk.mend();
  CHECK(store.prune({.since = at(101)}).records == 100);
  add(store, 10);
  CHECK(fs::exists(ballast));
  CHECK(reader->count() == stored - 90);
  CHECK(store.check().empty());
}

TEST_CASE("a backup is the log at one moment, however much is written meanwhile") {
  const Place place;
  LogStore store{{.path = place.file(), .ballast_bytes = 0}};
  add(store, 20'000, 1'000);
  store.mark_alive(at(5));
  const auto reader = store.reader();
  const auto to = place.file("backup");
  std::vector<double> heard;
  reader->backup(to, [&](double done) {
    heard.push_back(done);
    add(store, 100);
    store.prune({.since = at(static_cast<std::int64_t>(heard.size()) * 100)});
  });
  CHECK(heard.size() > 3);
  CHECK(std::is_sorted(heard.begin(), heard.end()));
  CHECK(store.newest_id() == 20'000 + 100 * static_cast<RecordId>(heard.size()));
  CHECK((fs::status(to).permissions() & fs::perms::others_all) == fs::perms::none);
  CHECK_FALSE(fs::exists(to + ".partial"));

  LogStore copy{{.path = to, .ballast_bytes = 0}};
  CHECK(copy.newest_id() == 20'000);
  CHECK(copy.count() == 20'000);
  CHECK(copy.check().empty());
  add(copy, 1);
  CHECK(copy.newest_id() == 20'001);
}

TEST_CASE("a backup that cannot be made says why, and leaves nothing behind") {
  const Place place;
  LogStore store{{.path = place.file(), .ballast_bytes = 0}};
  add(store, 20'000, 1'000);
  const auto refusal = [&](const std::string& to) -> std::string {
    try {
      store.backup(to);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  std::ofstream{place.file("there")} << "precious";
  CHECK(refusal(place.file("there")) ==
        "cannot make the backup " + place.file("there") + ": it is there already; choose another name, or remove it");
  CHECK(fs::file_size(place.file("there")) == 8);
  CHECK(refusal(place.file("no/folder")).find("No such file or directory") != std::string::npos);
  {
    const BreakingDisk full{Breakage::full, 100};
    CHECK(refusal(place.file("full")).find("full") != std::string::npos);
  }
  CHECK_FALSE(fs::exists(place.file("full")));
  CHECK_FALSE(fs::exists(place.file("full.partial")));
  store.backup(place.file("fine"));
  CHECK(LogStore{{.path = place.file("fine"), .read_only = true}}.count() == 20'000);
}

TEST_SUITE_END();
