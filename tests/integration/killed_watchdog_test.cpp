#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "watched_world.hpp"

using namespace psherald;
using namespace psherald::testing;

TEST_SUITE_BEGIN("watchdog");

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

TEST_CASE("killed before or after any transaction, a run neither loses nor doubles anything, whatever brings it") {
  Receiver mail = mailed("shop", {"a@h", "b@h"}), hook = hooked("shop"), command = hooked("shop");
  command.webhook.clear();
  command.command = {"/bin/tell", "ops"};
  Receiver all = hook;
  all.mail = {"a@h", "b@h"};
  all.command = command.command;
  const struct {
    const char* name;
    Receiver receiver;
    std::size_t targets;
  } cases[] = {{"mail", mail, 2}, {"webhook", hook, 1}, {"command", command, 1}, {"all of them", all, 4}};
  for (const auto& c : cases) {
    CAPTURE(c.name);
    std::string expected;
    int steps = 0;
    for (int kill_at = -1; kill_at < std::max(steps * 2, 1); ++kill_at) {
      CAPTURE(kill_at);
      World world;
      world.options = shop_rules();
      world.options.receivers = {c.receiver};
      world.options.deliveries = 1;  // so that it dies at the same step each time
      world.send("shop", "alive", 0s);
      sqlite::execute(world.db(), "UPDATE run SET run = zeroblob(16)");  // so that uids are the same in each world
      world.run(0s);
      for (int i = 0; i < 7; ++i) world.send(i % 2 == 0 ? "shop" : "other", "disk full", 1min + i * 1s);
      world.alive(3h);

      std::size_t unanswered = 0;  // it died with these deliveries not yet noted
      std::size_t interrupted = 0;
      {
        Life life{kill_at < 0 ? 1'000'000 : kill_at / 2, kill_at % 2 == 1};
        auto options = world.options;
        options.on_store = std::ref(life);
        {
          Watchdog watchdog{world.store(), world.postbox, options};
          try {
            watchdog.check(moment(3h));
            watchdog.deliver(moment(3h));
          } catch (const Killed&) {
          }
        }
        const auto noted = std::stoul(world.column("SELECT count(*) FROM watch_delivery WHERE target <> ''").front());
        unanswered = world.postbox.attempts.size() - noted;
        interrupted = std::stoul(world.column("SELECT count(*) FROM watch_message WHERE state = 'sending'").front());
        if (kill_at < 0) steps = 1'000'000 - life.steps_left;
      }
      world.run(3h);
      world.run(3h + 5min);

      std::map<std::pair<std::string, std::string>, std::size_t> times;
      for (const auto& [alert, address] : world.postbox.attempts) ++times[{alert.uid, address}];
      CHECK(times.size() == 2 * c.targets);  // two messages
      CHECK(world.postbox.attempts.size() == times.size() + unanswered);
      CHECK(unanswered <= interrupted);
      CHECK(world.column("SELECT count(*) FROM watch_delivery WHERE target = '' AND detail LIKE 'uncertain%'") ==
            Texts{std::to_string(interrupted)});
      if (kill_at < 0) expected = outcome(world);
      CHECK(outcome(world) == expected);
    }
    CHECK(steps > 10);
  }
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

TEST_SUITE_END();
