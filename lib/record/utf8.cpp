#include "record/utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace psherald {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

struct Sequence {
  std::size_t length;  // bytes looked at: a whole code point or a maximal subpart
  bool valid;
};

// Unicode 15, table 3-7. `text` is not empty.
Sequence next_sequence(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {1, true};
  if (lead < 0xC2 || lead > 0xF4) return {1, false};
  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  unsigned char low = 0x80, high = 0xBF;
  if (lead == 0xE0) low = 0xA0;
  if (lead == 0xED) high = 0x9F;
  if (lead == 0xF0) low = 0x90;
  if (lead == 0xF4) high = 0x8F;
  for (std::size_t i = 1; i < length; ++i) {
    if (i == text.size() || byte(i) < low || byte(i) > high) return {i, false};
    low = 0x80, high = 0xBF;
  }
  return {length, true};
}

bool is_ascii_word(const char* at) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return (word & 0x8080808080808080u) == 0;
}

// How many bytes at the beginning are ASCII, eight at a time: most log text is nothing else.
std::size_t ascii_prefix(std::string_view text) noexcept {
  constexpr std::size_t word = sizeof(std::uint64_t);
  std::size_t i = 0;
  while (i + word <= text.size() && is_ascii_word(text.data() + i)) i += word;
  // The last word may overlap the one before it; a loop over single bytes costs more than all before.
  if (i + word > text.size() && text.size() >= word && is_ascii_word(text.data() + text.size() - word))
    return text.size();
  while (i < text.size() && static_cast<unsigned char>(text[i]) < 0x80) ++i;
  return i;
}

}  // namespace

bool is_utf8(std::string_view text) noexcept {
  for (text.remove_prefix(ascii_prefix(text)); !text.empty(); text.remove_prefix(ascii_prefix(text))) {
    const auto [length, valid] = next_sequence(text);
    if (!valid) return false;
    text.remove_prefix(length);
  }
  return true;
}

void append_utf8(std::string& out, std::string_view text) {
  while (!text.empty()) {
    if (const std::size_t plain = ascii_prefix(text); plain > 0) {
      out += text.substr(0, plain);
      text.remove_prefix(plain);
      continue;
    }
    const auto [length, valid] = next_sequence(text);
    // CESU: Python writes a lone surrogate as ED A0..BF 80..BF; that is one mistake, not three.
    const bool surrogate =
        !valid && text.size() >= 3 && text[0] == '\xED' && (text[1] & 0xE0) == 0xA0 && (text[2] & 0xC0) == 0x80;
    out += valid ? text.substr(0, length) : replacement;
    text.remove_prefix(surrogate ? 3 : length);
  }
}

void append_code_point(std::string& out, char32_t c) {
  if (c >= 0xD800 && c <= 0xDFFF) c = 0xFFFD;
  if (c > 0x10FFFF) c = 0xFFFD;
  const auto put = [&](char32_t bits) { out += static_cast<char>(bits); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | c >> 6), put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | c >> 12), put(0x80 | (c >> 6 & 0x3F)), put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | c >> 18), put(0x80 | (c >> 12 & 0x3F)), put(0x80 | (c >> 6 & 0x3F)), put(0x80 | (c & 0x3F));
  }
}

std::string_view cut_utf8(std::string_view text, std::size_t bytes) noexcept {
  if (text.size() <= bytes) return text;
  constexpr std::size_t most_following = 3;
  const std::size_t least = bytes - std::min(bytes, most_following);
  while (bytes > least && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  return text.substr(0, bytes);
}

std::string_view first_characters(std::string_view text, std::size_t most) noexcept {
  std::size_t end = 0;
  for (std::size_t count = 0; end < text.size() && count < most; ++count) {
    ++end;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
  }
  return text.substr(0, end);
}

}  // namespace psherald
