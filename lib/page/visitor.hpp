#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "psherald/web.hpp"

/// Who asks, and may they? The answers of a page that knows no accounts yet.
namespace psherald::page {

/// Whether the request calls this page localhost, by an address, or by one of these names; or says no name at all, as
/// no browser does.
bool calls_us_by_name(const HttpRequest& request, const std::vector<std::string>& names);

/// Whether a page of another site makes this request. A program that is no browser does not say.
bool from_elsewhere(const HttpRequest& request);

/// 128 random bits, in hexadecimal.
std::string random_token();
/// Takes as long for a wrong text as for a nearly right one.
bool equal_secret(std::string_view a, std::string_view b) noexcept;

}  // namespace psherald::page
