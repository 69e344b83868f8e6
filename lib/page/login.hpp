#pragma once

#include <string_view>

#include "page/html.hpp"
#include "page/layout.hpp"
#include "psherald/access.hpp"
#include "psherald/http.hpp"

namespace psherald::page {

/// Asks for a token, then goes on to `to`, a path of ours. `problem` says why the last one was not taken.
Html login_page(std::string_view to, std::string_view problem, Frame frame);

/// The address that was asked for, as the place to go on to after the login.
std::string login_address(const HttpRequest& request);

/// Takes the form of login_page: to the page that was wanted, with a cookie, or the form once more with 401.
HttpResponse log_in(const HttpRequest& request, const Access& access);
/// Makes the browser forget the token.
HttpResponse log_out(const HttpRequest& request);

}  // namespace psherald::page
