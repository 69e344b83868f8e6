#pragma once

#include <string>
#include <string_view>

namespace psherald::net {

/// libcurl wants to be told once in a process, before anything else. False: it cannot be used.
bool curl_is_ready();

/// What a peer or a library says, as one line of UTF-8 that is safe to show.
std::string one_line(std::string_view text);

}  // namespace psherald::net
