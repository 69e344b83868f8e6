#pragma once

#include <string>
#include <string_view>

#include "psherald/web.hpp"

namespace psherald::net {

/// Whether two names of headers, hosts or options are the same: ASCII letters in any case.
bool same_name(std::string_view a, std::string_view b) noexcept;

/// What every response of ours carries, errors too: the strict CSP, nosniff, no referrer, no sharing across origins.
void add_safety_headers(HttpResponse& response);

/// A short text, for what goes wrong before or beside the pages.
HttpResponse plain_response(int status, std::string_view text);

/// Whether the client wants a body as gzip. Source: RFC 9110, 12.5.3.
bool takes_gzip(const HttpRequest& request) noexcept;

/// Status line and headers, with the empty line. A header that would break out of its line is left out. A body in
/// pieces comes in chunks, or ends with its connection where the client does not know these.
std::string serialize_head(const HttpResponse& response, bool keep_alive, bool chunks = true);

/// A piece as it is sent in chunks; an empty one ends the body. Source: RFC 9112, 7.1.
std::string as_chunk(std::string_view piece);

/// Whether a response with this status has a body at all. Source: RFC 9110, 6.4.1.
constexpr bool has_body(int status) noexcept { return status >= 200 && status != 204 && status != 304; }

}  // namespace psherald::net
