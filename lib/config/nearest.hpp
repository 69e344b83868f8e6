#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace psherald {

/// `; did you mean "bridge.listen"?` with the name that is most like `word`; nothing when none is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& names, std::string_view quote = "\"");

}  // namespace psherald
