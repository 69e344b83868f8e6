#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "psherald/http.hpp"

/// What a browser keeps after a login: the token itself, where no script and no other site can read it. So it holds as
/// long as the token does, across restarts, and ends when that is revoked.
namespace psherald::net {

/// The token in the cookie; nothing when there is none that we could have made.
std::optional<std::string> cookie_token(const HttpRequest& request);

/// The value of Set-Cookie that makes the browser keep `token` for a month; an empty one makes it forget. The name has
/// the port in it, since cookies do not tell the ports of a machine apart.
std::string set_cookie(const HttpRequest& request, std::string_view token);

}  // namespace psherald::net
