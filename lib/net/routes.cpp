#include "net/routes.hpp"

namespace psherald::net {
namespace {

/// Takes the next part from a path, with the slash before it.
std::string_view next_part(std::string_view& path) {
  const auto part = path.substr(0, path.find('/', 1));
  path.remove_prefix(part.size());
  return part;
}

}  // namespace

bool leads_to(const Route& route, std::string_view path) {
  auto pattern = route.path;
  while (!pattern.empty() && !path.empty()) {
    const auto wanted = next_part(pattern), there = next_part(path);
    if (wanted.starts_with("/{") ? there.size() < 2 : wanted != there) return false;
  }
  return pattern.empty() && path.empty();
}

bool takes_method(const Route& route, std::string_view method) {
  if (method == "POST") return route.post;
  if (method == "DELETE") return route.remove;
  return route.get && (method == "GET" || method == "HEAD");
}

}  // namespace psherald::net
