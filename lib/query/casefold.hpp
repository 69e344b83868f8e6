#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace psherald::query {

/// Appends the text with every character replaced by its simple case folding (Unicode's CaseFolding.txt, status C and
/// S). Nothing else is normalised. What is not UTF-8 stays as it is.
void append_folded(std::string& out, std::string_view text);
std::string folded(std::string_view text);
char32_t folded(char32_t code_point) noexcept;
/// Whether another character folds to this one, or this one to another.
bool has_case(char32_t code_point) noexcept;

/// The code point at the front, and how many bytes it takes; for a byte that begins none, that byte and 1. Not for "".
struct CodePoint {
  char32_t value;
  std::size_t bytes;
};
CodePoint front_code_point(std::string_view text) noexcept;

namespace detail {

struct FoldRow {
  char32_t first, last;
  int step, distance;
};
extern const FoldRow fold_rows[];
extern const std::size_t fold_row_count;
extern const char* const unicode_version;

}  // namespace detail

}  // namespace psherald::query
