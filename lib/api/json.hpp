#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "psherald/record.hpp"

namespace psherald::api {

/// Appends a JSON object, member by member. Texts have to be UTF-8. end() closes it.
class JsonObject {
 public:
  explicit JsonObject(std::string& out) : out_{out} { out_ += '{'; }

  JsonObject& text(std::string_view name, std::string_view value);
  JsonObject& number(std::string_view name, std::int64_t value);
  JsonObject& number(std::string_view name, std::uint64_t value);
  JsonObject& flag(std::string_view name, bool value);
  JsonObject& time(std::string_view name, Timestamp value);  ///< RFC 3339, in UTC.
  JsonObject& null(std::string_view name);
  /// For a value that the caller appends to the same text.
  JsonObject& begin(std::string_view name);
  void end() { out_ += '}'; }

 private:
  std::string& out_;
  bool first_ = true;
};

/// Appends a list: `write` appends each element.
template <class Range, class Write>
void append_list(std::string& out, const Range& range, Write write) {
  out += '[';
  bool first = true;
  for (const auto& element : range) {
    if (!std::exchange(first, false)) out += ',';
    write(element);
  }
  out += ']';
}

}  // namespace psherald::api
