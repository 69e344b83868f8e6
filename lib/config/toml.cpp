#include "config/toml.hpp"

#include <toml++/toml.h>

#include "config/read_file.hpp"
#include "psherald/error.hpp"

namespace psherald {
namespace {

std::string place(const std::string& path, const toml::source_region& source) {
  return path + ":" + std::to_string(source.begin.line) + ":" + std::to_string(source.begin.column);
}

/// Appends the text of a string or an integer. False: it is something else.
bool append_text(std::vector<std::string>& texts, const toml::node& node) {
  if (const auto* text = node.as_string()) texts.push_back(text->get());
  if (const auto* number = node.as_integer()) texts.push_back(std::to_string(number->get()));
  return node.is_string() || node.is_integer();
}

std::vector<std::string> texts_of(const toml::node& node) {
  if (const auto* flag = node.as_boolean()) return {flag->get() ? "true" : "false"};
  std::vector<std::string> texts;
  const auto* list = node.as_array();
  if (!list) return append_text(texts, node), texts;
  for (const auto& element : *list)
    if (!append_text(texts, element)) return {};
  return texts;
}

}  // namespace

std::vector<TomlKey> read_toml(const std::string& path) try {
  const toml::table document = toml::parse(read_file(path), path);
  std::vector<TomlKey> keys;
  for (const auto& [name, node] : document) {
    const auto* section = node.as_table();
    keys.push_back(
        {std::string{name.str()}, place(path, name.source()), section != nullptr, node.is_boolean(), texts_of(node)});
    if (!section) continue;
    for (const auto& [key, value] : *section)
      keys.push_back({std::string{name.str()}.append(".").append(key.str()), place(path, key.source()), false,
                      value.is_boolean(), texts_of(value)});
  }
  return keys;
} catch (const toml::parse_error& error) {
  throw Error{Errc::bad_config, place(path, error.source()) + ": " + std::string{error.description()}};
}

}  // namespace psherald
