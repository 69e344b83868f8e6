#include "net/address.hpp"
#include "record/number.hpp"

#include <sys/un.h>

#include <string_view>

namespace psherald::net {
namespace {

Fault fault(const std::string& reason) { return {Errc::bad_config, reason}; }

Result<Address> parse_unix(std::string path) {
  if (path.empty()) return fault("no path behind unix:");
  if (path.size() >= sizeof(sockaddr_un::sun_path)) return fault("the path is longer than a socket's can be");
  return Address{std::move(path), {}, 0};
}

}  // namespace

Result<Address> parse_address(const std::string& text) {
  constexpr std::string_view unix_prefix = "unix:";
  if (text.starts_with(unix_prefix)) return parse_unix(text.substr(unix_prefix.size()));
  const auto colon = text.rfind(':');
  if (colon == text.npos) return fault("expected HOST:PORT or unix:PATH");
  Address address{{}, text.substr(0, colon), 0};
  if (address.host.starts_with('[') && address.host.ends_with(']')) {
    address.host = address.host.substr(1, address.host.size() - 2);
  } else if (address.host.find(':') != text.npos) {
    return fault("an IPv6 address is written in brackets, as in [::1]:9020");
  }
  if (address.host.empty()) return fault("no host before the port; all interfaces are 0.0.0.0");
  const auto port = parse_number<std::uint16_t>(text.substr(colon + 1));
  if (!port) return fault("the port is not a number from 0 to 65535");
  address.port = *port;
  return address;
}

}  // namespace psherald::net
