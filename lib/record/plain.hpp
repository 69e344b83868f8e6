#pragma once

#include <string>
#include <string_view>

namespace psherald {

/// Appends the text as valid UTF-8 without anything that does more than show itself: `instead` stands for each control
/// character and each sign that turns the direction of writing around. Text that is itself written from right to left
/// stays as it is.
void append_plain(std::string& out, std::string_view text, std::string_view instead);

}  // namespace psherald
