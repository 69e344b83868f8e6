#include "watch/calendar.hpp"
#include "record/number.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

namespace psherald::watch {
namespace {

using namespace std::chrono_literals;
using std::chrono::local_days;

constexpr int day_minutes = 24 * 60, week_minutes = 7 * day_minutes;

std::string_view strip(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (std::size_t from = 0; from <= text.size();) {
    const auto end = std::min(text.find(at, from), text.size());
    parts.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  return parts;
}

std::vector<std::string_view> words(std::string_view text) {
  auto all = split(text, ' ');
  std::erase_if(all, [](std::string_view word) { return word.empty(); });
  return all;
}

std::optional<int> number(std::string_view text) {
  const auto value = parse_number<int>(text);
  return value && *value >= 0 ? value : std::nullopt;
}

template <std::size_t Count>
std::optional<int> name_in(std::string_view text, const std::array<std::string_view, Count>& names) {
  if (text.size() < 3) return {};
  std::string lower;
  for (const char c : text) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (std::size_t i = 0; i < Count; ++i)
    if (lower == names[i] || lower == names[i].substr(0, 3)) return static_cast<int>(i);
  return {};
}

constexpr std::array<std::string_view, 7> weekday_names{"sunday",   "monday", "tuesday", "wednesday",
                                                        "thursday", "friday", "saturday"};
constexpr std::array<std::string_view, 12> month_names{"january",   "february", "march",    "april",
                                                       "may",       "june",     "july",     "august",
                                                       "september", "october",  "november", "december"};

/// Minutes of a day: "08:00", up to "24:00".
std::optional<int> clock_minutes(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == text.npos || text.size() != colon + 3) return {};
  const auto hour = number(text.substr(0, colon)), minute = number(text.substr(colon + 1));
  if (!hour || !minute || *minute > 59 || *hour > 24 || (*hour == 24 && *minute > 0)) return {};
  return *hour * 60 + *minute;
}

/// 0 is Monday.
std::optional<int> day_number(std::string_view text) {
  const auto sunday_first = name_in(text, weekday_names);
  return sunday_first ? std::optional{(*sunday_first + 6) % 7} : std::nullopt;
}

int week_minute(LocalTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const int weekday = static_cast<int>(std::chrono::weekday{day}.iso_encoding()) - 1;
  return weekday * day_minutes + static_cast<int>(std::chrono::floor<std::chrono::minutes>(time - day).count());
}

}  // namespace

bool Calendar::is_holiday(LocalTime time) const {
  return !holidays.empty() &&
         holidays.contains(std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(time)});
}

Result<std::chrono::year_month_day> parse_date(std::string_view text) {
  const auto parts = split(text, '-');
  if (parts.size() == 3 && parts[0].size() == 4) {
    const auto year = number(parts[0]), month = number(parts[1]), day = number(parts[2]);
    if (year && month && day) {
      const auto date = std::chrono::year{*year} / *month / *day;
      if (date.ok()) return date;
    }
  }
  return Fault{Errc::bad_config, "\"" + std::string{text} + "\" is no date; write it as 2026-12-25"};
}

// ---- hours

Result<Hours> Hours::parse(std::string_view text) {
  const Fault wrong{Errc::bad_config,
                    "\"" + std::string{text} + "\" are no hours; write \"Mon-Fri 08:00-18:00, Sat 09:00-12:00\""};
  Hours hours;
  for (const auto part : split(text, ',')) {
    const auto said = words(part);
    if (said.empty() || said.size() > 2) return wrong;
    int first = 0, last = 6;
    if (said.size() == 2) {
      const auto ends = split(said[0], '-');
      const auto from = day_number(ends.front()), to = day_number(ends.back());
      if (ends.size() > 2 || !from || !to) return wrong;
      first = *from, last = *to;
    }
    const auto ends = split(said.back(), '-');
    if (ends.size() != 2) return wrong;
    const auto from = clock_minutes(ends[0]), to = clock_minutes(ends[1]);
    if (!from || !to || *from == *to || *from == day_minutes) return wrong;
    const int length = *to > *from ? *to - *from : *to + day_minutes - *from;
    for (int day = first;; day = (day + 1) % 7) {
      const int begin = day * day_minutes + *from, end = begin + length;
      hours.minutes_.emplace_back(begin, std::min(end, week_minutes));
      if (end > week_minutes) hours.minutes_.emplace_back(0, end - week_minutes);
      if (day == last) break;
    }
  }
  std::sort(hours.minutes_.begin(), hours.minutes_.end());
  return hours;
}

bool Hours::contains(Timestamp time, const Calendar& calendar) const {
  const auto local = calendar.zone.to_local(time);
  if (calendar.is_holiday(local)) return false;
  const int minute = week_minute(local);
  return std::any_of(minutes_.begin(), minutes_.end(),
                     [&](const auto& part) { return part.first <= minute && minute < part.second; });
}

Timestamp Hours::next_change(Timestamp time, const Calendar& calendar) const {
  const auto local = calendar.zone.to_local(time);
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const int minute = week_minute(local), midnight = minute - minute % day_minutes + day_minutes;
  int next = midnight;
  for (const auto& [from, to] : minutes_)
    for (const int end : {from, to})
      if (end > minute) next = std::min(next, end);
  const auto change = calendar.zone.to_utc(LocalTime{day} + std::chrono::minutes{next - (midnight - day_minutes)});
  return change > time ? change : time + 1min;
}

std::chrono::microseconds Hours::within(Timestamp from, Timestamp to, const Calendar& calendar) const {
  std::chrono::microseconds total{};
  for (auto at = std::max(from, to - 24h * 60); at < to;) {
    const auto next = std::min(next_change(at, calendar), to);
    if (contains(at, calendar)) total += next - at;
    at = next;
  }
  return total;
}

// ---- due

class DueReader {
 public:
  explicit DueReader(std::string_view text) : text_{strip(text)} {}

  std::optional<Due> read() {
    if (text_.starts_with('@') || words(text_).size() == 1) text_ = long_form(text_);
    const auto fields = words(text_);
    if (fields.size() == 5) return cron(fields);
    return on_calendar(fields);
  }

 private:
  static std::string_view long_form(std::string_view name) {
    if (name.starts_with('@')) name.remove_prefix(1);
    if (name == "hourly") return "0 * * * *";
    if (name == "daily" || name == "midnight") return "0 0 * * *";
    if (name == "weekly") return "0 0 * * Mon";
    if (name == "monthly") return "0 0 1 * *";
    return name;
  }

  template <std::size_t Bits>
  struct Field {
    std::bitset<Bits>& bits;
    int low, high;
    std::optional<int> (*name)(std::string_view);
    std::string_view range;
  };

  template <std::size_t Bits>
  static std::optional<int> value(const Field<Bits>& field, std::string_view text) {
    if (const auto named = field.name ? field.name(text) : std::nullopt) return named;
    const auto plain = number(text);
    return plain && *plain >= field.low && *plain <= field.high ? plain : std::nullopt;
  }

  template <std::size_t Bits>
  static bool read_part(const Field<Bits>& field, std::string_view part) {
    int step = 1;
    if (const auto slash = part.find('/'); slash != part.npos) {
      const auto given = number(part.substr(slash + 1));
      if (!given || *given == 0) return false;
      step = *given;
      part = part.substr(0, slash);
    }
    int from = field.low, to = field.high;
    if (part != "*") {
      const auto dash = part.find(field.range);
      const auto first = value(field, part.substr(0, dash));
      if (!first) return false;
      from = *first;
      if (dash != part.npos) {
        const auto last = value(field, part.substr(dash + field.range.size()));
        if (!last) return false;
        to = *last;
      } else if (step == 1) {
        to = from;
      }
    }
    if (to < from) {  // Sat-Mon
      if (field.high != 7) return false;
      to += 7;
    }
    for (int i = from; i <= to; i += step) field.bits.set(static_cast<std::size_t>(field.high == 7 ? i % 7 : i));
    return true;
  }

  template <std::size_t Bits>
  static bool read_field(const Field<Bits>& field, std::string_view text) {
    const auto parts = split(text, ',');
    return std::all_of(parts.begin(), parts.end(), [&](std::string_view part) { return read_part(field, part); });
  }

  static std::optional<int> weekday_of(std::string_view text) { return name_in(text, weekday_names); }
  static std::optional<int> month_of(std::string_view text) {
    const auto found = name_in(text, month_names);
    return found ? std::optional{*found + 1} : std::nullopt;
  }

  static std::optional<Due> cron(const std::vector<std::string_view>& fields) {
    Due due;
    const bool read = read_field(Field<60>{due.minutes_, 0, 59, nullptr, "-"}, fields[0]) &&
                      read_field(Field<24>{due.hours_, 0, 23, nullptr, "-"}, fields[1]) &&
                      read_field(Field<32>{due.days_, 1, 31, nullptr, "-"}, fields[2]) &&
                      read_field(Field<13>{due.months_, 1, 12, month_of, "-"}, fields[3]) &&
                      read_field(Field<7>{due.weekdays_, 0, 7, weekday_of, "-"}, fields[4]);
    if (!read) return {};
    due.days_or_weekdays_ = !fields[2].starts_with('*') && !fields[4].starts_with('*');
    return due;
  }

  /// [DAYS] [YEAR-MONTH-DAY] HOUR:MINUTE[:00]
  static std::optional<Due> on_calendar(std::vector<std::string_view> fields) {
    Due due;
    if (fields.empty() || fields.size() > 3) return {};
    auto clock = split(fields.back(), ':');
    if (clock.size() < 2 || clock.size() > 3 || (clock.size() == 3 && clock[2] != "00" && clock[2] != "0")) return {};
    if (!read_field(Field<24>{due.hours_, 0, 23, nullptr, ".."}, clock[0]) ||
        !read_field(Field<60>{due.minutes_, 0, 59, nullptr, ".."}, clock[1]))
      return {};
    fields.pop_back();
    due.weekdays_.set();
    due.days_.set();
    due.months_.set();
    if (!fields.empty() && fields.back().find('-') != std::string_view::npos) {
      const auto date = split(fields.back(), '-');
      due.days_.reset();
      due.months_.reset();
      if (date.size() < 2 || date.size() > 3 || (date.size() == 3 && date[0] != "*") ||
          !read_field(Field<13>{due.months_, 1, 12, month_of, ".."}, date[date.size() - 2]) ||
          !read_field(Field<32>{due.days_, 1, 31, nullptr, ".."}, date.back()))
        return {};
      fields.pop_back();
    }
    if (fields.empty()) return due;
    due.weekdays_.reset();
    if (fields.size() > 1 || !read_field(Field<7>{due.weekdays_, 0, 7, weekday_of, ".."}, fields[0])) return {};
    return due;
  }

  std::string_view text_;
};

Result<Due> Due::parse(std::string_view text) {
  if (const auto due = DueReader{text}.read()) return *due;
  return Fault{Errc::bad_config, "\"" + std::string{text} +
                                     "\" says no time; write as cron does, \"0 2 * * *\" for each day at 02:00, or " +
                                     "as systemd does, \"Mon..Fri 06:30\""};
}

bool Due::is_day(local_days day) const {
  const std::chrono::year_month_day date{day};
  if (!months_[static_cast<unsigned>(date.month())]) return false;
  const bool by_day = days_[static_cast<unsigned>(date.day())],
             by_weekday = weekdays_[std::chrono::weekday{day}.c_encoding()];
  return days_or_weekdays_ ? by_day || by_weekday : by_day && by_weekday;
}

Timestamp Due::next(Timestamp behind, const Calendar& calendar) const {
  constexpr int most_days = 5 * 366;
  auto day = std::chrono::floor<std::chrono::days>(calendar.zone.to_local(behind));
  for (int i = 0; i < most_days; ++i, day += std::chrono::days{1}) {
    if (!is_day(day)) continue;
    for (int hour = 0; hour < 24; ++hour) {
      if (!hours_[static_cast<std::size_t>(hour)]) continue;
      for (int minute = 0; minute < 60; ++minute) {
        if (!minutes_[static_cast<std::size_t>(minute)]) continue;
        const auto time =
            calendar.zone.to_utc(LocalTime{day} + std::chrono::hours{hour} + std::chrono::minutes{minute});
        if (time > behind) return time;
      }
    }
  }
  return Timestamp::max();
}

}  // namespace psherald::watch
