#include "api/api.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <variant>

#include "api/context.hpp"
#include "api/json.hpp"
#include "net/routes.hpp"

namespace psherald::api {
namespace {

using Action = HttpResponse (*)(Context&, const HttpRequest&);
using NamedAction = HttpResponse (*)(Context&, const HttpRequest&, const std::string& who);
struct ActiveRoute : Route {
  std::variant<Action, NamedAction> action;
};

constexpr bool get = true, post = true, remove = true;
constexpr std::array table{
    ActiveRoute{{"/api/v1/parse", get, post, Role::viewer}, parse},
    ActiveRoute{{"/api/v1/records", get, post, Role::viewer}, records},
    ActiveRoute{{"/api/v1/record/{name}", get, !post, Role::viewer}, record},
    ActiveRoute{{"/api/v1/around/{name}", get, !post, Role::viewer}, lines_around},
    ActiveRoute{{"/api/v1/tail", get, !post, Role::viewer}, tail},
    ActiveRoute{{"/api/v1/count", get, post, Role::viewer}, count},
    ActiveRoute{{"/api/v1/facets", get, post, Role::viewer}, facets},
    ActiveRoute{{"/api/v1/values", get, !post, Role::viewer}, values},
    ActiveRoute{{"/api/v1/histogram", get, post, Role::viewer}, histogram},
    ActiveRoute{{"/api/v1/patterns", get, post, Role::viewer}, patterns},
    ActiveRoute{{"/api/v1/releases", get, post, Role::viewer}, releases},
    ActiveRoute{{"/api/v1/systems", get, post, Role::viewer}, systems},
    ActiveRoute{{"/api/v1/heartbeats", get, !post, Role::viewer}, heartbeats},
    ActiveRoute{{"/api/v1/stats", get, !post, Role::viewer}, stats},
    ActiveRoute{{"/api/v1/saved", get, !post, Role::viewer}, saved},
    ActiveRoute{{"/api/v1/saved", !get, post, Role::editor}, save},
    ActiveRoute{{"/api/v1/saved/delete", !get, post, Role::editor}, delete_saved},
    ActiveRoute{{"/api/v1/incidents", get, !post, Role::viewer}, incidents},
    ActiveRoute{{"/api/v1/incidents/{id}", get, !post, Role::viewer}, incident},
    ActiveRoute{{"/api/v1/incidents/{id}/ack", !get, post, Role::editor}, acknowledge},
    ActiveRoute{{"/api/v1/silences", get, !post, Role::viewer}, silences},
    ActiveRoute{{"/api/v1/silences", !get, post, Role::editor}, silence},
    ActiveRoute{{"/api/v1/silences/{id}", !get, !post, Role::editor, remove}, end_silence},
    ActiveRoute{{"/api/v1/rules", get, !post, Role::viewer}, rules},
    ActiveRoute{{"/api/v1/senders", get, !post, Role::viewer}, senders},
    ActiveRoute{{"/api/v1/senders/retire", !get, post, Role::editor}, retire_sender},
    ActiveRoute{{"/api/v1/deliveries", get, !post, Role::viewer}, deliveries},
    ActiveRoute{{"/api/v1/ingest", !get, post, Role::ingest}, ingest},
    ActiveRoute{{"/metrics", get, !post, Role::viewer}, metrics},
    ActiveRoute{{"/version", get, !post, Role::viewer}, program_version},
};

HttpResponse wrong_method(const HttpRequest& request) {
  const auto allowed = net::allowed_methods(table, request.path);
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

Api::Api(const LogStore& store, QueuedSink* writer, std::function<std::vector<Rule>()> rules)
    : impl_{new Impl{{store, writer, std::move(rules)}}} {}
Api::~Api() = default;

std::vector<Route> Api::routes() { return {table.begin(), table.end()}; }

bool Api::takes(std::string_view path) {
  return path.starts_with("/api/v1/") ||
         std::any_of(table.begin(), table.end(), [&](const Route& route) { return net::leads_to(route, path); });
}

std::optional<Role> Api::needs(const HttpRequest& request) const {
  const auto* route = net::find_route(table, request);
  return route ? route->role : std::nullopt;
}

HttpResponse Api::handle(const HttpRequest& request, const std::string& who) {
  const auto* route = net::find_route(table, request);
  if (!route) return error_response(404, "not_found", "there is nothing at this address; see /api/v1/openapi.json");
  if (!net::takes_method(*route, request.method)) return wrong_method(request);
  try {
    if (const auto* action = std::get_if<Action>(&route->action)) return (*action)(impl_->context, request);
    return std::get<NamedAction>(route->action)(impl_->context, request, who);
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
