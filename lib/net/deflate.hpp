#pragma once

#include <string>
#include <string_view>

namespace psherald::net {

/// The body as gzip, quickly rather than small: records become a quarter. Threads: any number at once.
/// Source: RFC 1952. @throws std::bad_alloc
std::string deflate_gzip(std::string_view body);

}  // namespace psherald::net
