#include "record/plain.hpp"

#include "record/utf8.hpp"

namespace psherald {
namespace {

/// How many bytes at the beginning of valid UTF-8 are such a sign; 0: none.
std::size_t acting(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  if (byte(0) < 0x20 || byte(0) == 0x7f) return 1;
  if (byte(0) == 0xC2 && byte(1) < 0xA0) return 2;  // U+0080 to U+009F
  const bool general = byte(0) == 0xE2 && byte(1) == 0x80;
  if (general && (byte(2) == 0x8E || byte(2) == 0x8F)) return 3;  // marks of direction
  if (general && byte(2) >= 0xA8 && byte(2) <= 0xAE) return 3;    // U+2028 to U+202E: breaks, embeddings, overrides
  if (byte(0) == 0xE2 && byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9) return 3;  // isolates
  return 0;
}

}  // namespace

void append_plain(std::string& out, std::string_view text, std::string_view instead) {
  std::string valid;
  append_utf8(valid, text);
  std::string_view rest = valid;
  std::size_t plain = 0;
  while (plain < rest.size()) {
    const auto length = acting(rest.substr(plain));
    if (length == 0) {
      ++plain;
      continue;
    }
    out.append(rest.substr(0, plain)).append(instead);
    rest.remove_prefix(plain + length);
    plain = 0;
  }
  out += rest;
}

}  // namespace psherald
