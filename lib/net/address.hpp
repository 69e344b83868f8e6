#pragma once

#include <cstdint>
#include <string>

#include "psherald/result.hpp"

namespace psherald::net {

/// "HOST:PORT", "[IPV6]:PORT" or "unix:PATH", taken apart. Either `unix_path` or `host` is empty.
struct Address {
  std::string unix_path{}, host{};
  std::uint16_t port = 0;
};
/// A Fault, bad_config, says what is wrong with the text. Nothing is looked up.
Result<Address> parse_address(const std::string& text);

}  // namespace psherald::net
