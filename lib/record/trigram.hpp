#pragma once

/// What the substring index is made of, as pure functions.
///
/// A *term* stands for three bytes in a row, ASCII letters in lower case; 18 bits of a hash of them, so that all terms
/// have a place in a small table. Two trigrams may share a term, and a search then looks at a block in vain: what a
/// search finds is always checked against the text itself.
///
/// Which terms may be asked for depends on how the search compares, since it must never miss: "ö" has to find "Ö", of
/// which the index knows nothing. So who folds more than ASCII letters asks only for runs of characters that are the
/// same in every case. Two characters beyond ASCII fold to ASCII letters: U+017F to s and U+212A to k. Text with one of
/// them is *opaque*, and so is text that is not UTF-8: terms say nothing of it, and it is always looked at.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace psherald::trigram {

using Term = std::uint32_t;
inline constexpr int term_bits = 18;
inline constexpr Term term_count = Term{1} << term_bits;

/// Longer texts are indexed as far as this, and opaque.
inline constexpr std::size_t max_text = std::size_t{256} << 10;

inline constexpr std::uint32_t lower(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 'A' && byte <= 'Z' ? byte | 0x20u : byte;
}
/// The term of three folded bytes, the first of them in the highest place.
inline constexpr Term term_of(std::uint32_t three_bytes) noexcept {
  return three_bytes * 0x9e3779b1u >> (32 - term_bits);
}

/// For each block the terms of its texts: a table from term to one bit a block, 2 MiB.
class Masks {
 public:
  Masks() : masks_(term_count) {}
  /// Notes the terms of a text under the bits of `block`. False when the text is opaque.
  bool add(std::string_view text, std::uint64_t block);
  std::uint64_t operator[](Term term) const noexcept { return masks_[term]; }
  void clear() noexcept;

 private:
  std::vector<std::uint64_t> masks_;
  std::string lower_{};  // of the text that is added
};

/// Appends the terms that every text which contains `literal`, ASCII letters in any case, has, unless it is opaque.
/// None for a literal that is too short or is not UTF-8.
void append_terms(std::string_view literal, std::vector<Term>& terms);

}  // namespace psherald::trigram
