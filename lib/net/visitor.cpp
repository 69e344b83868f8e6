#include "net/visitor.hpp"

#include <algorithm>

#include "net/http_message.hpp"

namespace psherald::net {
namespace {

/// "localhost" of "localhost:9021", "::1" of "[::1]:9021".
std::string_view host_name(std::string_view host) {
  if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
  return host.substr(0, host.find(':'));
}

bool is_address(std::string_view name) {
  const bool v6 = name.find(':') != name.npos;
  return !name.empty() && name.find_first_not_of(v6 ? "0123456789abcdefABCDEF:." : "0123456789.") == name.npos;
}

}  // namespace

bool calls_us_by_name(const HttpRequest& request, const std::vector<std::string>& names) {
  const auto host = request.header("Host");
  if (!host) return true;
  const auto name = host_name(*host);
  const auto same = [&](std::string_view other) { return same_name(name, other); };
  return same("localhost") || is_address(name) || std::any_of(names.begin(), names.end(), same);
}

bool from_elsewhere(const HttpRequest& request) {
  if (const auto site = request.header("Sec-Fetch-Site")) return *site != "same-origin" && *site != "none";
  const auto origin = request.header("Origin");
  if (!origin) return false;
  const std::string host{request.header("Host").value_or("")};
  return *origin != "http://" + host && *origin != "https://" + host;
}

bool equal_secret(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned>(a[i] ^ b[i]);
  return difference == 0;
}

}  // namespace psherald::net
