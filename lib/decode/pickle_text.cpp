#include "decode/pickle_text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <vector>

#include "record/utf8.hpp"

namespace psherald::pickle {
namespace {

// A number of at most `most` digits at the beginning of the text, which it is taken from.
std::optional<std::uint32_t> take_digits(std::string_view& text, std::size_t least, std::size_t most, int base) {
  std::uint32_t number = 0;
  const char* end = text.data() + std::min(most, text.size());
  const auto [stopped, error] = std::from_chars(text.data(), end, number, base);
  const auto read = static_cast<std::size_t>(stopped - text.data());
  if (error != std::errc{} || read < least) return {};
  text.remove_prefix(read);
  return number;
}

// What \u or \U at the beginning of the text stands for.
std::optional<char32_t> take_unicode_escape(std::string_view& text) {
  if (text.size() < 2 || text[0] != '\\' || (text[1] != 'u' && text[1] != 'U')) return {};
  const std::size_t digits = text[1] == 'u' ? 4 : 8;
  auto rest = text.substr(2);
  const auto number = take_digits(rest, digits, digits, 16);
  if (number) text = rest;
  return number;
}

char simple_escape(char letter) noexcept {
  constexpr std::string_view letters = "\\'\"abfnrtv", meanings = "\\'\"\a\b\f\n\r\t\v";
  const auto place = letters.find(letter);
  return place == letters.npos ? '\0' : meanings[place];
}

bool is_negative(std::string_view little_endian) noexcept {
  return !little_endian.empty() && (little_endian.back() & 0x80) != 0;
}

}  // namespace

void append_text(std::string& out, std::string_view text, std::size_t most) {
  const std::size_t begin = out.size();
  append_utf8(out, text.substr(0, most));
  const std::size_t size = out.size() - begin;  // U+FFFD is longer than what it replaces
  if (size <= most && text.size() <= most) return;
  out.resize(begin + cut_utf8(std::string_view{out}.substr(begin), std::min(most, size)).size());
  out += cut_mark;
}

void append_unescaped(std::string& out, std::string_view literal) {
  while (!literal.empty()) {
    const auto plain = literal.substr(0, literal.find('\\'));
    out += plain;
    literal.remove_prefix(plain.size());
    if (literal.size() < 2) break;
    const char letter = literal[1];
    auto rest = literal.substr(2);
    if (const char meaning = simple_escape(letter)) {
      out += meaning;
    } else if (letter == 'x') {
      const auto number = take_digits(rest, 2, 2, 16);
      if (number) out += static_cast<char>(*number);
      if (!number) out += "\\x";
    } else if (letter >= '0' && letter <= '7') {
      rest = literal.substr(1);
      out += static_cast<char>(*take_digits(rest, 1, 3, 8));
    } else {
      out += literal.substr(0, 2);
    }
    literal = rest;
  }
  out += literal;
}

void append_raw_unicode(std::string& out, std::string_view text) {
  while (!text.empty()) {
    if (auto code_point = take_unicode_escape(text)) {
      if (*code_point >= 0xD800 && *code_point < 0xDC00) {
        auto rest = text;
        const auto low = take_unicode_escape(rest);
        if (low && *low >= 0xDC00 && *low < 0xE000) {
          code_point = 0x10000 + ((*code_point - 0xD800) << 10) + (*low - 0xDC00);
          text = rest;
        }
      }
      append_code_point(out, *code_point);
      continue;
    }
    // A backslash that begins no escape takes the next character with it: in "\\\\u0041" there is none.
    const std::size_t plain = text[0] == '\\' && text.size() > 1 ? 2 : 1;
    for (const char c : text.substr(0, plain)) append_code_point(out, static_cast<unsigned char>(c));
    text.remove_prefix(plain);
  }
}

std::size_t count_digits(std::string_view little_endian) {
  const bool negative = is_negative(little_endian);
  while (!little_endian.empty() && little_endian.back() == (negative ? '\xFF' : '\0')) little_endian.remove_suffix(1);
  double leading = 0;
  std::size_t taken = 0;
  for (; taken < 8 && taken < little_endian.size(); ++taken) {
    const auto byte = static_cast<unsigned char>(little_endian[little_endian.size() - 1 - taken]);
    leading = leading * 256 + static_cast<unsigned char>(negative ? ~byte : byte);
  }
  const auto others = static_cast<double>(little_endian.size() - taken);
  return 1 + static_cast<std::size_t>(std::log10(std::max(leading, 1.0)) + others * std::log10(256.0));
}

void append_digits(std::string& out, std::string_view little_endian) {
  const bool negative = is_negative(little_endian);
  std::vector<std::uint32_t> limbs(little_endian.size() / 4 + 1, negative ? 0xFFFFFFFFu : 0);
  for (std::size_t i = 0; i < little_endian.size(); ++i) {
    const unsigned shift = 8 * (i % 4);
    limbs[i / 4] &= ~(0xFFu << shift);
    limbs[i / 4] |= static_cast<std::uint32_t>(static_cast<unsigned char>(little_endian[i])) << shift;
  }
  if (negative) {
    std::uint64_t carry = 1;
    for (auto& limb : limbs) {
      carry += static_cast<std::uint32_t>(~limb);
      limb = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
  }
  std::string reversed;
  while (!limbs.empty()) {
    constexpr std::uint32_t billion = 1'000'000'000;
    std::uint64_t rest = 0;
    for (auto limb = limbs.rbegin(); limb != limbs.rend(); ++limb) {
      rest = rest << 32 | *limb;
      *limb = static_cast<std::uint32_t>(rest / billion);
      rest %= billion;
    }
    while (!limbs.empty() && limbs.back() == 0) limbs.pop_back();
    for (int i = 0; i < 9; ++i, rest /= 10) reversed += static_cast<char>('0' + rest % 10);
  }
  while (reversed.size() > 1 && reversed.back() == '0') reversed.pop_back();
  if (negative) out += '-';
  out.append(reversed.rbegin(), reversed.rend());
}

}  // namespace psherald::pickle
