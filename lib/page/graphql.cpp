#include "page/graphql.hpp"

#include <simdjson.h>

#include "api/asked.hpp"
#include "graphql/execute.hpp"
#include "page/graphql_mutation.hpp"
#include "page/graphql_page.hpp"
#include "page/graphql_query.hpp"
#include "page/graphql_schema.hpp"

namespace psherald::page {
namespace {

using graphql::Operation;

/// Thrown and answered within this file: nothing is executed.
struct NotExecuted {
  HttpResponse response;
};

HttpResponse refused(int status, const graphql::Mistakes& mistakes) {
  std::string json = "{";
  append_errors(json, mistakes);
  return api::json_response(json + '}', status);
}

[[noreturn]] void refuse(int status, std::string message) {
  throw NotExecuted{refused(status, {{std::move(message)}})};
}

/// Of a POST of JSON: {"query", "variables", "operationName"}.
void read_json(const std::string& body, graphql::Request& into) {
  namespace json = simdjson::ondemand;
  try {
    json::parser parser;
    const simdjson::padded_string padded{body};
    auto document = parser.iterate(padded);
    if (document.type().value() != json::json_type::object)
      refuse(400, "The body has to be one JSON object with \"query\".");
    for (auto member : document.get_object()) {
      const std::string name{std::string_view{member.unescaped_key()}};
      json::value value = member.value();
      const auto type = value.type().value();
      if (type == json::json_type::null) continue;
      const bool text = type == json::json_type::string;
      if (name == "query" || name == "operationName") {
        if (!text) refuse(400, graphql::in_quotes(name) + " has to be a text.");
        (name == "query" ? into.query : into.operation_name) = std::string_view{value.get_string()};
      } else if (name == "variables") {
        if (!text && type != json::json_type::object) refuse(400, "\"variables\" has to be an object.");
        into.variables = text ? std::string_view{value.get_string()} : value.get_object().value().raw_json().value();
      }
    }
  } catch (const simdjson::simdjson_error& error) {
    refuse(400, std::string{"The body is no JSON: "} + error.what());
  }
}

graphql::Request request_of(const HttpRequest& http) {
  graphql::Request request{std::string{http.parameter("query").value_or("")},
                           std::string{http.parameter("operationName").value_or("")},
                           std::string{http.parameter("variables").value_or("")}};
  if (http.method == "POST" && !http.body.empty()) {
    if (api::is_type(http, "application/json"))
      read_json(http.body, request);
    else if (api::is_type(http, "application/graphql"))
      request.query = http.body;
    else if (!api::is_type(http, "application/x-www-form-urlencoded"))  // those are parameters
      refuse(415, "A request is taken as application/json or application/graphql.");
  }
  if (request.query.find_first_not_of(" \t\r\n") == std::string::npos) refuse(400, "Must provide query string.");
  return request;
}

bool looks_for_page(const HttpRequest& request) {
  const bool browser = request.header("Accept").value_or("").find("text/html") != std::string_view::npos;
  return browser && request.method != "POST" && !request.parameter("raw");
}

}  // namespace

GraphQl::GraphQl(api::Readers& readers, QueuedSink* writer, Options options)
    : readers_{readers}, writer_{writer}, options_{options}, schema_{herald_schema, grown_schema} {}

HttpResponse GraphQl::handle(const HttpRequest& request, bool may_add) const {
  if (looks_for_page(request)) {
    auto html = explorer_page(request);
    return {200, "text/html; charset=utf-8", {}, std::move(html).take()};
  }
  try {
    return answer(request, may_add);
  } catch (NotExecuted& stopped) {
    return std::move(stopped.response);
  } catch (const Error& error) {
    const bool busy = error.code() == Errc::store_busy;
    return refused(busy ? 503 : 500, {{error.what()}});
  }
}

HttpResponse GraphQl::answer(const HttpRequest& request, bool may_add) const {
  const auto end = std::chrono::steady_clock::now() + options_.request_budget;
  const auto prepared = prepare(schema_, request_of(request));
  if (!prepared) return refused(400, prepared.error());
  const bool all = request.parameter("schema") == "all";
  const graphql::ExecutionLimits limits{.end = end};
  if (prepared->kind == Operation::Kind::query)
    return api::json_response(
        execute(schema_, *prepared, QueryObject{readers_, {options_.page_budget, end}}, limits, all));
  if (request.method != "POST") {
    auto response = refused(405, {{"Can only perform a mutation operation from a POST request."}});
    response.headers.emplace_back("Allow", "POST");
    return response;
  }
  if (!may_add) refuse(403, "Adding a record needs the right of an editor, or to ingest.");
  if (!writer_) refuse(409, "This database is opened read-only.");
  return api::json_response(execute(schema_, *prepared, MutationObject{readers_, *writer_}, limits, all));
}

}  // namespace psherald::page
