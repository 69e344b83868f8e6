#pragma once

#include <string>
#include <string_view>

#include "psherald/access.hpp"
#include "psherald/http.hpp"

namespace psherald::net {

bool leads_to(const Route& route, std::string_view path);
bool takes_method(const Route& route, std::string_view method);

/// The one of `routes` that a request is for; where only the method is wrong, one that takes another. nullptr: there is
/// none.
template <class Routes>
auto find_route(const Routes& routes, const HttpRequest& request) {
  const typename Routes::value_type* found = nullptr;
  for (const auto& route : routes)
    if (leads_to(route, request.path) && (!found || takes_method(route, request.method))) found = &route;
  return found;
}

/// "GET, HEAD, POST": what an address takes, for the header Allow.
template <class Routes>
std::string allowed_methods(const Routes& routes, std::string_view path) {
  std::string all;
  const auto add = [&](std::string_view methods, auto takes) {
    for (const auto& route : routes)
      if (takes(route) && leads_to(route, path)) return void((all += all.empty() ? "" : ", ") += methods);
  };
  add("GET, HEAD", [](const Route& route) { return route.get; });
  add("POST", [](const Route& route) { return route.post; });
  add("DELETE", [](const Route& route) { return route.remove; });
  return all;
}

}  // namespace psherald::net
