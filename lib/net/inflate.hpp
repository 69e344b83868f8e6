#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

#include "net/http_head.hpp"

namespace psherald::net {

/// What a body of `Content-Encoding: gzip` holds; or why it is not taken: 400 when it is no gzip or not all of it, 413
/// when it becomes longer than `max_bytes` or than a hundred times itself. It takes its time, so not on an io thread.
/// Threads: any number at once. Source: RFC 1952; several members follow one another.
std::variant<std::string, HttpRefusal> inflate_gzip(std::string_view compressed, std::size_t max_bytes);

}  // namespace psherald::net
