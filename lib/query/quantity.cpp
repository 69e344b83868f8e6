#include "query/quantity.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "query/times.hpp"

namespace psherald::query {
namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
double as_double(const Amount& amount) noexcept {
  return std::visit([](auto value) { return static_cast<double>(value); }, amount.value);
}

std::size_t digits_of(std::string_view text) noexcept {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
}

// The length of the number that the text begins with; 0 for none.
std::size_t number_length(std::string_view text) noexcept {
  std::size_t at = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
  const auto whole = digits_of(text.substr(at));
  at += whole;
  std::size_t part = 0;
  if (at < text.size() && text[at] == '.' && (part = digits_of(text.substr(at + 1))) > 0) at += 1 + part;
  if (whole + part == 0) return 0;
  if (at < text.size() && lower(text[at]) == 'e') {
    const std::size_t sign = at + 1 < text.size() && (text[at + 1] == '-' || text[at + 1] == '+') ? 1 : 0;
    if (const auto exponent = digits_of(text.substr(std::min(text.size(), at + 1 + sign))); exponent > 0)
      at += 1 + sign + exponent;
  }
  return at;
}

}  // namespace

std::partial_ordering operator<=>(const Amount& a, const Amount& b) noexcept {
  const auto *x = std::get_if<std::int64_t>(&a.value), *y = std::get_if<std::int64_t>(&b.value);
  if (x && y) return *x <=> *y;
  return as_double(a) <=> as_double(b);
}

std::optional<Amount> parse_number(std::string_view text) {
  if (text.empty() || number_length(text) != text.size()) return {};
  if (text.front() == '+') text.remove_prefix(1);
  const char* end = text.data() + text.size();
  std::int64_t integer = 0;
  if (const auto [stop, error] = std::from_chars(text.data(), end, integer); error == std::errc{} && stop == end)
    return Amount{integer};
  double number = 0;
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end || !std::isfinite(number)) return {};
  return Amount{number};
}

std::optional<std::int64_t> parse_size(std::string_view text) {
  struct Unit {
    std::string_view name;
    double bytes;
  };
  static constexpr std::array units{Unit{"b", 1},          Unit{"kb", 1e3},          Unit{"mb", 1e6},
                                    Unit{"gb", 1e9},       Unit{"tb", 1e12},         Unit{"kib", 1024.},
                                    Unit{"mib", 1048576.}, Unit{"gib", 1073741824.}, Unit{"tib", 1099511627776.}};
  const auto length = number_length(text);
  const auto number = parse_number(text.substr(0, length));
  const auto name = text.substr(length);
  const auto* unit = std::find_if(units.begin(), units.end(), [&](const Unit& u) {
    return std::equal(name.begin(), name.end(), u.name.begin(), u.name.end(),
                      [](char a, char b) { return lower(a) == b; });
  });
  if (!number || unit == units.end()) return {};
  const auto bytes = scaled(*number, static_cast<std::int64_t>(unit->bytes));
  const auto* whole = std::get_if<std::int64_t>(&bytes.value);
  return whole ? std::optional{*whole} : std::nullopt;
}

std::optional<Measure> parse_measure(std::string_view text) {
  using Kind = Measure::Kind;
  if (const auto number = parse_number(text)) return Measure{Kind::number, *number, {}};
  if (const auto duration = parse_duration(text)) return Measure{Kind::duration, Amount{*duration}, {}};
  if (text.starts_with('-'))
    if (const auto duration = parse_duration(text.substr(1))) return Measure{Kind::duration, Amount{-*duration}, {}};
  if (const auto size = parse_size(text)) return Measure{Kind::size, Amount{*size}, {}};
  if (const auto date = parse_civil(text)) return Measure{Kind::date, Amount{std::int64_t{0}}, *date};
  return {};
}

std::int64_t unit_of_name(std::string_view name) noexcept {
  constexpr std::int64_t second = 1'000'000'000;
  if (name.ends_with("_ns")) return 1;
  if (name.ends_with("_us")) return 1'000;
  if (name.ends_with("_ms")) return 1'000'000;
  return second;
}

Amount scaled(const Amount& amount, std::int64_t unit) noexcept {
  std::int64_t product = 0;
  if (const auto* integer = std::get_if<std::int64_t>(&amount.value))
    if (!__builtin_mul_overflow(*integer, unit, &product)) return Amount{product};
  const double exact = as_double(amount) * static_cast<double>(unit);
  constexpr double most = 9.2e18;
  return std::abs(exact) < most ? Amount{std::int64_t{std::llround(exact)}} : Amount{exact};
}

}  // namespace psherald::query
