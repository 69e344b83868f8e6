#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace psherald::page {

struct JsonMember {
  std::string name;
  std::string value;  ///< A string's text; of everything else the JSON.
};

/// What stands in a JSON object, one level deep, `null` left out, the first `most` of them. Ends where the text is no
/// JSON object any more.
std::vector<JsonMember> json_members(std::string_view object, std::size_t most = std::string_view::npos);

/// The same with each value as it stands there, strings and `null` too.
std::vector<JsonMember> raw_json_members(std::string_view object);

/// What a JSON string says; nothing when it is none.
std::optional<std::string> json_string(std::string_view json);

}  // namespace psherald::page
