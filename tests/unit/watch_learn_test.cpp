#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "watch/profile.hpp"

using namespace psherald;
using namespace std::chrono_literals;
using watch::Profile;
using Time = std::chrono::microseconds;

TEST_SUITE_BEGIN("watch");

namespace {

constexpr Timestamp start{std::chrono::sys_days{std::chrono::year{2026} / 1 / 5}};  // a Monday
constexpr Time day = 24h, learn_min = 14 * day;

using Random = std::mt19937_64;
double uniform(Random& random) { return std::uniform_real_distribution{}(random); }
Time minutes(double count) { return Time{static_cast<std::int64_t>(count * 60e6)}; }
int weekday(Time at) { return static_cast<int>(at / day) % 7; }  // 0: Monday
double hour(Time at) { return std::chrono::duration<double>(at % day).count() / 3600; }

/// The records of a sender: of each the time of the next one.
using Sender = std::function<Time(Time last, Random& random)>;

Sender regular(double every_minutes) {
  return [=](Time last, Random& random) { return last + minutes(every_minutes + 0.05 * uniform(random)); };
}
Sender poisson(double mean_minutes) {
  return [=](Time last, Random& random) {
    return last + minutes(0.01 + std::exponential_distribution{1 / mean_minutes}(random));
  };
}
Sender lognormal(double median_minutes, double sigma) {
  return [=](Time last, Random& random) {
    return last + minutes(std::lognormal_distribution{std::log(median_minutes), sigma}(random));
  };
}
/// Poisson with a mean that depends on the time; looked at anew each minute.
Sender changing(std::function<double(Time)> per_minute) {
  return [=](Time last, Random& random) {
    for (Time at = last;;) {
      at += minutes(0.5 + uniform(random));
      if (uniform(random) < per_minute(at)) return at;
    }
  };
}
/// A job on these days, so many minutes after midnight.
Sender job(std::function<bool(int weekday)> runs, double minute, double spread) {
  return [=](Time last, Random& random) {
    Time midnight = (last / day) * day;
    do midnight += day;
    while (!runs(weekday(midnight)));
    return midnight + minutes(minute + spread * uniform(random));
  };
}
/// A job every day, so many minutes after midnight, that says something about each minute of its length.
Sender long_job(double minute, double length) {
  const auto begins = job([](int) { return true; }, minute, 1);
  return [=](Time last, Random& random) {
    const Time next = last + minutes(0.9 + 0.2 * uniform(random));
    const bool runs = last % day >= minutes(minute) && next % day < minutes(minute + length);
    return runs ? next : begins(last, random);
  };
}
/// From one interval to another, evenly over so many days.
Sender drifting(double from_minutes, double to_minutes, int days) {
  return [=](Time last, Random& random) {
    const double part = std::min(1.0, std::chrono::duration<double>(last) / (days * 24h));
    return last + minutes(from_minutes + (to_minutes - from_minutes) * part + 0.05 * uniform(random));
  };
}
/// Somebody who starts a program when there is need of it: some times a week by day, for up to an hour.
Sender ad_hoc(double per_week) {
  return [=](Time last, Random& random) {
    const double mean_minutes = 20, between = 2;
    if (uniform(random) > between / mean_minutes) return last + minutes(between * (0.5 + uniform(random)));
    Time at = last;
    do at += minutes(std::exponential_distribution{per_week / (7 * 1440)}(random));
    while (hour(at) < 8 || hour(at) > 18);
    return at;
  };
}

struct Case {
  const char* name;
  Sender sender;
  int days;
  double false_alarms;  // a month and sender, in the table of the design
  Time delay;           // the median
};

struct Figures {
  double false_alarms = 0, months = 0;
  std::vector<Time> delays{};
};

/// Lives until a death on a day that is drawn, and then waits for the alarm.
void live(const Case& c, Random& random, Figures& figures) {
  const watch::Calendar calendar;
  Profile profile;
  const Time death = minutes(1440.0 * c.days * (0.5 + 0.33 * uniform(random)));
  Time last = c.sender(Time{}, random);
  Time watched{};
  profile.note(start + last, {}, calendar);
  Time next = c.sender(last, random);
  for (; next < death; next = c.sender(last, random)) {
    if (next - last >= 2min && profile.judge(start + last, start + next - 1us, {}, calendar, learn_min).alarm)
      figures.false_alarms += 1;
    if (watched == Time{} && profile.phase(start + next, learn_min) == Profile::Phase::watched) watched = next;
    profile.note(start + next, {}, calendar);
    last = next;
  }
  if (watched == Time{}) return;
  figures.months += std::chrono::duration<double>(death - watched) / (30 * 24h);
  for (Time at = last; at < death + 60 * day;) {
    const auto verdict = profile.judge(start + last, start + at, {}, calendar, learn_min);
    if (verdict.alarm) {
      figures.delays.push_back(std::max(at - next, Time{}));
      return;
    }
    at += std::max<Time>(verdict.again_in, 1min);
  }
  figures.delays.push_back(60 * day);
}

Figures simulate(const Case& c, int seeds) {
  Figures figures;
  for (int seed = 1; seed <= seeds; ++seed) {
    Random random{static_cast<std::uint64_t>(seed)};
    live(c, random, figures);
  }
  std::sort(figures.delays.begin(), figures.delays.end());
  return figures;
}

}  // namespace

// PSHERALD_TABLE=1 prints the figures.
TEST_CASE("who falls silent is found within twice the time of the design, with no more than twice its false alarms") {
  const auto every_day = [](int) { return true; };
  const auto working = [](int weekday) { return weekday < 5; };
  const std::vector<Case> table{
      {"steady, 1 min", regular(1), 28, 0, 3min},
      {"steady, 15 min", regular(15), 56, 0, 23min},
      {"hourly cron", regular(60), 84, 0, 89min},
      {"Poisson, 10 min", poisson(10), 56, 0.17, 118min},
      {"lognormal gaps, sigma 1.6", lognormal(10, 1.6), 84, 1.1, 21h},
      {"day and night", changing([](Time at) { return hour(at) >= 7 && hour(at) < 22 ? 0.5 : 0.05; }), 56, 0.06, 44min},
      {"office hours", changing([](Time at) { return weekday(at) < 5 && hour(at) >= 8 && hour(at) < 18 ? 0.2 : 0.0; }),
       84, 0.07, 198min},
      // Seven records a night soon show a rhythm; a single one is known by whole hours only, as that of working days.
      {"nightly, seven minutes long", long_job(120, 7), 84, 0, 22min},
      {"nightly, one record", job(every_day, 120, 3), 84, 0, 99min},
      {"nightly, spread over 80 min", job(every_day, 120, 80), 84, 0, 25h},
      {"working days, 06:30", job(working, 390, 3), 84, 0, 99min},
      {"weekly", job([](int weekday) { return weekday == 6; }, 180, 3), 84, 0, 126min},
      {"drift from 1 to 10 min", drifting(1, 10, 84), 84, 0, 3min},
  };
  const int seeds = 4;
  for (const auto& c : table) {
    CAPTURE(c.name);
    const auto figures = simulate(c, seeds);
    REQUIRE(figures.delays.size() >= seeds - 1);
    const double rate = figures.months > 0 ? figures.false_alarms / figures.months : 0;
    const Time median = figures.delays[figures.delays.size() / 2];
    if (std::getenv("PSHERALD_TABLE"))
      std::printf("%-30s %6.2f false alarms a month, %8.1f min\n", c.name, rate,
                  std::chrono::duration<double>(median).count() / 60);
    CHECK(figures.false_alarms <= 2 * c.false_alarms * figures.months + (c.false_alarms > 0 ? 1 : 0));
    CHECK(median <= 2 * c.delay);
  }
}

TEST_CASE("what somebody starts when there is need of it is seldom told to be silent, and what ran once never") {
  struct {
    const char* name;
    double runs_a_week;
    double alarms;  // a month and sender, in the table of the design
  } const cases[] = {{"one-off", 0.001, 0}, {"ad hoc", 1.5, 0.3}, {"ad hoc, more often", 4, 0.3}};
  const watch::Calendar calendar;
  for (const auto& c : cases) {
    CAPTURE(c.name);
    const auto sender = ad_hoc(c.runs_a_week);
    const int seeds = 12, days = 84;
    int alarms = 0;
    for (int seed = 1; seed <= seeds; ++seed) {
      Random random{static_cast<std::uint64_t>(seed)};
      Profile profile;
      for (Time last = 9h, next; last < days * day; last = next) {
        profile.note(start + last, {}, calendar);
        next = std::min<Time>(sender(last, random), days * day);
        bool told = false;
        for (Time at = last + 5min; at < next && !told; at += 15min)
          told = profile.judge(start + last, start + at, {}, calendar, learn_min).alarm;
        alarms += told;
      }
    }
    const double a_month = alarms / (seeds * days / 30.0);
    if (std::getenv("PSHERALD_TABLE")) std::printf("%-30s %6.2f false alarms a month\n", c.name, a_month);
    CHECK(a_month <= 2 * c.alarms);
  }
}

TEST_CASE("who came only once or twice is never told to be silent") {
  const watch::Calendar calendar;
  for (const int records : {1, 2, 5}) {
    Profile profile;
    Time last{};
    for (int i = 0; i < records; ++i) profile.note(start + (last = i * 20min), {}, calendar);
    for (Time at = last; at < 60 * day; at += 6h)
      CHECK_FALSE(profile.judge(start + last, start + at, {}, calendar, learn_min).alarm);
    CHECK(profile.phase(start + 60 * day, learn_min) == Profile::Phase::learning);
  }
}

TEST_SUITE_END();
