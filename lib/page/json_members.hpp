#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace psherald::page {

struct JsonMember {
  std::string name;
  std::string value;  ///< A string's text; of everything else the JSON.
};

/// What stands in a JSON object, one level deep, `null` left out. Ends where the text is no JSON object any more.
std::vector<JsonMember> json_members(std::string_view object);

}  // namespace psherald::page
