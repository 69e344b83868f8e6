#include "net/session_cookie.hpp"

#include <algorithm>

#include "record/hex.hpp"

namespace psherald::net {
namespace {

std::string cookie_name(const HttpRequest& request) {
  const auto host = request.header("Host").value_or("");
  const auto colon = host.rfind(':');
  std::string name = "psherald";
  if (colon != host.npos && host.find_first_not_of("0123456789", colon + 1) == host.npos)
    name += host.substr(colon + 1);
  return name;
}

std::string_view without_spaces(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

std::optional<std::string> cookie_token(const HttpRequest& request) {
  const auto name = cookie_name(request) + "=";
  for (std::string_view rest = request.header("Cookie").value_or(""); !rest.empty();) {
    const auto end = std::min(rest.find(';'), rest.size());
    const auto pair = without_spaces(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (pair.starts_with(name) && pair.size() > name.size()) return from_hex(pair.substr(name.size()));
  }
  return {};
}

// Source: RFC 6265. Lax, so that a link in a mail opens the page; what changes something asks for the same origin.
std::string set_cookie(const HttpRequest& request, std::string_view token) {
  std::string cookie = cookie_name(request) + '=' + to_hex(token) + "; Path=/; HttpOnly; SameSite=Lax; Max-Age=";
  cookie += token.empty() ? "0" : std::to_string(30 * 24 * 3'600);
  return request.encrypted ? cookie + "; Secure" : cookie;
}

}  // namespace psherald::net
