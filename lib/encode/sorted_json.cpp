#include "encode/sorted_json.hpp"

#include <simdjson.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "record/json.hpp"

namespace psherald {
namespace {

using simdjson::dom::element;

void append(std::string& out, element value);

// Depth is bounded by the parser's own limit of 1,024.
void append_object(std::string& out, simdjson::dom::object object) {
  std::vector<std::pair<std::string_view, element>> members;
  for (const auto& member : object) members.emplace_back(member.key, member.value);
  std::stable_sort(members.begin(), members.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  out += '{';
  for (const auto& [key, value] : members) {
    if (out.back() != '{') out += ',';
    append_json_string(out, key);
    out += ':';
    append(out, value);
  }
  out += '}';
}

void append_array(std::string& out, simdjson::dom::array array) {
  out += '[';
  for (const auto& value : array) {
    if (out.back() != '[') out += ',';
    append(out, value);
  }
  out += ']';
}

void append(std::string& out, element value) {
  switch (value.type()) {
    case simdjson::dom::element_type::OBJECT: return append_object(out, value.get_object().value_unsafe());
    case simdjson::dom::element_type::ARRAY: return append_array(out, value.get_array().value_unsafe());
    case simdjson::dom::element_type::STRING: return append_json_string(out, value.get_string().value_unsafe());
    case simdjson::dom::element_type::DOUBLE: return append_json_double(out, value.get_double().value_unsafe());
    default: out += simdjson::minify(value);
  }
}

}  // namespace

std::string sorted_json(std::string_view json) {
  simdjson::dom::parser parser;
  element root;
  if (parser.parse(json.data(), json.size(), /*realloc_if_needed=*/true).get(root) != simdjson::SUCCESS)
    return std::string{json};
  std::string sorted;
  append(sorted, root);
  return sorted;
}

}  // namespace psherald
