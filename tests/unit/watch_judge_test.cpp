#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "watch/judge.hpp"

using namespace psherald;
using namespace psherald::watch;
using namespace std::chrono_literals;

TEST_SUITE_BEGIN("watch");

namespace {

Timestamp utc(int month, int day, int hour, int minute = 0) {
  return Timestamp{std::chrono::sys_days{std::chrono::year{2026} / month / day}} + std::chrono::hours{hour} +
         std::chrono::minutes{minute};
}

/// One rule and one system, in a year in which somebody always listens and the clock is right.
class Life {
 public:
  Life(const Rule& rule, const Watchdog::Options& options, Timestamp from) : heard_{{from, from}} {
    state_.condition = understand(rule, options).value();
    go_to(from);
    begin(state_, now_);
  }

  void record(Timestamp at) {
    pass(at);
    Sign sign;
    sign.received = at;
    sign.tau = now_.tau;
    sign.values = &values_;
    absorb(state_, sign, now_, transitions_);
    settle(state_, now_, transitions_);
  }
  /// Leaps from one time at which something may change to the next.
  void pass(Timestamp until) {
    for (;;) {
      const Timestamp wake{state_.wake == Tau::max() ? until.time_since_epoch() : state_.wake};
      go_to(std::min(wake, until));
      settle(state_, now_, transitions_);
      for (const auto& transition : transitions_)
        if (transition.kind == Transition::Kind::opened) opened_.push_back(now_.wall);
      transitions_.clear();
      if (wake >= until) return;
    }
  }
  /// When incidents opened, to the minute.
  std::vector<Timestamp> opened() const {
    std::vector<Timestamp> minutes;
    for (const auto at : opened_) minutes.emplace_back(std::chrono::floor<std::chrono::minutes>(at));
    return minutes;
  }

 private:
  void go_to(Timestamp at) {
    heard_.front().until = at;
    now_ = {at.time_since_epoch(), at, heard_, heard_.front().from};
  }

  RuleState state_{};
  std::vector<Heard> heard_;
  Now now_{};
  std::vector<Transition> transitions_{};
  std::vector<Timestamp> opened_{};
  const std::vector<std::string> values_{"shop"};
};

Rule heartbeat(const std::string& condition, const std::string& zone) {
  Rule rule;
  rule.name = "alive";
  rule.kind = Rule::Kind::heartbeat;
  rule.condition = condition;
  rule.by = {"system"};
  rule.zone = zone;
  return rule;
}

}  // namespace

TEST_CASE("silence counts within hours of the rule's zone, whatever its clock does") {
  struct Case {
    const char *name, *zone, *hours, *age;
    Timestamp last, opened;
  };
  const char* office = "Mon-Fri 08:00-18:00";
  // Spoken for the last time on a Friday at five.
  const std::vector<Case> table{
      {"winter", "Europe/Berlin", office, "2h", utc(1, 9, 16), utc(1, 12, 8)},
      {"summer begins on Sunday", "Europe/Berlin", office, "2h", utc(3, 27, 16), utc(3, 30, 7)},
      {"summer", "Europe/Berlin", office, "2h", utc(7, 10, 15), utc(7, 13, 7)},
      {"winter begins on Sunday", "Europe/Berlin", office, "2h", utc(10, 23, 15), utc(10, 26, 8)},
      {"summer begins elsewhere", "America/New_York", office, "2h", utc(3, 6, 22), utc(3, 9, 13)},
      {"no summer", "UTC", office, "2h", utc(3, 27, 17), utc(3, 30, 9)},
      {"half an hour off", "Asia/Kolkata", office, "2h", utc(3, 27, 11, 30), utc(3, 30, 3, 30)},
      // A night of eight hours, of seven, and of nine.
      {"a night", "Europe/Berlin", "22:00-06:00", "7h30m", utc(3, 10, 20), utc(3, 11, 4, 30)},
      {"a night with an hour less", "Europe/Berlin", "22:00-06:00", "7h30m", utc(3, 28, 20), utc(3, 29, 20, 30)},
      {"a night with an hour more", "Europe/Berlin", "22:00-06:00", "8h30m", utc(10, 24, 19), utc(10, 25, 4, 30)},
  };
  for (const auto& c : table) {
    CAPTURE(c.name);
    auto rule = heartbeat(c.age, c.zone);
    rule.hours = c.hours;
    Life life{rule, {}, c.last - 1h};
    life.record(c.last);
    life.pass(c.last + 96h);
    CHECK(life.opened() == std::vector<Timestamp>{c.opened});
  }
}

TEST_CASE("what is due is due by the clock of the rule's zone, once a night") {
  struct Case {
    const char *name, *zone, *due;
    Timestamp last, opened;
  };
  const std::vector<Case> table{
      {"winter", "Europe/Berlin", "30 2 * * *", utc(1, 9, 1, 40), utc(1, 10, 2)},
      {"summer", "Europe/Berlin", "30 2 * * *", utc(7, 9, 0, 40), utc(7, 10, 1)},
      {"half past two does not come", "Europe/Berlin", "30 2 * * *", utc(3, 28, 1, 40), utc(3, 29, 2)},
      {"half past two comes twice", "Europe/Berlin", "30 2 * * *", utc(10, 24, 0, 40), utc(10, 25, 1)},
      {"no summer", "UTC", "30 2 * * *", utc(3, 28, 2, 40), utc(3, 29, 3)},
      {"working days", "America/New_York", "Mon..Fri 06:30", utc(3, 6, 11, 40), utc(3, 9, 11)},
  };
  for (const auto& c : table) {
    CAPTURE(c.name);
    auto rule = heartbeat("due", c.zone);
    rule.due = c.due;
    rule.grace = 30min;
    Life life{rule, {}, c.last - 1h};
    life.record(c.last);
    life.pass(c.last + 96h);
    CHECK(life.opened() == std::vector<Timestamp>{c.opened});
  }
}

TEST_CASE("a job that comes on time by its own clock is never missed, over both changes of a year") {
  const auto zone = TimeZone::find("Europe/Berlin").value();
  auto rule = heartbeat("due", "Europe/Berlin");
  rule.due = "15 2 * * *";
  rule.grace = 45min;
  Life life{rule, {}, utc(3, 1, 0)};
  for (auto day = std::chrono::local_days{std::chrono::year{2026} / 3 / 1};
       day < std::chrono::local_days{std::chrono::year{2026} / 11 / 5}; day += std::chrono::days{1})
    life.record(zone.to_utc(day + 2h + 20min));
  CHECK(life.opened().empty());
}

TEST_CASE("on holidays no hours count, and nothing learnt is expected") {
  Watchdog::Options options;
  auto office = heartbeat("2h", "Europe/Berlin");
  office.hours = "Mon-Fri 08:00-18:00";
  for (const bool holiday : {true, false}) {
    CAPTURE(holiday);
    if (!holiday) options.holidays.clear();
    if (holiday) options.holidays = {"2026-01-06"};  // a Tuesday
    Life life{office, options, utc(1, 5, 12)};
    life.record(utc(1, 5, 16, 30));  // half past five
    life.pass(utc(1, 8, 0));
    CHECK(life.opened() == std::vector<Timestamp>{holiday ? utc(1, 7, 8, 30) : utc(1, 6, 8, 30)});
  }
}

namespace {

/// Each ten minutes or so from eight to six on working days, by the clock of Berlin.
void work(Life& life, std::chrono::local_days from, std::chrono::local_days to,
          const std::vector<std::chrono::local_days>& off = {}) {
  static const auto zone = TimeZone::find("Europe/Berlin").value();
  for (auto day = from; day < to; day += std::chrono::days{1}) {
    const auto weekday = std::chrono::weekday{day}.iso_encoding();
    if (weekday > 5 || std::find(off.begin(), off.end(), day) != off.end()) continue;
    for (auto minute = 8 * 60; minute < 18 * 60; minute += 10)
      life.record(zone.to_utc(day + std::chrono::minutes{minute + (minute / 10 * 7) % 5}));
  }
}

std::chrono::local_days day(int month, int number) {
  return std::chrono::local_days{std::chrono::year{2026} / month / number};
}

}  // namespace

TEST_CASE("who keeps office hours is known after eight weeks, and the change to summer is no silence") {
  Life life{heartbeat("learn", "Europe/Berlin"), {}, utc(2, 2, 0)};
  work(life, day(2, 2), day(4, 14));  // summer began on 29 March
  life.pass(utc(4, 14, 5));
  CHECK(life.opened().empty());
  life.pass(utc(4, 15, 0));  // a Tuesday on which nobody comes
  REQUIRE(life.opened().size() == 1);
  CHECK(life.opened().front() > utc(4, 14, 6));    // eight o'clock
  CHECK(life.opened().front() <= utc(4, 14, 12));  // two o'clock
}

TEST_CASE("a holiday looks like a death, unless it is one of those that are known") {
  for (const bool known : {true, false}) {
    CAPTURE(known);
    Watchdog::Options options;
    if (known) options.holidays = {"2026-04-06"};
    Life life{heartbeat("learn", "Europe/Berlin"), options, utc(2, 2, 0)};
    work(life, day(2, 2), day(4, 8), {day(4, 6)});  // Easter Monday
    CHECK(life.opened().size() == (known ? 0 : 1));
  }
}

TEST_SUITE_END();
