#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>

#include "psherald/record.hpp"

namespace psherald {
namespace {

struct Split {
  std::time_t seconds;
  int microseconds;
};

Split split(Timestamp time) {
  constexpr std::int64_t a_second = 1'000'000;
  const std::int64_t all = time.time_since_epoch().count(), rest = all % a_second;
  const std::int64_t up = rest < 0 ? 1 : 0;  // times before 1970
  return {static_cast<std::time_t>(all / a_second - up), static_cast<int>(rest + up * a_second)};
}

std::string format(const std::tm& t, int microseconds, char separator, const char* zone) {
  std::array<char, 64> text{};
  const int size = std::snprintf(text.data(), text.size(), "%04d-%02d-%02d%c%02d:%02d:%02d.%06d%s", t.tm_year + 1900,
                                 t.tm_mon + 1, t.tm_mday, separator, t.tm_hour, t.tm_min, t.tm_sec, microseconds, zone);
  return {text.data(), static_cast<std::size_t>(size)};
}

// Takes exactly `digits` digits from the front.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  int number = 0;
  if (text.size() < digits) return {};
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, number);
  if (error != std::errc{} || end != text.data() + digits || number < 0) return {};
  text.remove_prefix(digits);
  return number;
}

bool is_day(int year, int month, int day) {
  return std::chrono::year_month_day{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                     std::chrono::day{static_cast<unsigned>(day)}}
      .ok();
}

}  // namespace

std::string format_local(Timestamp time) {
  const auto [seconds, microseconds] = split(time);
  std::tm parts{};
  localtime_r(&seconds, &parts);
  return format(parts, microseconds, ' ', "");
}

std::string format_utc(Timestamp time) {
  const auto [seconds, microseconds] = split(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return format(parts, microseconds, 'T', "Z");
}

std::optional<Timestamp> parse_local(std::string_view text) {
  struct Part {
    std::string_view before;  // one of these separates it from the part before
    std::size_t digits;
    int least, most, value;
  };
  std::array<Part, 6> parts{{{"", 4, 1, 9999, 1970},
                             {"-", 2, 1, 12, 1},
                             {"-", 2, 1, 31, 1},
                             {" T", 2, 0, 23, 0},
                             {":", 2, 0, 59, 0},
                             {":", 2, 0, 60, 0}}};
  std::size_t read = 0;
  for (; read < parts.size() && (read == 0 || !text.empty()); ++read) {
    auto& part = parts[read];
    if (!part.before.empty()) {
      if (part.before.find(text.front()) == part.before.npos) break;
      text.remove_prefix(1);
    }
    const auto number = take_number(text, part.digits);
    if (!number || *number < part.least || *number > part.most) return {};
    part.value = *number;
  }
  int microseconds = 0;
  if (read == parts.size() && text.starts_with('.')) {
    text.remove_prefix(1);
    if (text.empty() || text.size() > 6) return {};
    const std::size_t digits = text.size();
    const auto number = take_number(text, digits);
    if (!number) return {};
    microseconds = *number;
    for (std::size_t i = digits; i < 6; ++i) microseconds *= 10;
  }
  if (!text.empty() || !is_day(parts[0].value, parts[1].value, parts[2].value)) return {};

  std::tm local{};
  local.tm_year = parts[0].value - 1900;
  local.tm_mon = parts[1].value - 1;
  local.tm_mday = parts[2].value;
  local.tm_hour = parts[3].value;
  local.tm_min = parts[4].value;
  local.tm_sec = parts[5].value;
  local.tm_isdst = -1;
  return Timestamp{std::chrono::seconds{std::mktime(&local)}} + std::chrono::microseconds{microseconds};
}

}  // namespace psherald
