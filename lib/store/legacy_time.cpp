#include "store/legacy_time.hpp"
#include "record/number.hpp"

#include <charconv>
#include <chrono>
#include <cmath>

namespace psherald::store {
namespace {

using std::chrono::microseconds;

constexpr std::size_t date_size = 10, minute_size = 16, second_size = 19;  // of "2026-11-22 09:10:24"
// Smaller numbers are something else: a year, a count. The end is that of the year 9999.
constexpr double first_second = 100'000'000, end_second = 253'402'300'800;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first == text.npos ? std::string_view{} : text.substr(first, text.find_last_not_of(" \t\r\n") + 1 - first);
}

std::optional<int> two_digits(std::string_view text) {
  if (text.size() < 2 || !is_digit(text[0]) || !is_digit(text[1])) return {};
  return (text[0] - '0') * 10 + (text[1] - '0');
}

// ".318567" and ",318": up to six digits count.
std::optional<microseconds> take_fraction(std::string_view& text) {
  if (text.empty() || (text[0] != '.' && text[0] != ',')) return microseconds{0};
  text.remove_prefix(1);
  if (text.empty() || !is_digit(text[0])) return {};
  int value = 0, scale = 100'000;
  for (; !text.empty() && is_digit(text[0]); text.remove_prefix(1), scale /= 10) value += (text[0] - '0') * scale;
  return microseconds{value};
}

// "Z", "+01:00", "+0100" or "+01" and nothing behind it: how far that zone is ahead of UTC.
std::optional<std::chrono::minutes> zone_offset(std::string_view text) {
  if (text == "Z" || text == "z") return std::chrono::minutes{0};
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return {};
  const int sign = text[0] == '-' ? -1 : 1;
  text.remove_prefix(1);
  const auto hours = two_digits(text);
  if (!hours || *hours > 23) return {};
  text.remove_prefix(2);
  if (text.starts_with(':')) text.remove_prefix(1);
  const auto minutes = text.empty() ? std::optional{0} : two_digits(text);
  if (!minutes || *minutes > 59 || text.size() > 2) return {};
  return sign * (std::chrono::hours{*hours} + std::chrono::minutes{*minutes});
}

std::optional<Timestamp> utc(std::string_view second) {
  int year = 0;
  const auto [end, error] = std::from_chars(second.data(), second.data() + 4, year);
  const auto month = two_digits(second.substr(5)), day = two_digits(second.substr(8)),
             hour = two_digits(second.substr(11)), minute = two_digits(second.substr(14)),
             seconds = two_digits(second.substr(17));
  if (error != std::errc{} || end != second.data() + 4 || !month || !day || !hour || !minute || !seconds) return {};
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || year < 1 || *hour > 23 || *minute > 59 || *seconds > 60) return {};
  return std::chrono::sys_days{date} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} +
         std::chrono::seconds{*seconds};
}

std::optional<Timestamp> from_seconds(double seconds) {
  if (!(seconds >= first_second && seconds < end_second)) return {};
  return Timestamp{microseconds{std::llround(seconds * 1'000'000)}};
}

}  // namespace

std::optional<Timestamp> LegacyClock::read(const sqlite::Statement& row, int column) {
  switch (row.type(column)) {
    case SQLITE_TEXT: return read(row.text(column));
    case SQLITE_INTEGER:
    case SQLITE_FLOAT: return from_seconds(row.real(column));
    default: return {};
  }
}

std::optional<Timestamp> LegacyClock::read(std::string_view text) {
  text = trimmed(text);
  if (text.size() < date_size || text[4] != '-') {
    const auto seconds = parse_number<double>(text);
    return seconds ? from_seconds(*seconds) : std::nullopt;
  }
  if (text.size() < second_size) return parse_local(text);
  const auto second = text.substr(0, second_size);
  text.remove_prefix(second_size);
  const auto fraction = take_fraction(text);
  if (!fraction) return {};
  text = trimmed(text);
  if (!text.empty()) {
    const auto offset = zone_offset(text);
    const auto time = utc(second);
    return offset && time ? std::optional{*time + *fraction - *offset} : std::nullopt;
  }
  const auto minute = local_minute(second.substr(0, minute_size));
  const auto seconds = two_digits(second.substr(minute_size + 1));
  if (!minute || second[minute_size] != ':' || !seconds || *seconds > 60) return {};
  return *minute + std::chrono::seconds{*seconds} + *fraction;
}

std::optional<Timestamp> LegacyClock::local_minute(std::string_view minute) {
  if (minute != minute_) {
    minute_start_ = parse_local(minute);
    minute_ = minute;
  }
  return minute_start_;
}

}  // namespace psherald::store
