#include "exchange/strptime.hpp"

#include <time.h>

namespace psherald::exchange {
namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// Takes digits off the text: their value in microseconds.
std::chrono::microseconds take_fraction(const char*& text) {
  std::int64_t value = 0;
  for (int scale = 100'000; is_digit(*text); ++text, scale /= 10) value += (*text - '0') * std::int64_t{scale};
  return std::chrono::microseconds{value};
}

// Whether the format has this letter behind a percent sign.
std::size_t find_letter(std::string_view format, std::string_view letters) noexcept {
  for (std::size_t at = 0; (at = format.find('%', at)) != format.npos && at + 1 < format.size(); at += 2)
    if (letters.find(format[at + 1]) != letters.npos) return at;
  return format.npos;
}

}  // namespace

bool says_year(std::string_view format) noexcept { return find_letter(format, "YyFDGcxs") != format.npos; }

std::optional<Timestamp> parse_time(const std::string& text, const std::string& format) {
  std::tm parts{};
  parts.tm_mday = 1;
  const auto fraction_at = find_letter(format, "f");
  const char* rest = ::strptime(text.c_str(), format.substr(0, fraction_at).c_str(), &parts);
  std::chrono::microseconds fraction{};
  if (rest && fraction_at != format.npos) {
    if (!is_digit(*rest)) return {};
    fraction = take_fraction(rest);
    rest = ::strptime(rest, format.c_str() + fraction_at + 2, &parts);
  }
  if (!rest || *rest != '\0') return {};
  if (find_letter(format, "z") != format.npos) {
    const auto ahead = std::chrono::seconds{parts.tm_gmtoff};
    return Timestamp{std::chrono::seconds{::timegm(&parts)} - ahead + fraction};
  }
  parts.tm_isdst = -1;
  return Timestamp{std::chrono::seconds{::mktime(&parts)} + fraction};
}

}  // namespace psherald::exchange
