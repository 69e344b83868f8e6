#pragma once

#include <algorithm>
#include <string_view>

namespace psherald {

/// Takes the first line off the text; the line feed goes with it.
inline std::string_view take_line(std::string_view& text) noexcept {
  const auto end = std::min(text.find('\n'), text.size());
  const auto line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

}  // namespace psherald
