#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace psherald {

/// Whether all of it is ASCII, as most log text is. In line, since most is short too.
inline bool is_ascii(std::string_view text) noexcept {
  constexpr std::size_t word = sizeof(std::uint64_t);
  const auto load = [&](std::size_t at, std::size_t size) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, text.data() + at, size);
    return bytes;
  };
  std::uint64_t bits = 0;
  if (text.size() >= word) {
    for (std::size_t at = 0; at + word < text.size(); at += word) bits |= load(at, word);
    bits |= load(text.size() - word, word);  // it may overlap the one before it
  } else if (text.size() >= word / 2) {
    bits = load(0, word / 2) | load(text.size() - word / 2, word / 2);
  } else {
    for (const char c : text) bits |= static_cast<unsigned char>(c);
  }
  return (bits & 0x8080808080808080u) == 0;
}
/// Whether all of it is UTF-8 as RFC 3629 says: no surrogates, no overlong forms, nothing above U+10FFFF.
bool is_utf8(std::string_view text) noexcept;
/// Appends the text with every ill-formed sequence replaced by one U+FFFD (Unicode 15, 3.9: maximal subparts), so a
/// lone surrogate that Python wrote with "surrogatepass" becomes one too.
void append_utf8(std::string& out, std::string_view text);
/// Appends one code point; U+FFFD for what is none.
void append_code_point(std::string& out, char32_t code_point);
/// The longest beginning of at most `bytes` bytes that does not cut a code point in two.
std::string_view cut_utf8(std::string_view text, std::size_t bytes) noexcept;
/// The beginning of at most so many characters.
std::string_view first_characters(std::string_view text, std::size_t most) noexcept;

}  // namespace psherald
