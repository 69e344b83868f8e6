#pragma once

#include <string>

#include "net/address.hpp"
#include "psherald/result.hpp"

namespace psherald::forward {

/// What a destination's URL says.
struct DestinationUrl {
  enum class Kind {
    http,    ///< A psherald.
    https,   ///< The same, encrypted.
    python,  ///< A bridge of ps.herald 1.4.2.
  };
  Kind kind = Kind::http;
  net::Address address{};
};
/// Takes apart "http://HOST:PORT", "https://HOST:PORT", "http:unix:PATH", "python://HOST:PORT" and "python:unix:PATH".
/// Nothing is looked up. A Fault, bad_config, says what is wrong and how to write it.
Result<DestinationUrl> parse_destination(const std::string& url);

}  // namespace psherald::forward
