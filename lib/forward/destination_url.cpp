#include "forward/destination_url.hpp"

#include <array>
#include <cctype>
#include <string_view>

namespace psherald::forward {
namespace {

using Kind = DestinationUrl::Kind;

struct Scheme {
  std::string_view text;
  Kind kind;
  bool local;  // may be a Unix socket
};
constexpr std::array<Scheme, 3> schemes{
    {{"http:", Kind::http, true}, {"https:", Kind::https, false}, {"python:", Kind::python, true}}};
constexpr std::string_view host_follows = "//", unix_prefix = "unix:";

Fault refusal(const std::string& url, const std::string& reason) {
  return {Errc::bad_config,
          "cannot forward to \"" + url + "\": " + reason +
              "; write http://HOST:PORT, https://HOST:PORT or http:unix:PATH for a psherald, python://HOST:PORT or "
              "python:unix:PATH for a ps.herald"};
}

// The host goes into a header of each request, and a name or password in front of it would be shown wherever the URL
// is.
bool is_host(std::string_view host) {
  for (const char letter : host) {
    const auto byte = static_cast<unsigned char>(letter);
    if (!std::isalnum(byte) && std::string_view{"-._:%"}.find(letter) == host.npos) return false;
  }
  return true;
}

}  // namespace

Result<DestinationUrl> parse_destination(const std::string& url) {
  for (const auto& scheme : schemes) {
    if (!url.starts_with(scheme.text)) continue;
    std::string rest = url.substr(scheme.text.size());
    const bool local = scheme.local && rest.starts_with(unix_prefix);
    if (!local && !rest.starts_with(host_follows)) break;
    if (!local) rest.erase(0, host_follows.size());
    if (!local && rest.starts_with(unix_prefix)) return refusal(url, "no slashes stand before unix:");
    if (!local && rest.find('/') != rest.npos) return refusal(url, "nothing follows the port");
    const auto address = net::parse_address(rest);
    if (!address) return refusal(url, address.error().text);
    if (!local && address->port == 0) return refusal(url, "nobody can be reached on port 0");
    if (!is_host(address->host)) return refusal(url, "\"" + address->host + "\" is no host");
    return DestinationUrl{scheme.kind, *address};
  }
  return refusal(url, "there is no such kind of destination");
}

}  // namespace psherald::forward
