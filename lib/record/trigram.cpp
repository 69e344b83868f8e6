#include "record/trigram.hpp"

#include <algorithm>

#include "record/utf8.hpp"

namespace psherald::trigram {
namespace {

constexpr std::string_view long_s = "\xC5\xBF", kelvin = "\xE2\x84\xAA";

bool has(std::string_view text, std::string_view part) noexcept { return text.find(part) != text.npos; }

}  // namespace

bool Masks::add(std::string_view text, std::uint64_t block) noexcept {
  const auto indexed = text.substr(0, max_text);
  std::uint32_t window = 0, all = 0;
  std::size_t i = 0;
  for (; i < indexed.size() && i < 2; ++i) all |= window = window << 8 | lower(indexed[i]);
  for (; i < indexed.size(); ++i) {
    window = (window << 8 | lower(indexed[i])) & 0xffffffu;
    all |= window;
    masks_[term_of(window)] |= block;
  }
  if (indexed.size() < text.size()) return false;
  const bool ascii = (all & 0x808080u) == 0;
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
