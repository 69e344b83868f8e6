#include "psherald/backtest.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include "store/sqlite.hpp"

using namespace psherald;
using namespace std::chrono_literals;

TEST_SUITE_BEGIN("watch");

namespace {

using Time = std::chrono::microseconds;

constexpr Timestamp start{std::chrono::sys_days{std::chrono::year{2026} / 1 / 5}};

struct Taker final : Notifier {
  Delivery deliver(const Alert&, const std::string&) noexcept override {
    return {Delivery::Outcome::accepted, 250, "", {}};
  }
};

Rule rule(const std::string& name, Rule::Kind kind, const std::string& condition, std::vector<std::string> by = {}) {
  Rule made;
  made.name = name;
  made.kind = kind;
  made.condition = condition;
  made.by = std::move(by);
  made.notify = {"ops"};
  return made;
}

Watchdog::Options rules() {
  Watchdog::Options options;
  options.zone = "UTC";
  Receiver ops;
  ops.name = "ops";
  ops.log = true;
  options.receivers = {ops};
  options.rules = {rule("hosts", Rule::Kind::heartbeat, "10m", {"host"}),
                   rule("alive", Rule::Kind::heartbeat, "5m", {"host", "system"}),
                   rule("full", Rule::Kind::pattern, "\"disk full\"", {"system"}),
                   rule("errors", Rule::Kind::rate, "> 5 in 5m"),
                   rule("new", Rule::Kind::first_seen, "30d"),
                   rule("no data", Rule::Kind::no_data, "2m")};
  options.rules[2].keep = 2min;
  options.maintenance = {{"night", "00:00-01:00", {"full"}, ""}};
  return options;
}

struct Sent {
  Time at{};
  std::string system, host, message;
  Level level = Level::info;
};

/// Half a day of systems that fall silent and come back, and of errors in bursts.
std::vector<Sent> a_day(unsigned seed) {
  std::mt19937 random{seed};
  const auto chance = [&](double share) { return std::uniform_real_distribution{}(random) < share; };
  std::vector<Sent> all;
  for (const std::string host : {"h1", "h2"})
    for (const std::string system : {"shop", "pay"}) {
      Time silent_until{};
      for (Time at{}; at < 12h; at += 2min) {
        if (chance(0.02)) silent_until = at + 3min + 1min * (random() % 40);
        const Time jitter{static_cast<std::int64_t>(random() % 60'000'000)};
        if (at >= silent_until) all.push_back({at + jitter, system, host, "alive"});
        if (chance(0.01))
          for (int i = 0; i < 8; ++i) all.push_back({at + jitter + i * 7s, system, host, "disk full", Level::error});
      }
    }
  std::stable_sort(all.begin(), all.end(), [](const Sent& a, const Sent& b) { return a.at < b.at; });
  return all;
}

class Past {
 public:
  explicit Past(unsigned seed) : sent_{a_day(seed)} {
    sqlite::execute(store.native_handle(), "PRAGMA synchronous = OFF");  // nobody pulls the plug here
  }

  /// A watchdog that is there all the time. The bridge is away for a quarter of an hour.
  void live(const Watchdog::Options& options) {
    Taker taker;
    Watchdog watchdog{store, taker, options};
    auto next = sent_.begin();
    for (Time now{}; now < 13h;) {
      if (now < 6h || now >= 6h + 15min) bridge(now);
      RecordBatch batch;
      for (; next != sent_.end() && next->at <= now; ++next) append(batch, *next);
      if (!batch.empty()) {
        store.begin();
        store.append(batch);
        store.commit();
      }
      const Moment moment{start + now, now, "boot"};
      watchdog.check(moment, Watchdog::Pace::steady);
      watchdog.deliver(moment);
      Time step = std::max<Time>(watchdog.wake(), 1s);
      if (next != sent_.end()) step = std::min(step, std::max<Time>(next->at - now, 1s));
      // A record is met within a second, and the bridge says every ten that it is there.
      now += step;
    }
  }

  /// When incidents of a rule opened.
  std::vector<double> opened(const std::string& name) {
    std::vector<double> times;
    sqlite::Statement rows{store.native_handle(),
                           "SELECT opened_tau FROM watch_incident WHERE rule = ?1 ORDER BY opened_tau, key"};
    rows.bind(1, std::string_view{name});
    while (rows.step())
      times.push_back(std::chrono::duration<double>(Time{rows.integer(0)} - start.time_since_epoch()).count());
    return times;
  }
  std::int64_t messages() {
    return sqlite::integer(store.native_handle(), "SELECT count(*) FROM watch_message").value();
  }

  LogStore store{LogStore::Options{.path = ":memory:"}};

 private:
  void append(RecordBatch& batch, const Sent& sent) const {
    if (sent.at >= 6h && sent.at < 6h + 15min) return;  // nobody heard it
    Record record;
    record.message = sent.message;
    record.level = sent.level;
    record.received = start + sent.at;
    Source source;
    source.system_id = sent.system;
    source.sub_system_id = sent.host;
    batch.append(record, source);
  }
  void bridge(Time now) {
    auto* db = store.native_handle();
    const auto at = (start + now).time_since_epoch().count();
    if (now >= 6h && !back_) {
      back_ = true;
      sqlite::Statement{db, "INSERT INTO bridge_alive(from_us, until_us) VALUES(?1, ?1)"}
          .bind(1, std::int64_t{at})
          .run();
    }
    if (now == Time{})
      sqlite::Statement{db, "INSERT INTO bridge_alive(from_us, until_us) VALUES(?1, ?1)"}
          .bind(1, std::int64_t{at})
          .run();
    sqlite::Statement{db,
                      "UPDATE bridge_alive SET until_us = ?1 WHERE from_us = (SELECT max(from_us) FROM bridge_alive)"}
        .bind(1, std::int64_t{at})
        .run();
  }

  std::vector<Sent> sent_;
  bool back_ = false;
};

const PastOfRule& past_of(const Backtest& result, const std::string& name) {
  return *std::find_if(result.rules.begin(), result.rules.end(), [&](const auto& one) { return one.rule == name; });
}

}  // namespace

TEST_CASE("a backtest finds what a watchdog that was there has found, and counts the messages that it sent") {
  for (const unsigned seed : {1u, 2u}) {
    CAPTURE(seed);
    Past past{seed};
    const auto options = rules();
    past.live(options);
    const auto newest = past.store.newest_id();
    const auto result = backtest(past.store, options, {.from = start, .until = start + 13h});
    std::int64_t incidents = 0;
    for (const auto& one : options.rules) {
      CAPTURE(one.name);
      const auto live = past.opened(one.name);
      std::vector<double> found;
      for (const auto& incident : past_of(result, one.name).listed)
        found.push_back(std::chrono::duration<double>(incident.opened - start).count());
      std::sort(found.begin(), found.end());
      REQUIRE(found.size() == live.size());
      for (std::size_t i = 0; i < live.size(); ++i) CHECK(std::abs(found[i] - live[i]) <= 2.0);
      incidents += past_of(result, one.name).incidents;
    }
    CHECK(incidents > 20);
    REQUIRE(result.receivers.size() == 1);
    CHECK(std::abs(static_cast<double>(result.receivers[0].messages - past.messages())) <= 2);
    CHECK(past.store.newest_id() == newest);
  }
}

TEST_CASE("what damping, grouping and hushing save can be told apart") {
  LogStore store{LogStore::Options{.path = ":memory:"}};
  RecordBatch batch;
  for (int minute = 0; minute < 300; ++minute)
    for (const char* system : {"a", "b"}) {
      if (minute / 20 % 2 == 1) continue;  // both are away for twenty minutes, again and again
      Record record;
      record.message = "alive";
      record.received = start + minute * 1min;
      Source source;
      source.system_id = system;
      batch.append(record, source);
    }
  Record other;
  for (int minute = 0; minute < 300; ++minute) {
    other.message = "alive";
    other.received = start + 5h + minute * 1ms;
    batch.append(other, Source{});
  }
  store.begin();
  store.append(batch);
  store.commit();
  sqlite::execute(store.native_handle(), ("INSERT INTO bridge_alive(from_us, until_us) VALUES(" +
                                          std::to_string((start - 1h).time_since_epoch().count()) + ", " +
                                          std::to_string((start + 5h).time_since_epoch().count()) + ")")
                                             .c_str());
  auto options = rules();
  options.maintenance.clear();
  options.rules = {rule("alive", Rule::Kind::heartbeat, "5m", {"system"})};
  options.rules[0].where = "system:*";
  options.rules[0].remind.emplace();
  const auto all = backtest(store, options, {.from = start, .until = start + 5h});
  const auto& past = past_of(all, "alive");
  CHECK(past.openings == 14);  // seven of each
  CHECK(past.keys == 2);
  CHECK(past.incidents < past.openings);
  CHECK(past.damped > 0);
  CHECK(past.bare_openings == 14);
  CHECK(past.after_damping < past.bare_openings + past.bare_ends);
  CHECK(past.after_grouping == past.after_damping / 2);  // both in one message
  CHECK(past.told == past.after_grouping);

  options.rules[0].report_only = true;
  const auto hushed = backtest(store, options, {.from = start, .until = start + 5h});
  CHECK(past_of(hushed, "alive").after_grouping == past.after_grouping);
  CHECK(past_of(hushed, "alive").told == 0);
  CHECK(hushed.receivers.empty());

  options.rules[0].enabled = false;
  CHECK_FALSE(past_of(backtest(store, options, {.from = start, .until = start + 5h}), "alive").judged);
  const auto few = backtest(store, rules(), {.from = start, .until = start + 5h, .listed = 1});
  for (const auto& one : few.rules) CHECK(one.listed.size() <= 1);
}

TEST_SUITE_END();
