#include <doctest/doctest.h>

#include <array>
#include <map>

#include "record/sha256.hpp"
#include "watch/outbox.hpp"
#include "watch/rule.hpp"
#include "watch/wording.hpp"

using namespace psherald;
using namespace psherald::watch;
using namespace std::chrono_literals;

TEST_SUITE_BEGIN("watch");

namespace {

// Simulated time: both clocks start here, and the wall clock may be set.
constexpr Timestamp start{std::chrono::sys_days{std::chrono::year{2026} / 1 / 5}};

/// A rule, a system that sends or does not, a bridge, and clocks: an hour is over in no time.
class World {
 public:
  explicit World(Rule rule) : rule_{std::move(rule)} {}

  void pass(Tau time) {
    elapsed_ += time;
    if (bridge_) grow_hearing();
  }
  void set_clock(Tau by) { step_ += by; }
  void bridge_down() { bridge_ = false; }
  void bridge_up() {
    bridge_ = true;
    heard_.push_back({wall(), wall()});
  }

  /// A record that is received now. Nobody hears it while the bridge is down.
  void record(std::string_view message = "alive") {
    if (bridge_) waiting_.push_back({++newest_, wall(), {}, message});
  }

  /// A judgement, as the watchdog makes it. Returns what there is to tell, such as "open resolve".
  std::string judge() {
    for (auto& sign : waiting_) sign.tau = tau() - std::clamp<Tau>(wall() - sign.received, Tau{}, tau() - looked_);
    std::optional<Timestamp> since;
    if (bridge_) since = heard_.back().from;
    const Now now{tau(), wall(), heard_, since};
    auto told = absorb(rule_, waiting_, state_, now, remind_);
    const auto more = settle(rule_, state_, now, remind_);
    told.insert(told.end(), more.begin(), more.end());
    waiting_.clear();
    looked_ = tau();
    std::string words;
    for (const auto& transition : told) words += (words.empty() ? "" : " ") + name(transition.kind);
    return words;
  }

  State& state() { return state_; }
  Incident& incident() {
    REQUIRE(!state_.incidents.empty());
    return state_.incidents.back();
  }
  Rule& rule() { return rule_; }
  Tau tau() const { return elapsed_; }

 private:
  static std::string name(Alert::Kind kind) {
    return std::array{"open", "remind", "resolve", "gone"}[static_cast<std::size_t>(kind)];
  }
  Timestamp wall() const { return start + elapsed_ + step_; }
  void grow_hearing() { heard_.back().until = std::max(heard_.back().until, wall()); }

  Rule rule_;
  State state_{};
  std::vector<Sign> waiting_{};
  std::vector<Heard> heard_{{start, start}};
  bool bridge_ = true;
  RecordId newest_ = 0;
  Tau elapsed_{}, step_{}, looked_{};
  std::vector<Tau> remind_{1h, 4h, 12h, 24h};
};

Rule heartbeat(Tau age) {
  Rule rule;
  rule.name = "shop heartbeat";
  rule.kind = Rule::Kind::heartbeat;
  rule.system = "shop";
  rule.age = age;
  return rule;
}

Rule pattern(const std::string& text) {
  Rule rule;
  rule.name = "shop pattern";
  rule.kind = Rule::Kind::pattern;
  rule.system = "shop";
  rule.text = text;
  rule.keep = 15min;
  return rule;
}

/// What is told by judgements each minute: "70: open" and so on, in minutes.
std::vector<std::string> minutes(World& world, int count) {
  std::vector<std::string> told;
  for (int i = 0; i < count; ++i) {
    world.pass(1min);
    if (const auto words = world.judge(); !words.empty())
      told.push_back(std::to_string(world.tau() / 1min) + ": " + words);
  }
  return told;
}

using Told = std::vector<std::string>;

}  // namespace

TEST_CASE("a silent system is told once, and that it is back") {
  World world{heartbeat(10min)};
  world.record();
  CHECK(world.judge() == "");
  CHECK(minutes(world, 30) == Told{"11: open"});
  world.record();
  CHECK(minutes(world, 5) == Told{"31: resolve"});
  CHECK(minutes(world, 10) == Told{"41: open"});
}

TEST_CASE("a system that speaks within its age is never told") {
  World world{heartbeat(10min)};
  for (int i = 0; i < 100; ++i) {
    world.record();
    CHECK(minutes(world, 9) == Told{});
  }
}

TEST_CASE("a system that never sent a record is not waited for") {
  World world{heartbeat(1min)};
  CHECK(minutes(world, 100) == Told{});
}

TEST_CASE("a silence that began and ended between two judgements is not told") {
  World world{heartbeat(10min)};
  world.record();
  world.judge();
  world.pass(2h);
  world.record();
  CHECK(world.judge() == "");
}

TEST_CASE("a system that spoke once and is silent again when looked at stays one incident") {
  World world{heartbeat(30min)};
  world.record();
  world.judge();
  world.pass(40min);
  CHECK(world.judge() == "open");
  world.pass(10min);
  world.record();
  world.pass(45min);
  CHECK(world.judge() == "");
  CHECK(world.incident().count == 2);
  world.record();
  CHECK(world.judge() == "resolve");
}

TEST_CASE("reminders come after 1, 4, 12 and then every 24 hours, each after the one before") {
  World world{heartbeat(10min)};
  world.record();
  world.judge();
  CHECK(minutes(world, 60 * 66) ==
        Told{"11: open", "71: remind", "311: remind", "1031: remind", "2471: remind", "3911: remind"});
}

TEST_CASE("somebody who acknowledged it is not reminded, and hears of the end") {
  World world{heartbeat(10min)};
  world.record();
  world.judge();
  CHECK(minutes(world, 11) == Told{"11: open"});
  world.incident().acknowledged = true;
  CHECK(minutes(world, 600) == Told{});
  world.record();
  CHECK(minutes(world, 1) == Told{"612: resolve"});
}

TEST_CASE("after a month it is given up, once, and watched again when it speaks") {
  World world{heartbeat(24h)};
  world.record();
  world.judge();
  std::map<std::string, int> told;
  for (int hour = 0; hour < 24 * 60; ++hour) {
    world.pass(1h);
    ++told[world.judge()];
  }
  CHECK(told["open"] == 1);
  CHECK(told["gone"] == 1);
  CHECK(told["resolve"] == 0);
  world.record();
  CHECK(world.judge() == "");
  world.pass(25h);
  CHECK(world.judge() == "open");
}

TEST_CASE("time in which nobody could have been heard is not counted") {
  World world{heartbeat(10min)};
  world.record();
  world.judge();
  world.pass(5min);
  world.bridge_down();
  CHECK(minutes(world, 360) == Told{});
  world.bridge_up();
  CHECK(minutes(world, 5) == Told{});  // five before, five now: not longer than ten
  CHECK(minutes(world, 1) == Told{"371: open"});
}

TEST_CASE("after an outage senders get five minutes to come back, however long they were silent before") {
  World world{heartbeat(10min)};
  world.record();
  world.judge();
  world.pass(10min);
  world.bridge_down();
  world.pass(1h);
  CHECK(world.judge() == "");
  world.bridge_up();
  CHECK(minutes(world, 4) == Told{});
  CHECK(minutes(world, 1) == Told{"75: open"});
}

TEST_CASE("what was found silent stays so while the bridge is away") {
  World world{heartbeat(10min)};
  world.record();
  world.judge();
  CHECK(minutes(world, 11) == Told{"11: open"});
  world.bridge_down();
  CHECK(minutes(world, 30) == Told{});
  world.bridge_up();
  CHECK(minutes(world, 10) == Told{});
  world.record();
  CHECK(minutes(world, 1) == Told{"52: resolve"});
}

TEST_CASE("setting the clock opens and ends nothing") {
  const std::array<Tau, 6> steps{1s, 24h, -24h, 24h * 365 * 10, -24h * 365 * 10, -1s};
  World world{heartbeat(10min)};
  world.record();
  world.judge();
  for (const auto step : steps) {
    world.pass(5min);
    world.set_clock(step);
    CHECK(world.judge() == "");
    world.record();
    CHECK(world.judge() == "");
  }
  CHECK(minutes(world, 30) == Told{"41: open"});
}

TEST_CASE("a longer age ends an incident that it would not have begun") {
  World world{heartbeat(10min)};
  world.record();
  world.judge();
  CHECK(minutes(world, 15) == Told{"11: open"});
  world.rule().age = 1h;
  CHECK(minutes(world, 40) == Told{"16: resolve"});
  CHECK(minutes(world, 10) == Told{"61: open"});
}

TEST_CASE("a pattern is told once, its matches are counted, and its end is told when it was calm for its time") {
  World world{pattern("disk full")};
  world.record("all is well");
  CHECK(world.judge() == "");
  for (int i = 0; i < 20; ++i) {
    world.record("the DISK FULL on db1");
    world.record("disk half full");
    CHECK(world.judge() == (i == 0 ? "open" : ""));
    world.pass(1min);
  }
  CHECK(world.incident().count == 20);
  CHECK(world.incident().first_id == 2);
  CHECK(world.incident().last_id == 40);
  CHECK(minutes(world, 30) == Told{"34: resolve"});
}

TEST_CASE("a match that came and went while nobody looked is told with its end") {
  World world{pattern("disk full")};
  world.judge();
  world.pass(30min);
  world.record("disk full");
  world.pass(90min);
  CHECK(world.judge() == "open resolve");
  CHECK(world.incident().ended == 45min);
}

TEST_CASE("two bursts of matches between two judgements are two incidents") {
  World world{pattern("x")};
  world.judge();
  world.record("x");
  world.pass(5min);
  world.record("x");
  world.pass(16min);
  world.record("x");
  CHECK(world.judge() == "open resolve open");
  REQUIRE(world.state().incidents.size() == 2);
  CHECK(world.state().incidents[0].count == 2);
  CHECK(world.state().incidents[1].count == 1);
}

TEST_CASE("records that have been dealt with are not judged again") {
  State state;
  state.key.last_id = 7;
  const std::array signs{Sign{6, start, Tau{}, "x"}, Sign{7, start, Tau{}, "x"}};
  CHECK(absorb(pattern("x"), signs, state, {1min, start, {}, {}}, {}).empty());
  CHECK(state.key.count == 0);
}

TEST_CASE("what keeps coming back stays open longer each time") {
  World world{pattern("x")};
  int told = 0;
  for (int i = 0; i < 24 * 60; ++i) {  // a match every twenty minutes, all day
    world.pass(1min);
    if (i % 20 == 0) world.record("x");
    if (!world.judge().empty()) ++told;
  }
  CHECK(told == 8);  // twice open and over, then open with reminders after 1, 5 and 17 h, all in one incident
  CHECK(world.incident().opens.size() == 3);
  CHECK(world.incident().hold == 30min);
}

TEST_CASE("hold times double from the third opening within a day on, up to four hours") {
  struct Case {
    Tau keep;
    std::size_t openings;
    Tau hold;
  };
  const std::vector<Case> table{{0s, 1, 0s},    {0s, 2, 0s},    {0s, 3, 10min},    {0s, 4, 20min},
                                {0s, 8, 4h},    {0s, 100, 4h},  {15min, 2, 15min}, {15min, 3, 30min},
                                {15min, 5, 2h}, {15min, 6, 4h}, {15min, 7, 4h},    {5h, 3, 5h}};
  for (const auto& c : table) {
    CAPTURE(c.openings);
    CHECK(hold_for(c.keep, c.openings) == c.hold);
  }
}

TEST_CASE("a bridge that is away is told after two minutes, and that it is back") {
  Rule rule;
  rule.kind = Rule::Kind::no_data;
  rule.system = "bridge";
  rule.age = 2min;
  World world{rule};
  CHECK(minutes(world, 10) == Told{});  // no bridge has ever been there
  world.record();
  CHECK(minutes(world, 10) == Told{"13: open"});
  world.record();
  CHECK(minutes(world, 1) == Told{"21: resolve"});
}

TEST_CASE("a rule that goes away ends its incident") {
  World world{pattern("x")};
  world.record("x");
  world.judge();
  CHECK(abandon(world.state(), "its rule was removed", 1min).size() == 1);
  CHECK(world.incident().end_reason == "its rule was removed");
  CHECK(abandon(world.state(), "its rule was removed", 1min).empty());
}

TEST_CASE("a pattern is found anywhere, ASCII letters in any case, all else as it is") {
  struct Case {
    std::string_view message, pattern;
    bool found;
  };
  const std::vector<Case> table{{"the disk is full", "disk", true},
                                {"the DISK is full", "disk", true},
                                {"the disk is full", "DISK IS", true},
                                {"dis", "disk", false},
                                {"", "disk", false},
                                {"100% of it", "100%", true},
                                {"1000 of it", "100%", false},
                                {"die Straße", "STRAß", true},
                                {"a_b", "a.b", false},
                                {{"a\0disk", 6}, "disk", true},
                                {"[x](y)*", "](Y)*", true},
                                {std::string_view{}, "x", false}};
  for (const auto& c : table) {
    CAPTURE(c.pattern);
    CHECK(matches(c.message, c.pattern) == c.found);
  }
}

// ---- telling

TEST_CASE("the same decision gets the same name, another one another") {
  const auto hex = [](std::string_view text) {
    std::string out;
    for (const auto byte : sha256(text)) out += "0123456789abcdef"[byte >> 4], out += "0123456789abcdef"[byte & 15];
    return out;
  };
  // FIPS 180-2, appendix B, and the lengths around a block's end.
  CHECK(hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hex(std::string(64, 'a')) == "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
  CHECK(hex(std::string(55, 'a')) == "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");

  const Notice notice{1, "shop", "shop heartbeat", 7, Alert::Kind::open};
  const auto uid = uid_of("origin", notice, 0);
  CHECK(uid.size() == 26);
  CHECK(uid == uid_of("origin", notice, 0));
  Notice other = notice;
  other.kind = Alert::Kind::resolve;
  CHECK(uid != uid_of("origin", other, 0));
  CHECK(uid != uid_of("origin", notice, 1));
  CHECK(uid != uid_of("another", notice, 0));
}

TEST_CASE("a message that was not taken is tried again later and later") {
  CHECK(retry_after(1) == 10s);
  CHECK(retry_after(2) == 30s);
  CHECK(retry_after(3) == 1min);
  CHECK(retry_after(4) == 2min);
  CHECK(retry_after(5) == 5min);
  CHECK(retry_after(500) == 5min);
}

namespace {

Story story(Rule rule, std::vector<Alert::Kind> kinds) {
  Story s;
  s.rule = std::move(rule);
  s.host = "herald1";
  s.wall = start + 3h;
  s.tau = 3h;
  Incident incident;
  incident.id = 41;
  incident.opened = 2h;
  incident.last_true = 2h + 30min;
  incident.count = 1;
  s.episodes.push_back({incident, std::move(kinds)});
  return s;
}

Line line(std::string_view message) {
  Line l;
  l.id = 7;
  l.received = start + 2h;
  l.level = "ERROR";
  l.who = "shop/h1";
  l.where = "pool.get:31";
  l.message = message;
  return l;
}

}  // namespace

TEST_CASE("the subject is ps.herald's, and tells a reminder and an end apart") {
  auto s = story(heartbeat(2h), {Alert::Kind::open});
  CHECK(word(s).subject == "neelix  shop  SYSTEM HEARTBEAT FAILURE");
  CHECK(word(s).kind == Alert::Kind::open);
  s.episodes.back().kinds = {Alert::Kind::remind};
  CHECK(word(s).subject == "neelix  shop  still SYSTEM HEARTBEAT FAILURE");
  s.episodes.back().incident.phase = Incident::Phase::resolved;
  s.episodes.back().kinds = {Alert::Kind::resolve};
  CHECK(word(s).subject == "neelix  shop  OVER SYSTEM HEARTBEAT FAILURE");
  s.episodes.back().incident.phase = Incident::Phase::gone;
  s.episodes.back().kinds = {Alert::Kind::gone};
  CHECK(word(s).subject == "neelix  shop  GIVEN UP SYSTEM HEARTBEAT FAILURE");

  auto p = story(pattern("disk"), {Alert::Kind::open, Alert::Kind::resolve});
  p.episodes.back().incident.phase = Incident::Phase::resolved;
  CHECK(word(p).subject == "neelix  shop  PATTERN FOUND (over)");
}

TEST_CASE("a message names host, system, cause and rule, and shows the lines") {
  auto s = story(pattern("disk full"), {Alert::Kind::open});
  s.rule.written = "MSG = disk full (ps_neelix.cfg, line 3)";
  s.matches = {line("disk full on db1")};
  s.matches.back().traceback = "Traceback\n  File \"a.py\"\nOSError: full\n";
  s.around = {line("before"), line("disk full on db1")};
  s.around.back().marked = true;
  const auto words = word(s);
  for (const char* expected : {"PATTERN FOUND: shop", "herald1", "[shop]", "MSG = disk full (ps_neelix.cfg, line 3)",
                               "ERROR shop/h1 pool.get:31", "disk full on db1", "OSError: full", "* "}) {
    CAPTURE(expected);
    CHECK(words.text.find(expected) != std::string::npos);
    CHECK(words.html.find(expected) != std::string::npos);
  }
}

TEST_CASE("text from anywhere stays text: no markup, no further line, nothing that turns others around") {
  auto s = story(pattern("x"), {Alert::Kind::open});
  s.rule.system = "<b>\r\nBcc: a@b";
  s.matches = {line("<script>alert(1)</script>\r\nSystem       faked\x1b[31m\0\xE2\x80\xAE&\xff")};
  const auto words = word(s);
  CHECK(words.html.find("<script") == std::string::npos);
  CHECK(words.html.find("<b>") == std::string::npos);
  CHECK(words.html.find("&lt;script&gt;") != std::string::npos);
  CHECK(words.text.find("\nSystem       faked") == std::string::npos);
  CHECK(words.text.find(" \\n System") != std::string::npos);
  CHECK(words.subject.find_first_of("\r\n") == std::string::npos);
  for (const std::string_view hidden : {"\x1b", "\r", "\xE2\x80\xAE", "\xff"}) {
    CHECK(words.text.find(hidden) == std::string::npos);
    CHECK(words.html.find(hidden) == std::string::npos);
  }
}

TEST_CASE("a message stays below its limits, whatever was logged") {
  auto s = story(pattern("x"), {Alert::Kind::open});
  s.rule.system = std::string(5'000, 'x');
  for (int i = 0; i < 2'000; ++i) s.matches.push_back(line(std::string(100'000, '"')));
  s.matches.front().traceback = std::string(100'000, '\n');
  const auto words = word(s);
  CHECK(words.subject.size() == 120);
  CHECK(words.subject.ends_with("..."));
  CHECK(words.text.size() < 70'000);
  CHECK(words.html.size() < 90'000);
  CHECK(words.html.ends_with("</body></html>\n"));
}

TEST_CASE("earlier bursts stand in the same message, the newest of them") {
  auto s = story(pattern("x"), {Alert::Kind::open});
  for (int i = 0; i < 30; ++i)
    s.episodes.insert(s.episodes.begin(), {s.episodes.front().incident, {Alert::Kind::open, Alert::Kind::resolve}});
  const auto text = word(s).text;
  CHECK(text.find("Before that\n(10 more)\n") != std::string::npos);
}

TEST_CASE("durations are said in their two largest units") {
  const std::vector<std::pair<Tau, std::string>> table{{0s, "0 s"},      {-5s, "0 s"},
                                                       {59s, "59 s"},    {601s, "10 min 1 s"},
                                                       {2h, "2 h"},      {2h + 5min + 9s, "2 h 5 min"},
                                                       {25h, "1 d 1 h"}, {24h + 5min, "1 d"}};
  for (const auto& [duration, text] : table) CHECK(duration_text(duration) == text);
}

TEST_SUITE_END();
