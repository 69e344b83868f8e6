#include "psherald/watchdog.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <asio/io_context.hpp>
#include <atomic>
#include <future>
#include <map>
#include <thread>

#include "psherald/queued_sink.hpp"
#include "store/sqlite.hpp"
#include "support/place.hpp"

using namespace psherald;
using namespace std::chrono_literals;
using testing::Place;

TEST_SUITE_BEGIN("watchdog");

namespace {

using Texts = std::vector<std::string>;

constexpr Timestamp start{std::chrono::sys_days{std::chrono::year{2026} / 1 / 5}};

Moment moment(std::chrono::microseconds since_start) { return {start + since_start, since_start, "boot"}; }

/// Takes what it gets, or does what a test says for an address.
class Postbox final : public Notifier {
 public:
  Delivery deliver(const Alert& alert, const std::string& address) noexcept override {
    attempts.emplace_back(alert, address);
    const auto scripted = answers.find(address);
    return scripted == answers.end() ? Delivery{Delivery::Outcome::accepted, 250, "taken", {}} : scripted->second;
  }
  /// Subjects in the order in which they came, with the address where it is not the usual one.
  Texts subjects() const {
    Texts all;
    for (const auto& [alert, address] : attempts)
      all.push_back(alert.subject + (address == "ops@h" ? "" : " to " + address));
    return all;
  }
  std::vector<std::pair<Alert, std::string>> attempts{};
  std::map<std::string, Delivery> answers{};
};

Receiver mailed(const std::string& name, Texts addresses) {
  Receiver receiver;
  receiver.name = name;
  receiver.mail = std::move(addresses);
  return receiver;
}

Rule rule_of(const std::string& system, const std::string& kind) {
  Rule rule;
  rule.name = system + " " + kind;
  rule.where = "system=\"" + system + "\"";
  rule.system = system;
  rule.notify = {system};
  return rule;
}
Rule heartbeat(const std::string& system, std::chrono::seconds age) {
  Rule rule = rule_of(system, "heartbeat");
  rule.kind = Rule::Kind::heartbeat;
  rule.condition = std::to_string(age.count()) + "s";
  rule.by = {"system"};
  return rule;
}
Rule pattern(const std::string& system, const std::string& text) {
  Rule rule = rule_of(system, "pattern");
  rule.condition = "message:\"" + text + "\"";
  return rule;
}

/// A store in which the bridge is alive and systems send, and whoever watches it.
class World {
 public:
  World() : store_{std::make_unique<LogStore>(LogStore::Options{place_.file()})} {
    sqlite::execute(db(), "PRAGMA synchronous = OFF");  // nobody pulls the plug here
  }

  LogStore& store() { return *store_; }
  sqlite3* db() { return store_->native_handle(); }

  RecordId send(const std::string& system, const std::string& message, std::chrono::microseconds at,
                Flag flags = Flag::none) {
    RecordBatch batch;
    Record record;
    record.message = message;
    record.received = start + at;
    record.flags = flags;
    Source source;
    source.system_id = system;
    batch.append(record, source);
    store_->begin();
    const auto appended = store_->append(batch);
    store_->commit();
    return appended.first_id;
  }
  void alive(std::chrono::microseconds at) { store_->mark_alive(start + at); }

  /// A run of ps_neelix: subjects of what was decided.
  Texts run(std::chrono::microseconds at, bool bridge = true, Watchdog::Which which = Watchdog::Which::due) {
    if (bridge) alive(at);
    Watchdog watchdog{*store_, postbox, options};
    Texts subjects;
    for (const auto& alert : watchdog.check(moment(at))) subjects.push_back(alert.subject);
    watchdog.deliver(moment(at), which);
    return subjects;
  }

  Texts column(const std::string& sql) {
    Texts values;
    sqlite::Statement rows{db(), sql};
    while (rows.step()) values.emplace_back(rows.is_null(0) ? "NULL" : rows.text(0));
    return values;
  }

  Watchdog::Options options{};
  Postbox postbox{};
  Place& place() { return place_; }

 private:
  Place place_;
  std::unique_ptr<LogStore> store_;
};

Watchdog::Options shop_rules() {
  Watchdog::Options options;
  options.rules = {pattern("shop", "disk full"), heartbeat("shop", 2h)};
  options.receivers = {mailed("shop", {"ops@h"})};
  options.batch = 3;
  return options;
}

const std::string silent = "neelix  shop  SYSTEM HEARTBEAT FAILURE",
                  back = "neelix  shop  OVER SYSTEM HEARTBEAT FAILURE", found = "neelix  shop  PATTERN FOUND";

}  // namespace

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

TEST_CASE("nothing is lost while the server is away, and nothing sent before its time") {
  World world;
  world.options = shop_rules();
  world.postbox.answers["ops@h"] = {Delivery::Outcome::unavailable, 0, "connection refused", {}};
  world.send("shop", "alive", 0s);
  world.run(0s);
  world.run(3h);
  CHECK(world.postbox.attempts.size() == 1);
  world.run(3h + 5s);
  CHECK(world.postbox.attempts.size() == 1);
  world.run(3h + 10s);
  CHECK(world.postbox.attempts.size() == 2);
  world.run(3h + 39s);
  CHECK(world.postbox.attempts.size() == 2);
  world.send("shop", "alive", 3h + 1min);
  CHECK(world.run(3h + 2min) == Texts{back});
  CHECK(world.postbox.attempts.size() ==
        3);  // the all-clear does not overtake, nor is it tried while the server is away
  world.postbox.answers.clear();
  world.postbox.attempts.clear();
  world.run(4h);
  CHECK(world.postbox.subjects() == Texts{silent, back});
  CHECK(world.column("SELECT DISTINCT state FROM watch_message") == Texts{"sent"});
  world.run(5h);
  CHECK(world.postbox.attempts.size() == 2);
}

TEST_CASE("a program that runs now and then tries all that waits, however short the time since it failed") {
  World world;
  world.options = shop_rules();
  world.postbox.answers["ops@h"] = {Delivery::Outcome::unavailable, 0, "connection refused", {}};
  world.send("shop", "alive", 0s);
  world.run(0s);
  world.run(3h);
  world.postbox.answers.clear();
  world.postbox.attempts.clear();
  world.run(3h + 1s, true, Watchdog::Which::waiting);
  world.run(3h + 2s, true, Watchdog::Which::waiting);
  CHECK(world.postbox.subjects() == Texts{silent});
}

TEST_CASE("an address that is refused fails alone, one that has to wait holds up nobody else") {
  World world;
  world.options = shop_rules();
  world.options.receivers = {mailed("shop", {"good@h", "gone@h", "full@h"})};
  world.postbox.answers["gone@h"] = {Delivery::Outcome::refused, 550, "no such user", {}};
  world.postbox.answers["full@h"] = {Delivery::Outcome::deferred, 452, "mailbox full", {}};
  world.send("shop", "alive", 0s);
  world.run(0s);
  world.run(3h);
  CHECK(world.postbox.subjects() == Texts{silent + " to good@h", silent + " to gone@h", silent + " to full@h"});
  world.postbox.attempts.clear();
  world.send("shop", "alive", 3h + 1s);
  world.run(3h + 2s);  // not yet time for the one that waits, and the all-clear has to wait behind it
  CHECK(world.postbox.subjects() == Texts{back + " to good@h", back + " to gone@h"});
  world.postbox.answers.erase("full@h");
  world.postbox.attempts.clear();
  world.run(3h + 1min);
  CHECK(world.postbox.subjects() == Texts{silent + " to full@h", back + " to full@h"});
  CHECK(world.column("SELECT DISTINCT state FROM watch_message") == Texts{"sent"});
  CHECK(world.column("SELECT count(*) FROM watch_delivery WHERE target = 'gone@h' AND code = 550") == Texts{"2"});
}

TEST_CASE("a message that all refuse has failed, one that nobody takes for three days too") {
  World world;
  world.options = shop_rules();
  world.postbox.answers["ops@h"] = {Delivery::Outcome::refused, 550, "no", {}};
  world.send("shop", "alive", 0s);
  world.run(0s);
  world.run(3h);
  CHECK(world.column("SELECT state FROM watch_message") == Texts{"failed"});
  world.postbox.answers["ops@h"] = {Delivery::Outcome::deferred, 550, "sender not allowed", {}};
  world.send("shop", "alive", 4h);
  for (int i = 0; i < 80; ++i) world.run(5h + i * 1h);
  CHECK(world.column("SELECT state FROM watch_message WHERE json_extract(payload, '$.kind') = 'resolve'") ==
        Texts{"failed"});
  CHECK(world.column("SELECT count(*) FROM watch_delivery WHERE code = 550 AND target <> ''") == Texts{"1"});
}

TEST_CASE("that a receiver could not be told for three days is told to the others, once") {
  World world;
  world.options = shop_rules();
  world.options.receivers.push_back(mailed("boss", {"boss@h"}));
  Receiver hook;
  hook.name = "hook";
  hook.webhook = "http://127.0.0.1:1/";
  world.options.receivers.push_back(hook);
  world.options.rules[1].remind.emplace();
  world.postbox.answers["ops@h"] = {Delivery::Outcome::unavailable, 0, "connection refused", {}};
  world.postbox.answers[hook.webhook] = {Delivery::Outcome::unavailable, 0, "connection refused", {}};
  world.send("shop", "alive", 0s);
  world.run(0s);
  for (int i = 0; i < 200; ++i) world.run(3h + i * 1h);
  const auto subjects = world.postbox.subjects();
  const std::string lost = "[psherald] NOT TOLD shop: " + silent;
  CHECK(std::count(subjects.begin(), subjects.end(), lost + " to boss@h") == 1);
  CHECK(std::count(subjects.begin(), subjects.end(), lost + " to " + hook.webhook) > 1);  // which is away, too
  const auto told = std::find_if(world.postbox.attempts.begin(), world.postbox.attempts.end(),
                                 [&](const auto& attempt) { return attempt.second == "boss@h"; });
  REQUIRE(told != world.postbox.attempts.end());
  CHECK(told->first.text.find("by mail could not be handed over for 3 d") != std::string::npos);
  CHECK(world.column("SELECT count(*) FROM watch_message WHERE receiver = 'boss'") == Texts{"1"});
  CHECK(world.column("SELECT count(*) FROM watch_message WHERE receiver = 'hook' AND state = 'failed' AND "
                     "json_extract(json_extract(payload, '$.json'), '$.subject') LIKE '%NOT TOLD%'") == Texts{"1"});
}

TEST_CASE("a corrected address gets what waits for it; a section that is gone is told nothing more") {
  World world;
  world.options = shop_rules();
  world.postbox.answers["ops@h"] = {Delivery::Outcome::deferred, 450, "greylisted", {}};
  world.send("shop", "alive", 0s);
  world.run(0s);
  world.run(3h);
  world.options.receivers = {mailed("shop", {"new@h"})};
  world.run(3h + 1min);
  CHECK(world.postbox.subjects().back() == silent + " to new@h");
  CHECK(world.column("SELECT state FROM watch_message") == Texts{"sent"});

  world.send("shop", "disk full", 3h + 2min);
  world.postbox.answers["new@h"] = {Delivery::Outcome::deferred, 450, "greylisted", {}};
  world.run(3h + 3min);
  world.options.rules.clear();
  world.options.receivers.clear();
  CHECK(world.run(4h) == Texts{});
  CHECK(world.column("SELECT count(*) FROM watch_message WHERE state = 'queued'") == Texts{"0"});
  CHECK(world.column("SELECT count(*) FROM watch_incident WHERE phase = 'firing'") == Texts{"0"});
  CHECK(world.column("SELECT count(*) FROM watch_rule") == Texts{"0"});
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

// ---- killed at every step

namespace {

struct Killed {};

/// Runs jobs until one is reached at which the program dies: before that transaction, or right after its commit.
struct Life {
  int steps_left;
  bool after;
  bool dead = false;
  void operator()(const std::function<void()>& job) {
    if (dead) throw Killed{};
    if (steps_left-- == 0) {
      dead = true;
      if (after) job();
      throw Killed{};
    }
    job();
  }
};

/// What stands in the store at the end, whatever happened on the way.
std::string outcome(World& world) {
  std::string all;
  for (const char* sql :
       {"SELECT rule || phase || count || reminders FROM watch_incident ORDER BY rule, id",
        "SELECT uid || state FROM watch_message ORDER BY uid",
        "SELECT message FROM log WHERE levelno = 30 ORDER BY message", "SELECT cursor_id FROM watch_run",
        "SELECT receiver || rule || kind FROM watch_notice WHERE message IS NULL",
        "SELECT rule || count || last_id FROM watch_key ORDER BY rule"})
    for (const auto& text : world.column(sql)) all += text + "\n";
  return all;
}

}  // namespace

TEST_CASE("killed before or after any transaction, a run neither loses nor doubles anything") {
  std::string expected;
  int steps = 0;
  for (int kill_at = -1; kill_at < std::max(steps * 2, 1); ++kill_at) {
    CAPTURE(kill_at);
    World world;
    world.options = shop_rules();
    world.options.receivers = {mailed("shop", {"a@h", "b@h"})};
    world.send("shop", "alive", 0s);
    sqlite::execute(world.db(), "UPDATE run SET run = zeroblob(16)");  // so that the uids are the same in each world
    world.run(0s);
    for (int i = 0; i < 7; ++i) world.send(i % 2 == 0 ? "shop" : "other", "disk full", 1min + i * 1s);
    world.alive(3h);

    bool unanswered = false;  // it died with the last delivery not yet noted
    {
      Life life{kill_at < 0 ? 1'000'000 : kill_at / 2, kill_at % 2 == 1};
      auto options = world.options;
      options.on_store = std::ref(life);
      Watchdog watchdog{world.store(), world.postbox, options};
      const auto delivered = [&] { return static_cast<int>(world.postbox.attempts.size()); };
      const auto noted = [&] {
        return std::stoi(world.column("SELECT count(*) FROM watch_delivery WHERE target <> ''").front());
      };
      try {
        watchdog.check(moment(3h));
        watchdog.deliver(moment(3h));
      } catch (const Killed&) {
      }
      unanswered = delivered() != noted();
      if (kill_at < 0) steps = 1'000'000 - life.steps_left;
    }
    world.run(3h);
    world.run(3h + 5min);

    std::map<std::pair<std::string, std::string>, int> times;
    for (const auto& [alert, address] : world.postbox.attempts) ++times[{alert.uid, address}];
    CHECK(times.size() == 4);  // two messages, two addresses
    const auto doubled = std::count_if(times.begin(), times.end(), [](const auto& entry) { return entry.second > 1; });
    CHECK(doubled == (unanswered ? 1 : 0));
    if (kill_at < 0) expected = outcome(world);
    CHECK(outcome(world) == expected);
  }
  CHECK(steps > 10);
}

TEST_CASE("a message whose fate nobody knows is sent again under the same name, and that is noted") {
  World world;
  world.options = shop_rules();
  world.send("shop", "alive", 0s);
  world.run(0s);
  world.alive(3h);
  world.postbox.answers["ops@h"] = {Delivery::Outcome::deferred, 0, "", {}};
  world.run(3h);
  sqlite::execute(world.db(), "UPDATE watch_message SET state = 'sending'");
  world.postbox.answers.clear();
  world.run(3h + 10s);
  REQUIRE(world.postbox.attempts.size() == 2);
  CHECK(world.postbox.attempts[0].first.uid == world.postbox.attempts[1].first.uid);
  CHECK(world.column("SELECT detail FROM watch_delivery WHERE target = '' AND detail LIKE 'uncertain%'").size() == 1);
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
