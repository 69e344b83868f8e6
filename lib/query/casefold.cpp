#include "query/casefold.hpp"

#include <algorithm>

#include "record/utf8.hpp"

namespace psherald::query {
namespace {

constexpr bool is_ascii(char c) noexcept { return static_cast<unsigned char>(c) < 0x80; }
constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

}  // namespace

CodePoint front_code_point(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const char32_t first = byte(0);
  const std::size_t bytes = first < 0xc2 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 1;
  if (bytes == 1 || bytes > text.size()) return {first, 1};
  char32_t value = first & (0x7fu >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {first, 1};
    value = value << 6 | (byte(i) & 0x3f);
  }
  return {value, bytes};
}

char32_t folded(char32_t code_point) noexcept {
  if (code_point < 0x80) return static_cast<char32_t>(lower(static_cast<char>(code_point)));
  const auto* end = detail::fold_rows + detail::fold_row_count;
  const auto* row = std::lower_bound(detail::fold_rows, end, code_point,
                                     [](const detail::FoldRow& r, char32_t c) { return r.last < c; });
  if (row == end || code_point < row->first) return code_point;
  if ((code_point - row->first) % static_cast<char32_t>(row->step) != 0) return code_point;
  return static_cast<char32_t>(static_cast<int>(code_point) + row->distance);
}

bool has_case(char32_t code_point) noexcept {
  if (folded(code_point) != code_point) return true;
  const auto* end = detail::fold_rows + detail::fold_row_count;
  return std::any_of(detail::fold_rows, end, [&](const detail::FoldRow& row) {
    const auto from = static_cast<char32_t>(static_cast<int>(code_point) - row.distance);
    return row.first <= from && from <= row.last && folded(from) == code_point;
  });
}

void append_folded(std::string& out, std::string_view text) {
  out.reserve(out.size() + text.size());
  while (!text.empty()) {
    const auto end = std::find_if_not(text.begin(), text.end(), is_ascii);
    const auto ascii = static_cast<std::size_t>(end - text.begin());
    const auto before = out.size();
    out.resize(before + ascii);
    std::transform(text.begin(), end, out.begin() + static_cast<std::ptrdiff_t>(before), lower);
    text.remove_prefix(ascii);
    if (text.empty()) return;
    const auto [value, bytes] = front_code_point(text);
    if (const auto to = bytes == 1 ? value : folded(value); to != value)
      append_code_point(out, to);
    else
      out.append(text.substr(0, bytes));
    text.remove_prefix(bytes);
  }
}

std::string folded(std::string_view text) {
  std::string out;
  append_folded(out, text);
  return out;
}

}  // namespace psherald::query
