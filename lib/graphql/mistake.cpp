#include "graphql/mistake.hpp"

#include <utility>

#include "record/json.hpp"

namespace psherald::graphql {
namespace {

template <class Range, class Write>
void append_list(std::string& out, const Range& range, Write write) {
  out += '[';
  bool first = true;
  for (const auto& one : range) {
    if (!std::exchange(first, false)) out += ',';
    write(one);
  }
  out += ']';
}

void append_mistake(std::string& out, const Mistake& mistake) {
  out += "{\"message\":";
  append_json_string(out, mistake.message);
  if (!mistake.locations.empty()) {
    out += ",\"locations\":";
    append_list(out, mistake.locations, [&](const Location& location) {
      out += "{\"line\":" + std::to_string(location.line) + ",\"column\":" + std::to_string(location.column) + '}';
    });
  }
  if (!mistake.path.empty()) {
    out += ",\"path\":";
    append_list(out, mistake.path, [&](const auto& step) {
      if (const auto* name = std::get_if<std::string>(&step))
        append_json_string(out, *name);
      else
        out += std::to_string(std::get<std::size_t>(step));
    });
  }
  if (!mistake.extensions.empty()) out += ",\"extensions\":" + mistake.extensions;
  out += '}';
}

}  // namespace

std::string in_quotes(std::string_view text) { return '"' + std::string{text} + '"'; }

void append_errors(std::string& out, const Mistakes& mistakes) {
  out += "\"errors\":";
  append_list(out, mistakes, [&](const Mistake& mistake) { append_mistake(out, mistake); });
}

}  // namespace psherald::graphql
