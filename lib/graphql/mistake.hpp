#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "graphql/document.hpp"

namespace psherald::graphql {

/// Where in an answer: names of fields, and numbers within lists.
using Path = std::vector<std::variant<std::string, std::size_t>>;

/// What is wrong with a request, or why a field has no answer. Source: the specification, section 7.1.2.
struct Mistake {
  std::string message{};
  std::vector<Location> locations{};
  Path path{};
  std::string extensions{};  ///< A JSON object with what else a program can use; empty: none.
};
using Mistakes = std::vector<Mistake>;

/// The text between quotes, for sentences.
std::string in_quotes(std::string_view text);

/// Appends `"errors":[...]`.
void append_errors(std::string& out, const Mistakes& mistakes);

}  // namespace psherald::graphql
