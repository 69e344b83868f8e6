// What a store keeps when the process is killed, the power goes, or the disk fails at any of its changes to the disk.

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include "psherald/log_store.hpp"
#include "store/sqlite.hpp"
#include "support/breaking_disk.hpp"
#include "support/place.hpp"

using namespace psherald;
using psherald::testing::Breakage;
using psherald::testing::BreakingDisk;
using psherald::testing::Place;

namespace {

using Texts = std::vector<std::string>;

constexpr int rounds = 8, records_a_round = 1'500;  // they close two segments

Timestamp at(std::int64_t seconds) { return Timestamp{std::chrono::seconds{1'795'000'000 + seconds}}; }

LogStore::Options options_for(const Place& place) {
  // Little memory, so that SQLite writes before it commits.
  return {.path = place.file(), .page_cache_bytes = 64 << 10, .ballast_bytes = 0};
}

// The message of each record is its id.
void add(LogStore& store, int records) {
  RecordBatch batch;
  for (auto id = store.newest_id(); records > 0; --records) {
    const auto text = std::to_string(++id);
    Record record;
    record.message = text;
    record.received = at(id);
    batch.append(record, {.system_id = text.substr(0, 1)});
  }
  store.begin();
  store.append(batch);
  store.commit();
}

// One of the rounds of a store's life; `stored` hears of each commit of records.
template <class Stored>
void live(LogStore& store, int round, Stored stored) {
  add(store, records_a_round);
  stored(store.newest_id());
  if (round % 3 == 1)
    sqlite3_wal_checkpoint_v2(store.native_handle(), "main", SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (round % 3 == 2) store.prune({.since = at(store.newest_id() - 3'000)});
  store.tend();
  store.save_cursor({.name = "test", .id = store.newest_id()});
}

// Lives in a process of its own, up to the end or the breakage; returns the last id that it heard was stored.
struct Life {
  RecordId stored = 0;
  bool ended = false;
};
Life live_and_die(const Place& place, Breakage breakage, int at, const char* setting) {
  int pipe[2];
  REQUIRE(::pipe(pipe) == 0);
  const auto child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const BreakingDisk disk{breakage, at};
    LogStore store{options_for(place)};
    sqlite::execute(store.native_handle(), setting);
    const auto tell = [&](RecordId id) { return write(pipe[1], &id, sizeof id) == sizeof id; };
    for (int round = 0; round < rounds; ++round) live(store, round, tell);
    _exit(0);
  }
  close(pipe[1]);
  Life life;
  for (RecordId id; read(pipe[0], &id, sizeof id) == sizeof id;) life.stored = id;
  close(pipe[0]);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  life.ended = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  CHECK((life.ended || (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)));
  return life;
}

// What is wrong with a store that was told to have kept all up to `stored`; empty when nothing is.
std::string wrong_with(const Place& place, RecordId stored) try {
  LogStore store{options_for(place)};
  auto* db = store.native_handle();
  if (const auto faults = store.check(); !faults.empty()) return faults.front();
  if (store.newest_id() < stored) return "records are lost";
  if (store.newest_id() > stored + records_a_round) return "records came from nowhere";
  if (sqlite::integer(db, "SELECT count(*) FROM entry WHERE message <> CAST(id AS TEXT)") != 0) return "records moved";
  if (store.cursor("test").value_or(Cursor{}).id > store.newest_id()) return "a cursor is ahead of its log";
  add(store, 1);
  return {};
} catch (const Error& error) {
  return error.what();
}

// Breaks at more and more distant changes until one life comes to its end. The faults that were found.
Texts break_everywhere(Breakage breakage, const char* setting = "PRAGMA synchronous") {
  Texts faults;
  for (int at = 1;; at += 1 + at / 16) {
    const Place place;
    const auto life = live_and_die(place, breakage, at, setting);
    if (life.ended) break;
    if (auto fault = wrong_with(place, life.stored); !fault.empty())
      faults.push_back("at change " + std::to_string(at) + ": " + std::move(fault));
  }
  return faults;
}

}  // namespace

TEST_SUITE_BEGIN("crash");

TEST_CASE("killed at any write, a store has what it was told is stored, and all that belongs to it") {
  CHECK(break_everywhere(Breakage::killed) == Texts{});
}

TEST_CASE("when the power goes at any write, a store has what it was told is stored, and all that belongs to it") {
  CHECK(break_everywhere(Breakage::power_lost) == Texts{});
}

TEST_CASE("without syncing, the power takes records with it: or the test before this one would say nothing") {
  CHECK_FALSE(break_everywhere(Breakage::power_lost, "PRAGMA synchronous = OFF").empty());
}

TEST_CASE("a disk that fails once costs what was being written, and nothing else") {
  for (int at = 1; at < 3'000; at += 1 + at / 8) {
    CAPTURE(at);
    const Place place;
    RecordId stored = 0;
    {
      const BreakingDisk disk{Breakage::failing, at};
      std::optional<LogStore> store;
      for (int attempt = 0; attempt < 2 && !store; ++attempt) try {
          store.emplace(options_for(place));
        } catch (const Error&) {
        }
      REQUIRE(store);
      for (int round = 0; round < rounds; ++round) try {
          live(*store, round, [&](RecordId id) { stored = id; });
        } catch (const Error&) {
          store->rollback();
        }
    }
    CHECK(stored >= (rounds - 2) * records_a_round);
    CHECK(wrong_with(place, stored) == "");
  }
}

TEST_SUITE_END();
