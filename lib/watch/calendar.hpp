#pragma once

/// Times that come again: the hours in which a rule holds, and when a job is due. By the clock of a zone.

#include <bitset>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "watch/time_zone.hpp"

namespace psherald::watch {

/// The clock that people live by.
struct Calendar {
  TimeZone zone{};
  std::set<std::chrono::year_month_day> holidays{};
  bool is_holiday(LocalTime time) const;
};
/// "2026-12-25"
Result<std::chrono::year_month_day> parse_date(std::string_view text);

/// Parts of the week. Holidays have none.
class Hours {
 public:
  /// "Mon-Fri 08:00-18:00, Sat 09:00-12:00"; without days it is every day; 22:00-06:00 goes over midnight.
  static Result<Hours> parse(std::string_view text);

  bool contains(Timestamp time, const Calendar& calendar) const;
  /// How much of the time between these two lies in them; of more than 60 days, the last 60.
  std::chrono::microseconds within(Timestamp from, Timestamp to, const Calendar& calendar) const;
  /// When they begin or end next, or a day does.
  Timestamp next_change(Timestamp time, const Calendar& calendar) const;

 private:
  std::vector<std::pair<int, int>> minutes_{};  // of the week from Monday on, [from, to), sorted
};

/// When a job is due, to the minute.
class Due {
 public:
  /// cron's five fields ("0 2 * * Mon-Fri", "*/15 * * * *"), @hourly @daily @weekly @monthly, or systemd's
  /// OnCalendar in part ("Mon..Fri 06:30", "*-*-01 02:00").
  static Result<Due> parse(std::string_view text);

  /// The first one behind this time; nothing within five years: Timestamp::max(). One that falls into an hour that is
  /// skipped comes right behind it, one in an hour that comes twice only once.
  Timestamp next(Timestamp behind, const Calendar& calendar) const;

 private:
  friend class DueReader;
  bool is_day(std::chrono::local_days day) const;

  std::bitset<60> minutes_{};
  std::bitset<24> hours_{};
  std::bitset<32> days_{};
  std::bitset<13> months_{};
  std::bitset<7> weekdays_{};      // 0 is Sunday
  bool days_or_weekdays_ = false;  // cron, where both are restricted
};

}  // namespace psherald::watch
