#include "config/nearest.hpp"

#include <algorithm>
#include <numeric>

namespace psherald {
namespace {

/// Letters to insert, remove or replace to come from one word to the other. Source: Levenshtein, 1965.
std::size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string did_you_mean(std::string_view word, const std::vector<std::string>& names, std::string_view quote) {
  constexpr std::size_t longest = 64;  // beyond it nobody has mistyped anything
  if (word.size() > longest) return {};
  std::size_t least = std::max<std::size_t>(2, word.size() / 3) + 1;
  const std::string* best = nullptr;
  for (const auto& name : names)
    if (const auto distance = edit_distance(word, name); distance < least) {
      least = distance;
      best = &name;
    }
  if (!best) return {};
  return std::string{"; did you mean "}.append(quote).append(*best).append(quote).append("?");
}

}  // namespace psherald
