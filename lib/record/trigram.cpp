#include "record/trigram.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "record/utf8.hpp"

namespace psherald::trigram {
namespace {

constexpr std::string_view long_s = "\xC5\xBF", kelvin = "\xE2\x84\xAA";

// The first in the highest place. Reads a fourth one.
std::uint32_t three_bytes_at(const char* bytes) noexcept {
  std::uint32_t four;
  std::memcpy(&four, bytes, sizeof four);
  if constexpr (std::endian::native == std::endian::little) four = __builtin_bswap32(four);
  return four >> 8;
}

bool has(std::string_view text, std::string_view part) noexcept { return text.find(part) != text.npos; }

}  // namespace

// In two passes: the compiler makes the first one a matter of sixteen bytes at a time.
bool Masks::add(std::string_view text, std::uint64_t block) {
  const auto indexed = text.substr(0, max_text);
  lower_.resize(indexed.size() + sizeof(std::uint32_t));
  const char* from = indexed.data();
  char* to = lower_.data();
  unsigned char all = 0;
  for (std::size_t i = 0; i < indexed.size(); ++i) {
    all |= static_cast<unsigned char>(from[i]);
    to[i] = static_cast<char>(lower(from[i]));
  }
  auto* masks = masks_.data();
  for (std::size_t i = 2; i < indexed.size(); ++i) masks[term_of(three_bytes_at(to + i - 2))] |= block;
  if (indexed.size() < text.size()) return false;
  const bool ascii = all < 0x80;
  return ascii || (is_utf8(text) && !has(text, long_s) && !has(text, kelvin));
}

void Masks::clear() noexcept { std::fill(masks_.begin(), masks_.end(), 0); }

void append_terms(std::string_view literal, std::vector<Term>& terms) {
  if (!is_utf8(literal)) return;
  std::uint32_t window = 0;
  for (std::size_t i = 0; i < literal.size(); ++i) {
    window = (window << 8 | lower(literal[i])) & 0xffffffu;
    if (i >= 2) terms.push_back(term_of(window));
  }
  std::sort(terms.begin(), terms.end());
  terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
}

}  // namespace psherald::trigram
