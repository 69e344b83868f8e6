#include "graphql/nearest.hpp"

#include <algorithm>
#include <utility>

#include "graphql/mistake.hpp"

namespace psherald::graphql {
namespace {

std::string lower(std::string_view text) {
  std::string out{text};
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

/// How many letters to add, remove, change or swap with their neighbour.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> rows(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) rows[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      auto& here = rows[i][j];
      here = std::min({rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) here = std::min(here, rows[i - 2][j - 2] + 1);
    }
  }
  return rows[a.size()][b.size()];
}

}  // namespace

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& names, std::string_view what) {
  constexpr std::size_t longest_word = 60, most = 5;
  if (word.size() > longest_word) return {};
  const auto threshold = word.size() * 2 / 5 + 1;
  const auto small = lower(word);
  std::vector<std::pair<std::size_t, std::string_view>> near;
  for (const auto name : names) {
    const auto other = lower(name);
    const auto far = other == small ? 1 : distance(other, small);
    if (far <= threshold) near.emplace_back(far, name);
  }
  if (near.empty()) return {};
  std::sort(near.begin(), near.end());
  near.resize(std::min(near.size(), most));
  std::string text = " Did you mean ";
  text += what;
  for (std::size_t i = 0; i < near.size(); ++i) {
    const bool last = i + 1 == near.size();
    if (i > 0) text += near.size() == 2 ? " or " : last ? ", or " : ", ";
    text += in_quotes(near[i].second);
  }
  return text + '?';
}

}  // namespace psherald::graphql
