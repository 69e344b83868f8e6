#include "config/toml.hpp"

#include <toml++/toml.h>

#include <array>
#include <charconv>
#include <sstream>

#include "config/read_file.hpp"
#include "psherald/error.hpp"

namespace psherald {
namespace {

std::string place(const std::string& path, const toml::source_region& source) {
  return path + ":" + std::to_string(source.begin.line) + ":" + std::to_string(source.begin.column);
}

std::string shortest(double number) {
  std::array<char, 32> text;
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), number).ptr};
}

/// Appends the text of a string or a number. False: it is something else.
bool append_text(std::vector<std::string>& texts, const toml::node& node) {
  if (const auto* text = node.as_string()) texts.push_back(text->get());
  if (const auto* number = node.as_integer()) texts.push_back(std::to_string(number->get()));
  if (const auto* number = node.as_floating_point()) texts.push_back(shortest(number->get()));
  return node.is_string() || node.is_number();
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

/// Keys of a table within a section have its name and a point before theirs.
void append_key(std::vector<TomlKey>& keys, const std::string& path, const std::string& name, const toml::key& key,
                const toml::node& value, std::size_t element) {
  const auto* table = value.as_table();
  if (!table || table->empty()) {
    keys.push_back(
        {element, name, place(path, key.source()), false, value.is_array(), value.is_boolean(), texts_of(value)});
    return;
  }
  for (const auto& [inner, inside] : *table)
    append_key(keys, path, std::string{name}.append(".").append(inner.str()), inner, inside, element);
}

void append_section(std::vector<TomlKey>& keys, const std::string& path, const std::string& name,
                    const toml::source_region& source, const toml::table& section, std::size_t element) {
  keys.push_back({element, name, place(path, source), true, false, false, {}});
  for (const auto& [key, value] : section)
    append_key(keys, path, std::string{name}.append(".").append(key.str()), key, value, element);
}

void append_keys(std::vector<TomlKey>& keys, const std::string& path, const std::string& name,
                 const toml::source_region& source, const toml::node& node) {
  if (const auto* section = node.as_table()) return append_section(keys, path, name, source, *section, 0);
  const auto* list = node.as_array();
  if (!list || !list->is_array_of_tables()) {
    keys.push_back({0, name, place(path, source), false, list != nullptr, node.is_boolean(), texts_of(node)});
    return;
  }
  std::size_t element = 0;
  for (const auto& section : *list) append_section(keys, path, name, section.source(), *section.as_table(), ++element);
}

toml::table parse(const std::string& path) try {
  return toml::parse(read_file(path), path);
} catch (const toml::parse_error& error) {
  throw Error{Errc::bad_config, place(path, error.source()) + ": " + std::string{error.description()}};
}

}  // namespace

std::vector<TomlKey> read_toml(const std::string& path, const std::string& but) {
  const toml::table document = parse(path);
  std::vector<TomlKey> keys;
  for (const auto& [name, node] : document)
    if (name.str() != but) append_keys(keys, path, std::string{name.str()}, name.source(), node);
  return keys;
}

std::vector<TomlTable> read_toml_tables(const std::string& path, const std::string& name) {
  const toml::table document = parse(path);
  const toml::node* node = document.get(name);
  if (!node) return {};
  const auto* list = node->as_array();
  if (!list || !list->is_array_of_tables())
    throw Error{Errc::bad_config,
                place(path, node->source()) + ": \"" + name + "\" may come several times; write [[" + name + "]]"};
  std::vector<TomlTable> tables;
  for (const auto& element : *list) {
    TomlTable table{place(path, element.source()), {}, {}};
    for (const auto& [key, value] : *element.as_table())
      table.keys.push_back({tables.size() + 1, std::string{key.str()}, place(path, key.source()), false,
                            value.is_array(), value.is_boolean(), texts_of(value)});
    std::ostringstream json;
    json << toml::json_formatter{*element.as_table()};
    table.json = json.str();
    tables.push_back(std::move(table));
  }
  return tables;
}

}  // namespace psherald
