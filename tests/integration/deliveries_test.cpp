#include <doctest/doctest.h>

#include <algorithm>
#include <asio/io_context.hpp>
#include <condition_variable>
#include <set>
#include <thread>

#include "psherald/queued_sink.hpp"
#include "sink/waiting.hpp"
#include "watched_world.hpp"

using namespace psherald;
using namespace psherald::testing;

TEST_SUITE_BEGIN("watchdog");

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
  const Receiver hook = hooked("hook");
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

// ---- several at once

namespace {

/// Takes everything, but who is kept waits until it is let go.
class Gate final : public Notifier {
 public:
  explicit Gate(std::set<std::string> kept) : kept_{std::move(kept)} {}

  Delivery deliver(const Alert& alert, const std::string& address) noexcept override {
    std::unique_lock lock{mutex_};
    most_ = std::max(most_, ++inside_);
    came_[address].push_back(alert.subject);
    changed_.notify_all();
    changed_.wait(lock, [&] { return !kept_.contains(address); });
    --inside_;
    taken_[address].push_back(alert.subject);
    changed_.notify_all();
    return {Delivery::Outcome::accepted, 250, "taken", {}};
  }
  void let_go() {
    std::lock_guard guard{mutex_};
    kept_.clear();
    changed_.notify_all();
  }
  bool wait_for(const std::function<bool()>& condition) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, 20s, condition);
  }
  // Within wait_for(), or when all is over.
  Texts& came(const std::string& address) { return came_[address]; }
  Texts& taken(const std::string& address) { return taken_[address]; }
  std::size_t inside() const { return inside_; }
  std::size_t most() const { return most_; }

 private:
  std::mutex mutex_{};
  std::condition_variable changed_{};
  std::set<std::string> kept_;
  std::map<std::string, Texts> came_{}, taken_{};
  std::size_t inside_ = 0, most_ = 0;
};

/// Full disks of the shop and its network, told to all.
Watchdog::Options rules_for(const std::vector<Receiver>& receivers) {
  Watchdog::Options options;
  options.receivers = receivers;
  for (const char* text : {"disk full", "network"}) {
    Rule rule;
    rule.name = text;
    rule.condition = "message:\"" + rule.name + "\"";
    for (const auto& receiver : receivers) rule.notify.push_back(receiver.name);
    options.rules.push_back(rule);
  }
  options.settle = options.settle_max = options.interval = 0s;
  return options;
}

/// A watchdog that runs, beside the thread that owns the store.
class Running {
 public:
  Running(World& world, Notifier& notifier) : world_{world}, queue_{world.store()} {
    world.options.on_store = [this](const std::function<void()>& job) { run_on(queue_, job); };
    watchdog_ = std::make_unique<Watchdog>(world.store(), notifier, world.options);
    watchdog_->run(io_, 1ms);
    thread_ = std::thread{[this] { io_.run(); }};
    while (ask("SELECT count(*) FROM watch_rule") != Texts{"2"}) std::this_thread::yield();  // it has begun
  }
  ~Running() { end(); }

  void send(const std::string& message) {
    run_on(queue_, [&] { world_.send("shop", message, 0s); });
  }
  Texts ask(const std::string& sql) {
    Texts values;
    run_on(queue_, [&] { values = world_.column(sql); });
    return values;
  }
  void stop() { watchdog_->stop(); }
  void end() {
    if (!thread_.joinable()) return;
    stop();
    thread_.join();
  }

 private:
  World& world_;
  QueuedSink queue_;
  asio::io_context io_{};
  std::unique_ptr<Watchdog> watchdog_{};
  std::thread thread_{};
};

const std::string slow = "http://slow/", quick = "http://quick/";

}  // namespace

TEST_CASE("a receiver that does not answer holds up no other one") {
  World world;
  world.options = rules_for({hooked("slow"), hooked("quick")});
  world.run(0s);
  world.send("shop", "disk full", 1min);
  Gate gate{{slow}};
  Watchdog watchdog{world.store(), gate, world.options};
  watchdog.check(moment(2min));
  std::thread delivering{[&] { watchdog.deliver(moment(2min)); }};
  CHECK(gate.wait_for([&] { return gate.taken(quick).size() == 1 && gate.came(slow).size() == 1; }));
  CHECK(gate.wait_for([&] { return gate.inside() == 1; }));
  gate.let_go();
  delivering.join();
  CHECK(gate.taken(slow).size() == 1);
  CHECK(world.column("SELECT DISTINCT state FROM watch_message") == Texts{"sent"});
}

TEST_CASE("four receivers are told at once, and never more") {
  World world;
  std::vector<Receiver> receivers;
  std::set<std::string> urls;
  for (int i = 0; i < 40; ++i) {
    receivers.push_back(hooked("r" + std::to_string(i)));
    urls.insert(receivers.back().webhook);
  }
  world.options = rules_for(receivers);
  world.run(0s);
  world.send("shop", "disk full", 1min);
  Gate gate{urls};
  Watchdog watchdog{world.store(), gate, world.options};
  watchdog.check(moment(2min));
  std::thread delivering{[&] { watchdog.deliver(moment(2min)); }};
  CHECK(gate.wait_for([&] { return gate.inside() == 4; }));
  gate.let_go();
  delivering.join();
  CHECK(gate.most() == 4);
  for (const auto& url : urls) CHECK(gate.taken(url).size() == 1);
}

TEST_CASE("one server gets one mail after the other, whoever they are for") {
  World world;
  std::vector<Receiver> receivers;
  for (int i = 0; i < 5; ++i) receivers.push_back(mailed("r" + std::to_string(i), {"a" + std::to_string(i) + "@h"}));
  world.options = rules_for(receivers);
  world.run(0s);
  world.send("shop", "disk full", 1min);
  Gate gate{{}};
  Watchdog watchdog{world.store(), gate, world.options};
  watchdog.check(moment(2min));
  CHECK(watchdog.deliver(moment(2min)).sent == 5);
  CHECK(gate.most() == 1);
}

TEST_CASE("while a receiver does not answer, the log is judged and others are told; it hears of all in its order") {
  World world;
  world.options = rules_for({hooked("slow"), hooked("quick")});
  Gate gate{{slow}};
  Running running{world, gate};
  running.send("disk full");
  CHECK(gate.wait_for([&] { return gate.taken(quick).size() == 1 && gate.came(slow).size() == 1; }));
  running.send("network gone");
  CHECK(gate.wait_for([&] { return gate.taken(quick).size() == 2; }));
  gate.let_go();
  CHECK(gate.wait_for([&] { return gate.taken(slow).size() == 2; }));
  running.end();
  CHECK(gate.taken(slow) == gate.taken(quick));
  CHECK(world.column("SELECT DISTINCT state FROM watch_message") == Texts{"sent"});
}

TEST_CASE("stopped, it waits for what is under way, notes that, and begins nothing else") {
  World world;
  world.options = rules_for({hooked("slow"), hooked("quick")});
  Gate gate{{slow}};
  Running running{world, gate};
  running.send("disk full");
  CHECK(gate.wait_for([&] { return gate.came(slow).size() == 1; }));
  running.send("network gone");
  CHECK(gate.wait_for([&] { return gate.taken(quick).size() == 2; }));
  running.stop();
  gate.let_go();
  running.end();
  CHECK(gate.taken(slow).size() == 1);
  CHECK(world.column("SELECT state FROM watch_message WHERE receiver = 'slow' ORDER BY id") == Texts{"sent", "queued"});
}

TEST_CASE("where the store is busy when a delivery is to be noted, it is noted later and not sent again") {
  const int claim = 1, note = 2;  // the first transaction looks for what was interrupted
  for (const int busy : {claim, note}) {
    CAPTURE(busy);
    World world;
    world.options = rules_for({hooked("ops")});
    world.run(0s);
    world.send("shop", "disk full", 1min);
    int left = 1'000;
    auto options = world.options;
    options.on_store = [&](const std::function<void()>& job) {
      if (left-- == 0) throw Error{Errc::store_busy, "somebody else writes"};
      job();
    };
    Watchdog watchdog{world.store(), world.postbox, options};
    watchdog.check(moment(2min));
    left = busy;
    CHECK_THROWS_AS(watchdog.deliver(moment(2min)), Error);
    CHECK(watchdog.deliver(moment(2min)).sent == 1);
    CHECK(world.postbox.attempts.size() == 1);
    CHECK(world.column("SELECT count(*) FROM watch_delivery") == Texts{"1"});
  }
}

TEST_CASE("what a receiver's log gets, is written on the thread that watches") {
  struct Log final : Notifier {
    Delivery deliver(const Alert&, const std::string&) noexcept override {
      thread = std::this_thread::get_id();
      return {Delivery::Outcome::accepted, 250, "written", {}};
    }
    std::thread::id thread{};
  } log;
  World world;
  Receiver ops;
  ops.name = "ops";
  ops.log = true;
  world.options = rules_for({ops});
  world.run(0s);
  world.send("shop", "disk full", 1min);
  Watchdog watchdog{world.store(), log, world.options};
  watchdog.check(moment(2min));
  CHECK(watchdog.deliver(moment(2min)).sent == 1);
  CHECK(log.thread == std::this_thread::get_id());
}

TEST_SUITE_END();
