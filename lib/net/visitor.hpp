#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "psherald/http.hpp"

/// What a request tells of who makes it.
namespace psherald::net {

/// Whether the request calls this machine localhost, by an address, or by one of these names; or says no name at all,
/// as no browser does.
bool calls_us_by_name(const HttpRequest& request, const std::vector<std::string>& names);

/// Whether a page of another site makes this request. A program that is no browser does not say.
bool from_elsewhere(const HttpRequest& request);

/// Takes as long for a wrong text as for a nearly right one.
bool equal_secret(std::string_view a, std::string_view b) noexcept;

}  // namespace psherald::net
