#include <algorithm>
#include <array>
#include <string>

#include "psherald/record.hpp"
#include "record/number.hpp"

namespace psherald {
namespace {

struct Name {
  std::string_view text;
  Level level;
};
// The first name of a level is the one it is written with.
constexpr std::array names{Name{"NOTSET", Level::notset},     Name{"DEBUG", Level::debug},
                           Name{"INFO", Level::info},         Name{"WARNING", Level::warning},
                           Name{"WARN", Level::warning},      Name{"ERROR", Level::error},
                           Name{"CRITICAL", Level::critical}, Name{"FATAL", Level::critical}};

bool equal_in_any_case(std::string_view a, std::string_view b) {
  const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return upper(x) == upper(y); });
}

}  // namespace

std::string level_name(Level level) {
  for (const auto& name : names)
    if (name.level == level) return std::string{name.text};
  return "Level " + std::to_string(static_cast<int>(level));
}

std::optional<Level> parse_level(std::string_view text) {
  for (const auto& name : names)
    if (equal_in_any_case(name.text, text)) return name.level;
  if (constexpr std::string_view prefix = "level "; equal_in_any_case(text.substr(0, prefix.size()), prefix))
    text.remove_prefix(prefix.size());
  const auto number = parse_number<int>(text);
  return number ? std::optional{Level{*number}} : std::nullopt;
}

}  // namespace psherald
