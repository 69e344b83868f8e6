#include <doctest/doctest.h>

#include <asio/io_context.hpp>
#include <atomic>
#include <future>
#include <thread>

#include "psherald/queued_sink.hpp"
#include "watched_world.hpp"

using namespace psherald;
using namespace psherald::testing;

TEST_SUITE_BEGIN("watchdog");

TEST_CASE("runs from cron tell once of a silence, remind, and tell of its end") {
  World world;
  world.options = shop_rules();
  world.send("shop", "alive", 0s);
  CHECK(world.run(0s) == Texts{});
  CHECK(world.run(2h) == Texts{});
  CHECK(world.run(4h) == Texts{silent});
  CHECK(world.run(6h) == Texts{"neelix  shop  still SYSTEM HEARTBEAT FAILURE"});
  CHECK(world.run(8h) == Texts{});
  world.send("shop", "alive", 9h);
  CHECK(world.run(10h) == Texts{back});
  CHECK(world.run(12h) == Texts{silent});  // silent since nine
  CHECK(world.postbox.subjects() == Texts{silent, "neelix  shop  still SYSTEM HEARTBEAT FAILURE", back, silent});
  CHECK(world.postbox.attempts[0].first.uid == world.postbox.attempts[2].first.root);
}

TEST_CASE("one mail tells of all matching records since the last run, with the lines") {
  World world;
  world.options = shop_rules();
  world.send("shop", "disk full long ago", 0s);
  CHECK(world.run(1min) == Texts{});
  for (int i = 0; i < 50; ++i) {
    world.send("shop", "DISK full, time " + std::to_string(i), 2min + i * 1s);
    world.send("other", "disk full elsewhere", 2min + i * 1s);
  }
  CHECK(world.run(4min) == Texts{found});
  const auto& text = world.postbox.attempts.front().first.text;
  CHECK(text.find("50 times") != std::string::npos);
  for (const char* shown : {"time 0\n", "time 4\n", "time 45\n", "time 49\n"})
    CHECK(text.find(shown) != std::string::npos);
  CHECK(text.find("time 5\n") == std::string::npos);
  CHECK(text.find("elsewhere") != std::string::npos);  // around the first one, all systems are shown
  CHECK(world.run(5min) == Texts{});
  CHECK(world.run(30min) == Texts{"neelix  shop  OVER PATTERN FOUND"});
}

TEST_CASE("a burst that was over before anybody looked is one mail") {
  World world;
  world.options = shop_rules();
  world.run(0s);
  world.send("shop", "disk full", 10min);
  world.send("shop", "disk full", 12min);
  CHECK(world.run(2h) == Texts{found + " (over)"});
  CHECK(world.run(4h) == Texts{silent});
}

TEST_CASE("the log says that somebody was told, and that is no sign of life and matches nothing") {
  World world;
  world.options = shop_rules();
  world.options.rules[0].condition = "message:Notification";
  world.send("shop", "alive", 0s);
  world.run(0s);
  world.run(3h);
  CHECK(world.column("SELECT message FROM log WHERE levelno = 30 AND system_id = 'shop'") ==
        Texts{"Neelix added Notification SYSTEM HEARTBEAT FAILURE for shop"});
  CHECK(world.column("SELECT flags FROM entry WHERE level = 30") == Texts{"1"});
  world.send("shop", "Neelix added Notification PATTERN FOUND for shop", 4h);  // as ps.herald's own wrote it
  world.send("shop", "anything with Notification", 4h, Flag::own);
  CHECK(world.run(5h) == Texts{"neelix  shop  still SYSTEM HEARTBEAT FAILURE"});
}

TEST_CASE("history is not judged, but says when a system was heard last") {
  World world;
  world.options = shop_rules();
  for (int i = 0; i < 10; ++i) world.send("shop", "disk full", i * 1min);
  world.send("other", "alive", 30min);
  world.alive(0s);
  CHECK(world.run(1h) == Texts{});
  CHECK(world.run(2h + 10min) == Texts{silent});
}

TEST_CASE("where ps.herald's ps_neelix left off, its table says so, and what came since is judged") {
  World world;
  world.options = shop_rules();
  world.send("shop", "disk full, told already", 10min);
  world.send("shop", "disk full, new", 50min);
  const std::string looked = format_local(start + 30min);
  sqlite::execute(
      world.db(),
      ("INSERT INTO heartbeat(newest_heartbeat, system_id) VALUES('" + looked.substr(0, 19) + "', 'shop')").c_str());
  CHECK(world.run(1h) == Texts{found});
  const auto& text = world.postbox.attempts.front().first.text;
  CHECK(text.find("Found        once") != std::string::npos);
}

TEST_CASE("every system that ever sent something stands in the heartbeat table with the time of the run") {
  World world;
  world.send("shop", "x", 0s);
  world.send("box1.a.de", "x", 0s);
  world.run(1h);
  CHECK(world.column("SELECT system_id FROM heartbeat ORDER BY 1") == Texts{"box1.a.de", "shop"});
  CHECK(world.column("SELECT DISTINCT newest_heartbeat FROM heartbeat") == Texts{format_local(start + 1h)});
  const auto ids = world.column("SELECT id FROM heartbeat ORDER BY 1");
  world.run(2h);
  CHECK(world.column("SELECT DISTINCT newest_heartbeat FROM heartbeat") == Texts{format_local(start + 2h)});
  CHECK(world.column("SELECT id FROM heartbeat ORDER BY 1") == ids);
}

TEST_CASE("a system that was never heard is not told, and is once it has been heard") {
  World world;
  world.options = shop_rules();
  CHECK(world.run(0s) == Texts{});
  CHECK(world.run(100h) == Texts{});
  world.send("shop", "alive", 100h);
  CHECK(world.run(101h) == Texts{});
  CHECK(world.run(103h) == Texts{silent});
}

TEST_CASE("while no bridge could hear anybody, nobody is silent, and the bridge is told") {
  World world;
  world.options = shop_rules();
  Rule bridge;
  bridge.name = "no data";
  bridge.kind = Rule::Kind::no_data;
  bridge.system = "bridge";
  bridge.condition = "2m";
  bridge.notify = {"shop"};
  world.options.rules.push_back(bridge);
  world.send("shop", "alive", 0s);
  CHECK(world.run(0s) == Texts{});
  CHECK(world.run(10h, false) == Texts{"neelix  bridge  NO DATA"});
  CHECK(world.run(20h, false) == Texts{"neelix  bridge  still NO DATA"});
  // The bridge comes back: as another process, which opens another interval.
  LogStore bridge_again{{world.place().file()}};
  bridge_again.mark_alive(start + 21h);
  bridge_again.mark_alive(start + 21h + 1min);
  CHECK(world.run(21h + 1min, false) == Texts{"neelix  bridge  OVER NO DATA"});
  bridge_again.mark_alive(start + 23h + 1min);
  CHECK(world.run(23h + 1min, false) == Texts{silent});  // two hours and a minute in which it could have been heard
}

TEST_CASE("between two signs of the bridge a system can be found silent") {
  World world;
  world.options = shop_rules();
  world.options.rules = {heartbeat("shop", 3s)};
  world.alive(0s);
  world.send("shop", "alive", 1s);
  CHECK(world.run(2s, false) == Texts{});
  CHECK(world.run(6s, false) == Texts{silent});
}

TEST_CASE("without any bridge, records of others prove the minutes in which somebody could be heard") {
  World world;
  world.options = shop_rules();
  world.options.rules[1].condition = "10m";
  world.send("shop", "alive", 0s);
  world.run(0s, false);
  CHECK(world.run(5h, false) == Texts{});
  for (int i = 0; i < 12; ++i) world.send("other", "alive", 5h + i * 1min);
  CHECK(world.run(5h + 12min, false) == Texts{silent});
}

TEST_CASE("a rule that looks for something else begins anew, and says that the old one has ended") {
  World world;
  world.options = shop_rules();
  world.run(0s);
  world.send("shop", "disk full", 1min);
  CHECK(world.run(2min) == Texts{found});
  world.options.rules[0].condition = "message:network";
  CHECK(world.run(3min) == Texts{"neelix  shop  OVER PATTERN FOUND"});
  CHECK(world.postbox.attempts.back().first.text.find("its rule has changed") != std::string::npos);
  world.send("shop", "network gone", 4min);
  CHECK(world.run(5min) == Texts{found});
}

namespace {

Watchdog::Options new_errors(const std::vector<std::string>& by = {}) {
  Watchdog::Options options;
  Rule rule;
  rule.name = "new errors";
  rule.kind = Rule::Kind::first_seen;
  rule.condition = "30d";
  rule.by = by;
  rule.notify = {"shop"};
  options.rules = {rule};
  options.receivers = {mailed("shop", {"ops@h"})};
  options.interval = options.settle = 0s;
  return options;
}

void send_error(World& world, const std::string& message, std::int64_t line, std::chrono::microseconds at,
                std::string_view version = "1") {
  Record record;
  record.message = message;
  record.level = Level::error;
  record.received = start + at;
  world.send(record, {}, {.name = "shop", .funcname = "push", .package_version = version, .lineno = line});
}

const std::vector<std::string> queues{"stock", "mail",   "price", "order",  "parcel",
                                      "label", "refund", "audit", "search", "backup"};

}  // namespace

TEST_CASE("of words that vary at one call site four are new, and all others are the first one, after a restart too") {
  World world;
  world.options = new_errors();
  world.run(0s);
  auto at = 1min;
  for (const auto& queue : queues) {
    send_error(world, "queue " + queue + " is full", 88, at);
    world.run(at);  // another watchdog each time
    at += 1min;
  }
  CHECK(world.column("SELECT title FROM watch_incident ORDER BY id") ==
        Texts{"queue stock is full", "queue mail is full", "queue price is full", "queue order is full"});
  CHECK(world.column("SELECT count FROM watch_incident ORDER BY id") == Texts{"7", "1", "1", "1"});
  CHECK(world.column("SELECT substr(alias, 18) FROM watch_seen WHERE length(alias) > 16") ==
        Texts{"5 queue <*> is full"});
  CHECK(world.column("SELECT count(*) FROM watch_seen") == Texts{"4"});
  // One that was met before is the first one, too; another line and another message are new.
  send_error(world, "queue mail is full", 88, at);
  send_error(world, "queue fresh is full", 89, at);
  send_error(world, "queue fresh is not full", 88, at);
  world.run(at);
  CHECK(world.column("SELECT count FROM watch_incident ORDER BY id") == Texts{"8", "1", "1", "1", "1", "1"});
}

TEST_CASE("variants that were there before the rule are learnt, and another release has its own") {
  World world;
  world.options = new_errors({"package_version"});
  for (std::size_t i = 0; i < 6; ++i) send_error(world, "queue " + queues[i] + " is full", 88, 1min);
  world.run(2min);
  for (const auto& queue : queues) send_error(world, "queue " + queue + " is full", 88, 3min);
  world.run(4min);
  CHECK(world.column("SELECT title FROM watch_incident") == Texts{});
  for (const auto& queue : queues) send_error(world, "queue " + queue + " is full", 88, 5min, "2");
  world.run(6min);
  CHECK(world.column("SELECT count FROM watch_incident ORDER BY count DESC") == Texts{"7", "1", "1", "1"});
}

TEST_CASE("what comes when the watchdog is made, and before it has judged for the first time, is judged") {
  World world;
  world.options = shop_rules();
  world.send("shop", "disk full long ago", 0s);
  world.alive(1min);
  Watchdog watchdog{world.store(), world.postbox, world.options};
  world.send("shop", "disk full now", 1min);
  Texts subjects;
  for (const auto& alert : watchdog.check(moment(2min))) subjects.push_back(alert.subject);
  CHECK(subjects == Texts{found});
  CHECK(world.column("SELECT count FROM watch_incident") == Texts{"1"});
  CHECK(world.column("SELECT count FROM watch_key WHERE rule = 'shop heartbeat'") == Texts{"2"});  // each counts once
}

TEST_CASE("a key whose values hold slashes is one key, in the store, the message and what quiets it") {
  World world;
  world.options = shop_rules();
  Rule rule;
  rule.name = "full";
  rule.condition = "\"disk full\"";
  rule.by = {"host", "system"};
  rule.notify = {"shop"};
  world.options.rules = {rule};
  world.options.link = "https://logs.example.org";
  world.run(0s);
  Record record;
  record.message = "disk full";
  record.received = start + 1min;
  Source source;
  source.sub_system_id = "rack/7";
  source.system_id = "50%";
  const auto id = world.send(record, source);
  CHECK(world.run(2min) == Texts{"[psherald] MATCH rack%2F7/50%25 (full)"});
  const auto& alert = world.postbox.attempts.front().first;
  const std::string key = "rack%2F7/50%25";
  CHECK(alert.items.front().key == key);
  CHECK(alert.text.find("psherald silence --rule 'full' --key '" + key + "'") != std::string::npos);
  CHECK(alert.link == "https://logs.example.org/record/" + std::to_string(id));
  CHECK(world.column("SELECT key || fields FROM watch_key") == Texts{key + R"({"subsystem":"rack/7","system":"50%"})"});
  world.run(1h);  // it is over
  sqlite::Statement{world.db(),
                    "INSERT INTO watch_silence(rule, key, from_us, until_us, author) VALUES('full', ?1, ?2, ?3, 'x')"}
      .bind_all(std::string_view{key}, (start + 1h).time_since_epoch().count(), (start + 9h).time_since_epoch().count())
      .run();
  record.received = start + 2h;
  world.send(record, source);
  source.sub_system_id = "rack";
  source.system_id = "7/50%";
  world.send(record, source);
  CHECK(world.run(2h) == Texts{"[psherald] MATCH rack/7%2F50%25 (full)"});
}

TEST_CASE("over a reboot watch time goes on by at most a week, and never back") {
  World world;
  world.options = shop_rules();
  world.options.rules = {heartbeat("shop", 24h * 10)};
  world.send("shop", "alive", 0s);
  world.run(0s);
  const auto tau = [&] { return std::stoll(world.column("SELECT tau FROM watch_run").front()); };
  const auto boot = [&](std::chrono::microseconds wall, const std::string& name) {
    const auto before = tau();
    world.alive(wall);
    Watchdog watchdog{world.store(), world.postbox, world.options};
    watchdog.check({start + wall, 1min, name});
    return std::chrono::microseconds{tau() - before};
  };
  CHECK(boot(1h, "second") == 1h);
  CHECK(boot(24h * 3650, "third") == 24h * 7);  // a clock that is ten years ahead
  CHECK(boot(2h, "fourth") == 0h);              // and right again
  CHECK(boot(3h, "fifth") == 1h);
  CHECK(world.postbox.attempts.empty());
}

TEST_CASE("a rule that another age was given to goes on") {
  World world;
  world.options = shop_rules();
  world.send("shop", "alive", 0s);
  world.run(0s);
  CHECK(world.run(3h) == Texts{silent});
  world.options.rules[1].condition = "30m";
  CHECK(world.run(3h + 1min) == Texts{});
}

TEST_CASE("records that are gone are not missed") {
  World world;
  world.options = shop_rules();
  world.send("shop", "alive", 0s);
  world.run(0s);
  for (int i = 0; i < 20; ++i) world.send("other", "x", 1h);
  sqlite::execute(world.db(), "DELETE FROM log");
  world.send("shop", "disk full", 1h + 1min);
  CHECK(world.run(1h + 2min) == Texts{found});
  sqlite::execute(world.db(), "DELETE FROM log");
  CHECK(world.run(4h) == Texts{"neelix  shop  OVER PATTERN FOUND", silent});
}

TEST_CASE("a restart of the machine in the middle of a silence neither begins it anew nor ends it") {
  World world;
  world.options = shop_rules();
  world.send("shop", "alive", 0s);
  world.run(0s);
  world.alive(90min);
  Watchdog watchdog{world.store(), world.postbox, world.options};
  CHECK(watchdog.check({start + 90min, 1min, "another boot"}).empty());
  world.alive(2h + 1min);
  CHECK(watchdog.check({start + 2h + 1min, 32min, "another boot"}).size() == 1);
}

TEST_CASE("what a watchdog of schema 4 has found and told goes on: nothing is told twice, and its end is told") {
  const auto age_to_4 = [](World& world) {
    sqlite::execute(
        world.db(),
        "DROP TABLE saved_search; DROP INDEX watch_incident_open; DROP INDEX watch_incident_acked; DROP INDEX "
        "watch_key_retired; DROP INDEX "
        "watch_notice_waiting; DROP INDEX watch_message_waiting; DROP INDEX watch_delivery_message; DROP TABLE "
        "watch_silence; DROP TABLE watch_seen; ALTER TABLE watch_rule DROP COLUMN from_id; ALTER TABLE watch_incident "
        "DROP COLUMN title; ALTER TABLE watch_incident DROP COLUMN detail; ALTER TABLE watch_incident DROP COLUMN "
        "calm; ALTER TABLE watch_incident DROP COLUMN announced_tau; "
        "UPDATE watch_rule SET condition_hash = 'of version 4'; PRAGMA user_version = 4");
  };
  World world;
  world.options = shop_rules();
  world.options.rules.push_back(heartbeat("web", 2h));
  world.options.receivers.push_back(mailed("web", {"ops@h"}));
  world.send("shop", "alive", 0s);
  world.send("web", "alive", 0s);
  world.run(0s);
  CHECK(world.run(3h) == Texts{silent, "neelix  web  SYSTEM HEARTBEAT FAILURE"});
  const auto keys = world.column("SELECT rule || key || count || last_id FROM watch_key ORDER BY 1");
  world.send("shop", "alive", 3h + 5min);
  age_to_4(world);
  world.reopen();

  CHECK(world.column("PRAGMA user_version") == Texts{"6"});
  CHECK(world.run(3h + 10min) == Texts{back});
  CHECK(world.column("SELECT rule || phase FROM watch_incident ORDER BY 1") ==
        Texts{"shop heartbeatresolved", "web heartbeatfiring"});
  CHECK(world.run(4h) == Texts{"neelix  web  still SYSTEM HEARTBEAT FAILURE"});  // an hour after the opening
  CHECK(world.postbox.subjects().size() == 4);
  CHECK(keys == Texts{"shop heartbeatshop11", "web heartbeatweb12"});
  CHECK(world.column("SELECT rule || key || count FROM watch_key ORDER BY 1") ==
        Texts{"shop heartbeatshop2", "web heartbeatweb1"});
  world.send("web", "alive", 4h + 1min);
  CHECK(world.run(5h) == Texts{"neelix  web  OVER SYSTEM HEARTBEAT FAILURE"});
  const auto& end = world.postbox.attempts.back().first;
  CHECK(end.root == world.postbox.attempts[1].first.uid);  // in the thread that the older one began
}

TEST_CASE("over a read-only store it says what it would do, and the tables stay byte for byte") {
  World world;
  world.options = shop_rules();
  world.send("shop", "alive", 0s);
  world.run(0s);
  world.send("shop", "disk full", 1h);
  world.alive(4h);
  const auto dump = [&] {
    std::string all;
    for (const auto& table : world.column("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")) {
      sqlite::Statement rows{world.db(), "SELECT * FROM " + table};
      while (rows.step())
        for (int i = 0; i < sqlite3_column_count(rows.get()); ++i) all.append(rows.text(i)).append("|");
      all += "\n";
    }
    return all;
  };
  const auto before = dump();
  const auto reader = world.store().reader();
  for (int i = 0; i < 2; ++i) {
    Watchdog watchdog{*reader, world.postbox, world.options};
    Texts subjects;
    for (const auto& alert : watchdog.check(moment(4h))) subjects.push_back(alert.subject);
    if (i == 0) CHECK(subjects == Texts{found + " (over)", silent});
    CHECK(watchdog.deliver(moment(4h)).sent == 0);
  }
  CHECK(dump() == before);
  CHECK(world.postbox.attempts.empty());
  CHECK(world.run(4h) == Texts{found + " (over)", silent});
}

TEST_CASE("a second watchdog takes over, and the first one writes nothing more") {
  World world;
  world.options = shop_rules();
  world.send("shop", "alive", 0s);
  Watchdog first{world.store(), world.postbox, world.options};
  first.check(moment(0s));
  Watchdog second{world.store(), world.postbox, world.options};
  second.check(moment(1s));
  const auto code = [&](auto job) {
    try {
      job();
    } catch (const Error& error) {
      return error.code();
    }
    return std::error_code{};
  };
  CHECK(code([&] { first.check(moment(5h)); }) == Errc::watch_lost);
  CHECK(code([&] { first.deliver(moment(5h)); }) == Errc::watch_lost);
  CHECK(world.column("SELECT count(*) FROM watch_incident") == Texts{"0"});
}

TEST_CASE("it runs beside a writer that owns the store, on a thread of its own, until it is stopped") {
  World world;
  world.options = shop_rules();
  QueuedSink queue{world.store()};
  std::atomic<int> rounds = 0;
  asio::io_context io;
  world.options.on_store = [&](const std::function<void()>& job) {
    std::promise<void> done;
    queue.post([&] {
      try {
        job();
        done.set_value();
      } catch (...) {
        done.set_exception(std::current_exception());
      }
    });
    done.get_future().get();
    ++rounds;
  };
  Watchdog watchdog{world.store(), world.postbox, world.options};
  watchdog.run(io, 1ms);
  std::thread thread{[&] { io.run(); }};
  while (rounds < 2) std::this_thread::yield();  // it takes over, and writes what it has found
  watchdog.stop();
  thread.join();
  CHECK(world.column("SELECT count(*) FROM watch_run") == Texts{"1"});
}

TEST_SUITE_END();
