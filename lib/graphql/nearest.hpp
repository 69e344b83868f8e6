#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace psherald::graphql {

/// ` Did you mean "message" or "module"?` with the names that are most like `word`; nothing when none is near. `what`
/// stands before the names.
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& names, std::string_view what = "");

template <class Named>
std::vector<std::string_view> names_of(const std::vector<Named>& all) {
  std::vector<std::string_view> names;
  for (const auto& one : all) names.push_back(one.name);
  return names;
}

}  // namespace psherald::graphql
