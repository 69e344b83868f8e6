#include "api/api.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "api/context.hpp"
#include "api/json.hpp"

namespace psherald::api {
namespace {

using Action = HttpResponse (*)(Context&, const HttpRequest&);
struct ActiveRoute : Api::Route {
  Action action;
};

constexpr bool prefix = true, get = true, post = true;
constexpr std::array table{
    ActiveRoute{{"/api/v1/parse", !prefix, get, post, Role::viewer}, parse},
    ActiveRoute{{"/api/v1/records", !prefix, get, post, Role::viewer}, records},
    ActiveRoute{{"/api/v1/record/", prefix, get, !post, Role::viewer}, record},
    ActiveRoute{{"/api/v1/around/", prefix, get, !post, Role::viewer}, lines_around},
    ActiveRoute{{"/api/v1/tail", !prefix, get, !post, Role::viewer}, tail},
    ActiveRoute{{"/api/v1/count", !prefix, get, post, Role::viewer}, count},
    ActiveRoute{{"/api/v1/facets", !prefix, get, post, Role::viewer}, facets},
    ActiveRoute{{"/api/v1/values", !prefix, get, !post, Role::viewer}, values},
    ActiveRoute{{"/api/v1/histogram", !prefix, get, post, Role::viewer}, histogram},
    ActiveRoute{{"/api/v1/patterns", !prefix, get, post, Role::viewer}, patterns},
    ActiveRoute{{"/api/v1/releases", !prefix, get, post, Role::viewer}, releases},
    ActiveRoute{{"/api/v1/systems", !prefix, get, post, Role::viewer}, systems},
    ActiveRoute{{"/api/v1/heartbeats", !prefix, get, !post, Role::viewer}, heartbeats},
    ActiveRoute{{"/api/v1/stats", !prefix, get, !post, Role::viewer}, stats},
    ActiveRoute{{"/api/v1/saved", !prefix, get, !post, Role::viewer}, saved},
    ActiveRoute{{"/api/v1/saved", !prefix, !get, post, Role::editor}, save},
    ActiveRoute{{"/api/v1/saved/delete", !prefix, !get, post, Role::editor}, delete_saved},
    ActiveRoute{{"/api/v1/ingest", !prefix, !get, post, Role::ingest}, ingest},
    ActiveRoute{{"/metrics", !prefix, get, !post, Role::viewer}, metrics},
    ActiveRoute{{"/version", !prefix, get, !post, Role::viewer}, program_version},
};

bool leads_to(const Api::Route& route, std::string_view path) {
  return route.prefix ? path.starts_with(route.path) : path == route.path;
}

bool takes_method(const Api::Route& route, std::string_view method) {
  return method == "POST" ? route.post : route.get && (method == "GET" || method == "HEAD");
}

// The one that takes the method too, where an address has more than one.
const ActiveRoute* route_of(const HttpRequest& request) {
  const ActiveRoute* found = nullptr;
  for (const auto& route : table)
    if (leads_to(route, request.path) && (!found || takes_method(route, request.method))) found = &route;
  return found;
}

HttpResponse wrong_method(const HttpRequest& request) {
  bool get = false, post = false;
  for (const auto& route : table)
    if (leads_to(route, request.path)) get |= route.get, post |= route.post;
  const std::string allowed = !get ? "POST" : post ? "GET, HEAD, POST" : "GET, HEAD";
  auto response = error_response(405, "wrong_method", "this address takes " + allowed);
  response.headers.emplace_back("Allow", allowed);
  return response;
}

}  // namespace

void append_coverage(JsonObject& object, const Coverage& coverage, Clock::time_point begun) {
  object.flag("complete", !coverage.cut);
  if (coverage.cut) object.number("searched_to", coverage.from);
  const auto took = Clock::now() - begun;
  object.number("elapsed_ms", std::int64_t{std::chrono::duration_cast<std::chrono::milliseconds>(took).count()});
}

struct Api::Impl {
  Context context;
};

Api::Api(const LogStore& store, QueuedSink* writer) : impl_{new Impl{{store, writer}}} {}
Api::~Api() = default;

std::vector<Api::Route> Api::routes() { return {table.begin(), table.end()}; }

bool Api::takes(std::string_view path) {
  return path.starts_with("/api/v1/") ||
         std::any_of(table.begin(), table.end(), [&](const Route& route) { return leads_to(route, path); });
}

std::optional<Role> Api::needs(const HttpRequest& request) const {
  const auto* route = route_of(request);
  return route ? std::optional{route->role} : std::nullopt;
}

HttpResponse Api::handle(const HttpRequest& request) {
  const auto* route = route_of(request);
  if (!route) return error_response(404, "not_found", "there is nothing at this address; see /api/v1/openapi.json");
  if (!takes_method(*route, request.method)) return wrong_method(request);
  try {
    return route->action(impl_->context, request);
  } catch (Refused& refused) {
    return std::move(refused.response);
  } catch (const Error& error) {
    switch (static_cast<Errc>(error.code().value())) {
      case Errc::bad_query: return error_response(400, "bad_query", error.what());
      case Errc::queue_full:
      case Errc::store_busy: {
        auto response = error_response(503, "busy", error.what());
        response.headers.emplace_back("Retry-After", "1");
        return response;
      }
      default: return error_response(500, "failed", error.what());
    }
  }
}

}  // namespace psherald::api
