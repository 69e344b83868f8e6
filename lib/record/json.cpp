#include "record/json.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>

namespace psherald {
namespace {

constexpr int max_fraction = 62;  // 2^62 still is one of SQLite's integers

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  constexpr char hex[] = "0123456789abcdef";
  out += '"';
  std::size_t plain = 0;  // beginning of what needs no escape
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out += text.substr(plain, i - plain);
    plain = i + 1;
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      default: out += "\\u00", out += hex[c >> 4], out += hex[c & 15];
    }
  }
  out += text.substr(plain);
  out += '"';
}

void append_json_double(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "\"nan\"";
  } else if (std::isinf(value)) {
    out += value > 0 ? "\"inf\"" : "\"-inf\"";
  } else {
    char digits[40];
    const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
    const std::string_view text{digits, static_cast<std::size_t>(end - digits)};
    out += text;
    if (text.find_first_of(".e") == text.npos) out += ".0";
  }
}

bool append_json_fraction(std::string& out, double value) {
  if (!(std::abs(value) < 0x1p53) || (value == 0 && std::signbit(value))) return false;
  int exponent = 0;
  while (value != std::trunc(value) && exponent <= max_fraction) value *= 2, ++exponent;
  if (exponent > max_fraction) return false;
  out += '[' + std::to_string(static_cast<std::int64_t>(value)) + ',' + std::to_string(exponent) + ']';
  return true;
}

std::optional<double> parse_json_fraction(std::string_view text) {
  std::int64_t number = 0;
  int exponent = 0;
  const char *at = text.data(), *end = at + text.size();
  const auto skip = [&](char c) { return at != end && *at++ == c; };
  const auto read = [&](auto& to) {
    const auto [rest, error] = std::from_chars(at, end, to);
    at = rest;
    return error == std::errc{};
  };
  if (!skip('[') || !read(number) || !skip(',') || !read(exponent) || !skip(']') || at != end) return {};
  return std::ldexp(static_cast<double>(number), -exponent);
}

}  // namespace psherald
