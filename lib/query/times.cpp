#include "query/times.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <ctime>

namespace psherald::query {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

constexpr std::int64_t microsecond = 1, second = 1'000'000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;
constexpr std::size_t fraction_digits = 6;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
bool is_word(std::string_view text, std::string_view lower_case) {
  return std::equal(text.begin(), text.end(), lower_case.begin(), lower_case.end(),
                    [](char a, char b) { return lower(a) == b; });
}

std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  int number = 0;
  if (text.size() < digits) return {};
  for (std::size_t i = 0; i < digits; ++i) {
    if (!is_digit(text[i])) return {};
    number = number * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return number;
}
bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == any_of.npos) return false;
  text.remove_prefix(1);
  return true;
}
// ".5" or ",5": the digits, the first six of them.
bool take_fraction(std::string_view& text, std::string& fraction) {
  if (!take(text, ".,")) return true;
  const auto digits = std::min(
      text.size(), static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin()));
  if (digits == 0) return false;
  fraction = text.substr(0, std::min(digits, fraction_digits));
  text.remove_prefix(digits);
  return true;
}

// The part of a clock behind the hour: minutes, seconds, a fraction. False for what is none.
template <class Clock>
bool take_minutes(std::string_view& text, Clock& clock) {
  const auto minutes = take_number(text, 2);
  if (!minutes || *minutes > 59) return false;
  clock.minute = *minutes;
  if (!take(text, ":")) return true;
  const auto seconds = take_number(text, 2);
  if (!seconds || *seconds > 59) return false;
  clock.second = *seconds;
  return take_fraction(text, clock.fraction);
}

// Z, +01:00, +0100, +01, or nothing.
bool take_zone(std::string_view& text, std::optional<int>& minutes_east) {
  if (text.empty()) return true;
  if (take(text, "Zz")) return minutes_east = 0, true;
  const int sign = text.front() == '-' ? -1 : 1;
  if (!take(text, "+-")) return false;
  const auto hours = take_number(text, 2);
  if (!hours) return false;
  int minutes = 0;
  if (!text.empty()) {
    take(text, ":");
    const auto more = take_number(text, 2);
    if (!more || *more > 59) return false;
    minutes = *more;
  }
  const int east = *hours * 60 + minutes;
  if (east > 14 * 60) return false;
  minutes_east = sign * east;
  return true;
}

std::optional<ast::ClockTime> parse_clock(std::string_view text) {
  ast::ClockTime clock;
  const auto hours = take_number(text, 2);
  if (!hours || *hours > 23 || !take(text, ":")) return {};
  clock.hour = *hours;
  if (!take_minutes(text, clock) || !text.empty()) return {};
  return clock;
}

std::optional<ast::Epoch> parse_epoch(std::string_view text) {
  if (!take(text, "@")) return {};
  ast::Epoch epoch;
  const bool negative = text.starts_with('-');
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), epoch.seconds);
  constexpr std::int64_t most = 253'402'300'800;  // the year 10000
  if (error != std::errc{} || epoch.seconds > most || epoch.seconds < -most) return {};
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (!take_fraction(text, epoch.fraction) || !text.empty() || (negative && !epoch.fraction.empty())) return {};
  return epoch;
}

sys_days date_of(const ast::Civil& civil) {
  return sys_days{std::chrono::year{civil.year} / std::chrono::month{static_cast<unsigned>(civil.month)} /
                  std::chrono::day{static_cast<unsigned>(civil.day)}};
}
std::int64_t microseconds_of(sys_days date) { return date.time_since_epoch().count() * day; }

// How many microseconds the digits are, and how many their last digit stands for.
std::int64_t fraction_value(const std::string& fraction) {
  std::int64_t value = 0;
  for (std::size_t i = 0; i < fraction_digits; ++i) value = value * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
  return value;
}
std::int64_t fraction_width(const std::string& fraction) {
  std::int64_t width = second;
  for (std::size_t i = 0; i < std::min(fraction.size(), fraction_digits); ++i) width /= 10;
  return width;
}

std::int64_t local_offset_at(std::int64_t utc_seconds) {
  const std::time_t time = utc_seconds;
  std::tm parts{};
  localtime_r(&time, &parts);
  return parts.tm_gmtoff;
}
// A local time that occurs twice means its first; one that is skipped the instant of the jump.
std::int64_t local_to_utc(std::int64_t local_seconds) {
  constexpr std::int64_t a_day = 86'400;
  const std::int64_t before = local_offset_at(local_seconds - a_day), after = local_offset_at(local_seconds + a_day);
  std::optional<std::int64_t> first;
  for (const auto offset : {before, after})
    if (const auto utc = local_seconds - offset; local_offset_at(utc) == offset)
      first = std::min(first.value_or(utc), utc);
  if (first) return *first;
  std::int64_t low = local_seconds - a_day - before, high = local_seconds + a_day - after;
  while (high - low > 1) {
    const auto middle = low + (high - low) / 2;
    (local_offset_at(middle) == before ? low : high) = middle;
  }
  return high;
}

std::int64_t to_utc(std::int64_t local_microseconds, const Zone& zone) {
  if (zone.kind == Zone::Kind::fixed) return local_microseconds - zone.minutes * minute;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(std::chrono::microseconds{local_microseconds}).count();
  return local_to_utc(seconds) * second + (local_microseconds - seconds * second);
}
Span local_span(std::int64_t from, std::int64_t to, const Zone& zone) { return {to_utc(from, zone), to_utc(to, zone)}; }

sys_days today(const TimeBase& base) {
  return std::chrono::floor<days>(
      Timestamp{std::chrono::microseconds{to_local(base.now.time_since_epoch().count(), base.zone)}});
}
Span day_span(sys_days date, const Zone& zone) {
  return local_span(microseconds_of(date), microseconds_of(date + days{1}), zone);
}

template <class Clock>
Span clock_span(std::int64_t midnight, int hours, const Clock& clock, std::optional<int> minutes, const Zone& zone) {
  std::int64_t from = midnight + hours * hour, width = hour;
  if (minutes) from += *minutes * minute, width = minute;
  if (clock.second)
    from += *clock.second * second + fraction_value(clock.fraction), width = fraction_width(clock.fraction);
  const auto start = to_utc(from, zone);
  return {start, start + width};
}

struct SpanOf {
  const TimeBase& base;
  std::int64_t now() const { return base.now.time_since_epoch().count(); }

  Span operator()(const ast::Ago& ago) const {
    std::int64_t start = 0;
    if (__builtin_sub_overflow(now(), ago.microseconds, &start)) start = INT64_MIN;
    return {start, start + microsecond};
  }
  Span operator()(ast::Named named) const {
    if (named == ast::Named::now) return {now(), now() + microsecond};
    return day_span(today(base) - days{named == ast::Named::yesterday ? 1 : 0}, base.zone);
  }
  Span operator()(const ast::Epoch& epoch) const {
    const auto start = epoch.seconds * second + fraction_value(epoch.fraction);
    return {start, start + fraction_width(epoch.fraction)};
  }
  Span operator()(const ast::ClockTime& clock) const {
    return clock_span(microseconds_of(today(base)), clock.hour, clock, clock.minute, base.zone);
  }
  Span operator()(const ast::Civil& civil) const { return span_of(civil, base.zone); }
};

struct Unit {
  std::string_view name;
  std::int64_t nanoseconds;
};
constexpr std::int64_t us = 1'000, ms = 1'000 * us, s = 1'000 * ms, m = 60 * s, h = 60 * m, d = 24 * h, w = 7 * d;
// Longer names first, so that "ms" is not read as "m" and "s".
constexpr std::array units{Unit{"ms", ms}, Unit{"us", us}, Unit{"ns", 1}, Unit{"w", w},
                           Unit{"d", d},   Unit{"h", h},   Unit{"m", m},  Unit{"s", s}};

std::string print_duration(std::int64_t microseconds) {
  if (microseconds == 0) return "0s";
  std::string text = microseconds < 0 ? "-" : "";
  auto left =
      microseconds < 0 ? 0 - static_cast<std::uint64_t>(microseconds) : static_cast<std::uint64_t>(microseconds);
  for (const auto& [name, nanoseconds] :
       {Unit{"w", w}, Unit{"d", d}, Unit{"h", h}, Unit{"m", m}, Unit{"s", s}, Unit{"ms", ms}, Unit{"us", us}}) {
    const auto unit = static_cast<std::uint64_t>(nanoseconds / us);
    if (left >= unit) (text += std::to_string(left / unit)) += name;
    left %= unit;
  }
  return text;
}

std::string two_digits(int number) {
  return {static_cast<char>('0' + number / 10), static_cast<char>('0' + number % 10)};
}
std::string print_fraction(const std::string& fraction) { return fraction.empty() ? "" : '.' + fraction; }
std::string print_zone(int minutes) {
  if (minutes == 0) return "Z";
  const int size = std::abs(minutes);
  return (minutes < 0 ? '-' : '+') + two_digits(size / 60) + ':' + two_digits(size % 60);
}

struct PrintTime {
  std::string operator()(const ast::Ago& ago) const { return print_duration(ago.microseconds); }
  std::string operator()(ast::Named named) const {
    return named == ast::Named::now ? "now" : named == ast::Named::today ? "today" : "yesterday";
  }
  std::string operator()(const ast::Epoch& epoch) const {
    return '@' + std::to_string(epoch.seconds) + print_fraction(epoch.fraction);
  }
  std::string operator()(const ast::ClockTime& clock) const {
    return two_digits(clock.hour) + ':' + two_digits(clock.minute) + seconds(clock);
  }
  std::string operator()(const ast::Civil& civil) const {
    std::string text =
        std::to_string(10'000 + civil.year).substr(1) + '-' + two_digits(civil.month) + '-' + two_digits(civil.day);
    if (civil.hour) text += 'T' + two_digits(*civil.hour);
    if (civil.minute) text += ':' + two_digits(*civil.minute);
    text += seconds(civil);
    return civil.zone_minutes ? text + print_zone(*civil.zone_minutes) : text;
  }
  template <class Clock>
  static std::string seconds(const Clock& clock) {
    return clock.second ? ':' + two_digits(*clock.second) + print_fraction(clock.fraction) : "";
  }
};

}  // namespace

std::int64_t to_local(std::int64_t utc_microseconds, const Zone& zone) {
  if (zone.kind == Zone::Kind::fixed) return utc_microseconds + zone.minutes * minute;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(std::chrono::microseconds{utc_microseconds}).count();
  return utc_microseconds + local_offset_at(seconds) * second;
}

std::optional<ast::Civil> parse_civil(std::string_view text) {
  ast::Civil civil;
  const auto year = take_number(text, 4);
  if (!year || *year == 0 || !take(text, "-")) return {};
  const auto month = take_number(text, 2);
  if (!month || !take(text, "-")) return {};
  const auto day_of_month = take_number(text, 2);
  if (!day_of_month) return {};
  civil.year = *year, civil.month = *month, civil.day = *day_of_month;
  const auto date = std::chrono::year{*year} / *month / *day_of_month;
  if (*month > 12 || *month == 0 || *day_of_month == 0 || !date.ok()) return {};
  if (take(text, "Tt ")) {
    civil.hour = take_number(text, 2);
    if (!civil.hour || *civil.hour > 23) return {};
    if (take(text, ":") && !take_minutes(text, civil)) return {};
  }
  if (!take_zone(text, civil.zone_minutes) || !text.empty()) return {};
  return civil;
}

std::optional<ast::Time> parse_time(std::string_view text) {
  if (is_word(text, "now")) return ast::Named::now;
  if (is_word(text, "today")) return ast::Named::today;
  if (is_word(text, "yesterday")) return ast::Named::yesterday;
  if (const auto epoch = parse_epoch(text)) return *epoch;
  if (const auto clock = parse_clock(text)) return *clock;
  if (const auto civil = parse_civil(text)) return *civil;
  if (text.starts_with('-')) text.remove_prefix(1);
  if (const auto duration = parse_duration(text)) return ast::Ago{*duration / us};
  return {};
}

std::string print_time(const ast::Time& time) { return std::visit(PrintTime{}, time); }

Span span_of(const ast::Time& time, const TimeBase& base) { return std::visit(SpanOf{base}, time); }

Span span_of(const ast::Civil& civil, const Zone& zone) {
  const Zone where = civil.zone_minutes ? Zone::offset(*civil.zone_minutes) : zone;
  const auto date = date_of(civil);
  if (!civil.hour) return day_span(date, where);
  return clock_span(microseconds_of(date), *civil.hour, civil, civil.minute, where);
}

std::optional<std::int64_t> parse_duration(std::string_view text) {
  if (text.empty()) return {};
  std::int64_t total = 0;
  while (!text.empty()) {
    const auto digits = static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
    std::int64_t whole = 0;
    if (digits > 0 && std::from_chars(text.data(), text.data() + digits, whole).ec != std::errc{}) return {};
    text.remove_prefix(digits);
    double part = 0;
    if (text.starts_with('.')) {
      text.remove_prefix(1);
      double place = 0.1;
      const auto before = text.size();
      for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1), place /= 10)
        part += (text.front() - '0') * place;
      if (text.size() == before) return {};
    } else if (digits == 0) {
      return {};
    }
    const auto* unit =
        std::find_if(units.begin(), units.end(), [&](const Unit& u) { return text.starts_with(u.name); });
    if (unit == units.end()) return {};
    text.remove_prefix(unit->name.size());
    std::int64_t length = 0;
    if (__builtin_mul_overflow(whole, unit->nanoseconds, &length) ||
        __builtin_add_overflow(length, std::llround(part * static_cast<double>(unit->nanoseconds)), &length) ||
        __builtin_add_overflow(total, length, &total))
      return {};
  }
  return total;
}

}  // namespace psherald::query
