#include "forward/backlog.hpp"

#include <doctest/doctest.h>

#include "forward/gaps.hpp"
#include "forward/rate.hpp"
#include "psherald/log_store.hpp"
#include "store/sqlite.hpp"

using namespace psherald;
using namespace psherald::forward;
using namespace std::chrono_literals;

TEST_SUITE_BEGIN("forward");

namespace {

constexpr std::uint64_t row_bytes = 128;
constexpr RecordId segment = 4096;
constexpr Timestamp never{};

Timestamp at(std::int64_t seconds) { return Timestamp{std::chrono::seconds{1'795'000'000 + seconds}}; }

/// Records of ten bytes each, the id's second of receiving being the id.
void write(LogStore& store, RecordId count) {
  RecordBatch batch;
  for (RecordId id = store.newest_id() + 1; count > 0; ++id, --count)
    batch.append({.received = at(id), .message = "message", .exc_text = "e", .stack_info = "s", .extra = "{"});
  store.write(std::move(batch), {});
}

void execute(LogStore& store, const std::string& sql) { sqlite::execute(store.native_handle(), sql.c_str()); }

}  // namespace

TEST_CASE("a backlog is what lies behind the position, by summaries and by rows") {
  LogStore store{{":memory:"}};
  CHECK(backlog_behind(store, 0).records == 0);
  CHECK(!backlog_behind(store, 0).oldest);
  write(store, 3 * segment + 500);
  const RecordId newest = store.newest_id();
  for (const RecordId position : {RecordId{0}, RecordId{1}, segment - 2, segment - 1, segment, 2 * segment + 77,
                                  newest - 1, newest, newest + 5}) {
    CAPTURE(position);
    const auto backlog = backlog_behind(store, position);
    const auto expected = static_cast<std::uint64_t>(std::max<RecordId>(0, newest - position));
    CHECK(backlog.records == expected);
    CHECK(backlog.bytes == expected * (row_bytes + 10));
    CHECK(backlog.oldest == (expected > 0 ? std::optional{at(position + 1)} : std::nullopt));
  }
}

TEST_CASE("records that are gone do not count, and a segment without a summary is counted by its rows") {
  LogStore store{{":memory:"}};
  write(store, 5 * segment);
  execute(store, "DELETE FROM log WHERE id BETWEEN 100 AND 199");
  execute(store, "DELETE FROM log WHERE id BETWEEN 8192 AND 12287");  // a whole segment
  CHECK(backlog_behind(store, 0).records == 5 * segment - 100 - segment);
  CHECK(backlog_behind(store, 150).records == 5 * segment - 199 - segment);
  CHECK(backlog_behind(store, 150).oldest == at(200));
}

TEST_CASE("of many segments without a summary most are estimated") {
  LogStore store{{":memory:"}};
  write(store, 12 * segment);
  execute(store, "DELETE FROM segment");
  const auto backlog = backlog_behind(store, 0);
  CHECK(backlog.records >= 12 * segment);
  CHECK(backlog.records <= 13 * segment);
  CHECK(backlog.bytes == backlog.records * (row_bytes + 10));
}

TEST_CASE(
    "within its bounds nothing of a backlog is given up; beyond them the oldest are, to nine tenths of the bytes") {
  LogStore store{{":memory:"}};
  write(store, 3 * segment + 500);
  constexpr auto size = row_bytes + 10;
  const RecordId newest = store.newest_id();
  struct Case {
    const char* name;
    RecordId position;
    std::uint64_t max_bytes;
    Timestamp oldest_allowed;
    RecordId given_up;
  };
  const Case cases[]{
      {"within both", 0, size * 20'000, at(1), 0},
      {"exactly full", 0, size * static_cast<std::uint64_t>(newest), never, 0},
      {"one too many", 0, size * 10'000, never, newest - 9'000},
      {"much too many", 0, size * 100, never, newest - 90},
      {"from within a segment", 5'000, size * 1'000, never, newest - 900},
      {"nothing may wait", 0, 0, never, newest},
      {"one record is too much", newest - 1, size - 1, never, newest},
      {"some are too old", 0, size * 20'000, at(6'000), 5'999},
      {"some are too old within the position's segment", 5'000, size * 20'000, at(6'000), 5'999},
      {"all are too old", 0, size * 20'000, at(1'000'000), newest},
      {"the oldest is just young enough", 5'999, size * 20'000, at(6'000), 5'999},
      {"too old and too many", 0, size * 100, at(6'000), newest - 90},
      {"nothing waits", newest, 0, at(1'000'000), newest},
  };
  for (const auto& one : cases) {
    CAPTURE(one.name);
    CHECK(skip_to(store, one.position, one.max_bytes, one.oldest_allowed) == one.given_up);
  }
}

TEST_CASE("a clock that went back makes nobody give up what is young") {
  LogStore store{{":memory:"}};
  RecordBatch batch;
  for (const int second : {10, 20, 500, 30, 40}) batch.append({.received = at(second), .message = "message"});
  store.write(std::move(batch), {});
  CHECK(skip_to(store, 0, 1 << 30, at(100)) == 2);
}

TEST_CASE("gaps that touch are one, and are told in their order") {
  Gaps gaps;
  CHECK(gaps.empty());
  gaps.add({10, 19});
  gaps.add({30, 39});
  CHECK(gaps.ids() == 20);
  CHECK(gaps.behind(8) == 8);
  CHECK(gaps.behind(9) == 19);
  CHECK(gaps.behind(19) == 19);
  gaps.add({1, 5});
  CHECK(gaps.front().to == 5);
  gaps.add({20, 29});
  CHECK(gaps.take().to == 5);
  CHECK(gaps.front().from == 10);
  CHECK(gaps.take().to == 39);
  CHECK(gaps.empty());
}

TEST_CASE("a rate is that of the last ten seconds") {
  Rate rate;
  const Rate::Clock::time_point start{};
  CHECK(rate.per_second() == 0);
  rate.note(start, 0);
  CHECK(rate.per_second() == 0);
  for (int second = 1; second <= 100; ++second) rate.note(start + second * 1s, static_cast<std::uint64_t>(second) * 7);
  CHECK(rate.per_second() == doctest::Approx(7));
  for (int second = 101; second <= 110; ++second) rate.note(start + second * 1s, 700);
  CHECK(rate.per_second() == 0);
}

TEST_SUITE_END();
