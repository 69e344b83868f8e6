#include <algorithm>
#include <span>

#include "api/api.hpp"
#include "api/asked.hpp"
#include "api/readers.hpp"
#include "net/http_message.hpp"
#include "net/routes.hpp"
#include "net/session_cookie.hpp"
#include "net/visitor.hpp"
#include "page/first_run_page.hpp"
#include "page/graphql.hpp"
#include "page/incidents_page.hpp"
#include "page/json_api.hpp"
#include "page/log_page.hpp"
#include "page/login.hpp"
#include "page/patterns_page.hpp"
#include "page/record_page.hpp"
#include "page/removal.hpp"
#include "page/static_file.hpp"
#include "page/systems_page.hpp"
#include "psherald/saved_search.hpp"
#include "psherald/web.hpp"
#include "query/record_name.hpp"
#include "record/hex.hpp"
#include "record/json.hpp"
#include "record/number.hpp"
#include "record/random.hpp"
#include "sink/waiting.hpp"

namespace psherald {
namespace {

using api::json_response;
using page::Html;

HttpResponse html_response(Html html, int status = 200) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(html).take();
  return response;
}

HttpResponse text_response(std::string_view text) { return {200, "text/plain; charset=utf-8", {}, std::string{text}}; }

HttpResponse message_response(int status, std::string_view sentence, std::string_view advice) {
  return html_response(page::message_page(std::to_string(status) + " - psherald", sentence, advice), status);
}

HttpResponse not_found() {
  return message_response(404, "There is nothing at this address", "It may be old, or not written as it was meant.");
}

HttpResponse read_only() {
  return message_response(409, "Opened read-only", "This page shows a database that it may not change.");
}

}  // namespace

struct WebApp::Impl {
  using Action = HttpResponse (Impl::*)(const HttpRequest&);
  struct ActiveRoute : Route {
    Action action;
  };

  Impl(const LogStore& from, QueuedSink* to, Options with)
      : writer{to},
        options{std::move(with)},
        own_access{{}, options.hosts},
        readers{from},
        api{from, to, options.rules},
        graphql{readers, to, {options.page_budget, options.api_budget}} {}

  static std::span<const ActiveRoute> table() {
    constexpr bool get = true, post = true;
    constexpr std::optional<Role> anybody, viewer{Role::viewer}, editor{Role::editor};
    static constexpr std::array routes{
        ActiveRoute{{"/", get, post, viewer}, &Impl::log},
        ActiveRoute{{"/patterns", get, !post, viewer}, &Impl::patterns},
        ActiveRoute{{"/systems", get, !post, viewer}, &Impl::systems},
        ActiveRoute{{"/record/{name}", get, !post, viewer}, &Impl::record},
        ActiveRoute{{"/incident/{id}", get, !post, viewer}, &Impl::incident},
        ActiveRoute{{"/incident/{id}/ack", !get, post, editor}, &Impl::acknowledge},
        ActiveRoute{{"/incident/{id}/silence", !get, post, editor}, &Impl::silence},
        ActiveRoute{{"/saved/{name}", get, !post, viewer}, &Impl::saved},
        ActiveRoute{{"/rm_logs", get, post, editor}, &Impl::remove},
        ActiveRoute{{"/hello", get, !post, viewer}, &Impl::hello},
        ActiveRoute{{"/hello_to_ps_basic_logger", get, !post, editor}, &Impl::hello_logged},
        ActiveRoute{{"/angular/", get, !post, viewer}, &Impl::log},
        ActiveRoute{{"/angular/hello", get, !post, viewer}, &Impl::angular_hello},
        ActiveRoute{{"/angular/hello_to_ps_basic_logger", get, !post, editor}, &Impl::angular_hello_logged},
        ActiveRoute{{"/angular/options", get, !post, viewer}, &Impl::options_list},
        ActiveRoute{{"/angular/list", get, !post, viewer}, &Impl::list},
        ActiveRoute{{"/graph_ql", get, post, viewer}, &Impl::graph_ql},
        ActiveRoute{{"/login", get, post, anybody}, &Impl::login},
        ActiveRoute{{"/logout", get, post, anybody}, &Impl::logout},
        ActiveRoute{{"/healthz", get, !post, anybody}, &Impl::health},
        ActiveRoute{{"/api/v1/openapi.json", get, !post, viewer}, &Impl::openapi},
        ActiveRoute{{"/static/{name}", get, !post, anybody}, &Impl::asset}};
    return routes;
  }

  HttpResponse route(const HttpRequest& request) {
    if (!net::calls_us_by_name(request, options.hosts))
      return message_response(421, "This page does not go by that name",
                              "Call it by localhost or by its address, or name it in [web] hosts of psherald.toml. "
                              "The name in the address bar may belong to somebody else who points it here.");
    if (const auto* route = net::find_route(table(), request)) {
      if (!net::takes_method(*route, request.method)) return wrong_method(request);
      if (!may(request, route->role)) return refuse(request, *route->role);
      return (this->*route->action)(request);
    }
    if (api::Api::takes(request.path)) return api_answer(request);
    return not_found();
  }

  HttpResponse api_answer(const HttpRequest& request) {
    const auto role = api.needs(request);
    if (!role) return shared(request, api.handle(request, {}));
    const auto visitor = access.admit(request, *role);
    if (visitor) return shared(request, api.handle(request, name_of(*visitor)));
    const auto refused = access.refuse(request, *role);
    auto answer = api::error_response(refused.status, "not_allowed", visitor.error().text);
    for (const auto& [name, value] : refused.headers)
      if (name == "WWW-Authenticate" || name == "Retry-After") answer.headers.emplace_back(name, value);
    return answer;
  }

  // For people, who read who has done something.
  static std::string name_of(const Identity& visitor) {
    constexpr std::string_view token = "token:";
    if (visitor.owner == "loopback") return "somebody on this machine";
    return visitor.owner.starts_with(token) ? visitor.owner.substr(token.size()) : visitor.owner;
  }

  HttpResponse openapi(const HttpRequest& request) {
    HttpRequest file = request;
    file.path = "/static/openapi.json";
    return shared(request, asset(file));
  }

  bool may(const HttpRequest& request, std::optional<Role> role) const { return !role || access.admit(request, *role); }

  // A browser is shown where to log in; a program, what to show.
  HttpResponse refuse(const HttpRequest& request, Role role) const {
    const bool page = request.header("Accept").value_or("").find("text/html") != std::string_view::npos;
    auto refused = access.refuse(request, role);
    if (!page) return refused;
    if (refused.status == 403)
      return message_response(403, "That needs another right", refused.body + " Log in with another token at /login.");
    if (request.method == "POST") return message_response(401, "Nobody is logged in", "Log in at /login first.");
    HttpResponse login{303, "text/plain; charset=utf-8", {{"Location", page::login_address(request)}}, {}};
    return login;
  }

  static HttpResponse wrong_method(const HttpRequest& request) {
    const auto allowed = net::allowed_methods(table(), request.path);
    auto response = message_response(405, "This address does not take that method", "It takes " + allowed + ".");
    response.headers.emplace_back("Allow", allowed);
    return response;
  }

  // What a page offers to this visitor.
  page::Frame frame(const HttpRequest& request) const {
    page::Frame frame;
    if (writer && may(request, Role::editor)) frame.clean_after_days = remove_after_days();
    if (net::cookie_token(request))
      if (const auto identity = access.identify(request)) frame.user = identity->owner;
    return frame;
  }
  std::int64_t remove_after_days() const { return options.remove_after.count() / 24; }

  HttpResponse login(const HttpRequest& request) {
    if (request.method == "POST") return page::log_in(request, access);
    return html_response(page::login_page(request.parameter("to").value_or("/"), {}, {}));
  }

  HttpResponse logout(const HttpRequest& request) {
    if (request.method == "POST") return page::log_out(request);
    return message_response(405, "This address is for the button", "Press Log out at the top of a page.");
  }

  HttpResponse log(const HttpRequest& request) {
    const auto search = page::parse_search(request, options.max_rows);
    return readers.with([&](const LogStore& reader) {
      if (request.parameters.empty() && page::waits_for_first_record(reader))
        return html_response(page::first_run_page(reader, doors(request), frame(request)));
      return html_response(page::log_page(reader, search, options.page_budget, frame(request)),
                           search.problems.empty() ? 200 : 400);
    });
  }

  page::Doors doors(const HttpRequest& request) const {
    page::Doors doors{options.ingest, {}, net::cookie_token(request).has_value()};
    if (const auto host = request.header("Host"); writer && host)
      doors.page = std::string{request.encrypted ? "https://" : "http://"} + std::string{*host};
    return doors;
  }

  HttpResponse patterns(const HttpRequest& request) {
    const auto search = page::parse_search(request, options.max_rows);
    const page::PatternsAsked asked{options.page_budget, request.parameter("far").has_value()};
    auto html = readers.with(
        [&](const LogStore& reader) { return page::patterns_page(reader, search, asked, frame(request)); });
    return html_response(std::move(html), search.problems.empty() ? 200 : 400);
  }

  HttpResponse systems(const HttpRequest& request) {
    const auto rules = options.rules ? options.rules() : std::vector<Rule>{};
    return html_response(readers.with([&](const LogStore& reader) {
      return page::systems_page(reader, rules, form_token(request), options.page_budget, frame(request));
    }));
  }

  // For forms that change something; empty where nothing may be changed.
  std::string_view form_token(const HttpRequest& request) const {
    return writer && may(request, Role::editor) ? std::string_view{token} : std::string_view{};
  }
  bool is_our_form(const HttpRequest& request) const {
    return !net::from_elsewhere(request) && net::equal_secret(request.parameter("token").value_or(""), token);
  }

  static std::int64_t incident_id(const HttpRequest& request) {
    const auto rest = std::string_view{request.path}.substr(std::string_view{"/incident/"}.size());
    return std::max<std::int64_t>(parse_number<std::int64_t>(rest.substr(0, rest.find('/'))).value_or(0), 0);
  }
  static HttpResponse no_incident() {
    return message_response(404, "There is no incident of that number", "It is over, or was forgotten with its age.");
  }

  HttpResponse incident(const HttpRequest& request) {
    const auto id = incident_id(request);
    if (id == 0) return not_found();
    auto html = readers.with(
        [&](const LogStore& reader) { return page::incident_page(reader, id, form_token(request), frame(request)); });
    return html ? html_response(std::move(*html)) : no_incident();
  }

  HttpResponse acknowledge(const HttpRequest& request) { return change_incident(request, page::acknowledge_as_asked); }
  HttpResponse silence(const HttpRequest& request) { return change_incident(request, page::silence_as_asked); }

  template <class Change>
  HttpResponse change_incident(const HttpRequest& request, Change change) {
    if (!writer) return read_only();
    if (!is_our_form(request))
      return message_response(403, "Nothing was changed", "Only the forms of this page may do that.");
    const auto id = incident_id(request);
    const auto who = name_of(*access.admit(request, Role::editor));
    LogStore store = readers.writable();
    bool done = false;
    run_on(*writer, [&] { done = change(store, id, request, who); });
    if (!done) return no_incident();
    HttpResponse response = text_response("");
    response.status = 303;
    response.headers.emplace_back("Location", "/incident/" + std::to_string(id));
    return response;
  }

  // By its number here, or by the name that it has wherever it was passed on to.
  HttpResponse record(const HttpRequest& request) {
    const auto name = std::string_view{request.path}.substr(std::string_view{"/record/"}.size());
    const auto parsed = query::parse_record_name(name);
    if (!parsed) return not_found();
    auto html = readers.with([&](const LogStore& reader) {
      return page::record_page(reader, query::id_of(reader, *parsed), frame(request));
    });
    if (html) return html_response(std::move(*html));
    return message_response(
        404, "There is no record " + (parsed->run.empty() ? page::grouped(parsed->id) : std::string{name}),
        "It has been removed because of its age, or was never there.");
  }

  HttpResponse saved(const HttpRequest& request) {
    const auto name = std::string_view{request.path}.substr(std::string_view{"/saved/"}.size());
    const auto search = readers.with([&](const LogStore& reader) { return find_saved(reader, name); });
    if (!search)
      return message_response(404, "There is no saved search of that name",
                              "It was removed, or had another name. Those that there are come up in the search box.");
    return {302, "text/plain; charset=utf-8", {{"Location", page::address_of(*search)}}, {}};
  }

  HttpResponse remove(const HttpRequest& request) {
    if (!writer) return read_only();
    const auto before = now() - options.remove_after;
    if (request.method == "POST") {
      if (!is_our_form(request))
        return message_response(403, "Nothing was removed", "Only the form at /rm_logs of this page may do that.");
      LogStore store = readers.writable();
      const auto keep = [&] { return Retention{.since = before, .max_bytes = {}, .keep_from = keep_from()}; };
      if (page::remove_old(store, *writer, keep, options.api_budget)) return removed(before);
    }
    return readers.with([&](const LogStore& reader) {
      return html_response(page::confirm_page(reader, before, token, frame(request)));
    });
  }

  // To the records, or, where old ones had to stay, why.
  HttpResponse removed(Timestamp before) {
    const auto kept =
        keep_from() > 0 ? readers.with([&](const LogStore& reader) { return page::count_before(reader, before); }) : 0;
    if (kept > 0) return html_response(page::kept_page(kept));
    HttpResponse response = text_response("");
    response.status = 303;
    response.headers.emplace_back("Location", "/");
    return response;
  }

  RecordId keep_from() const { return options.keep_from ? options.keep_from() : 0; }

  HttpResponse hello(const HttpRequest&) { return text_response("Hello, World!"); }
  HttpResponse angular_hello(const HttpRequest&) { return text_response("Hello Angular World called"); }
  HttpResponse hello_logged(const HttpRequest& request) {
    return log_hello(request, "Hello World called", "Hello, World!");
  }
  HttpResponse angular_hello_logged(const HttpRequest& request) {
    return log_hello(request, "Hello Angular World called", "Hello Angular World called");
  }

  HttpResponse log_hello(const HttpRequest& request, std::string_view message, std::string_view answer) {
    if (!writer) return read_only();
    if (request.method == "HEAD") return text_response(answer);
    if (net::from_elsewhere(request))
      return message_response(403, "Nothing was logged", "Another site may not write into this log.");
    RecordBatch batch;
    Record hello;
    hello.flags = Flag::own;
    hello.created = now();
    hello.message = message;
    Source source;
    source.system_id = "ps_herald";
    Site site;
    site.name = site.module = "ps_herald";
    site.funcname = std::string_view{request.path}.substr(request.path.rfind('/') + 1);
    batch.append(hello, source, site);
    write_and_wait(*writer, std::move(batch));
    return text_response(answer);
  }

  HttpResponse options_list(const HttpRequest& request) {
    auto json = readers.with([](const LogStore& reader) { return page::options_json(source_names(reader)); });
    return shared(request, json_response(std::move(json)));
  }

  HttpResponse list(const HttpRequest& request) {
    const auto search = page::parse_api_search(request);
    if (!search.problems.empty()) return shared(request, problem_json(search.problems.front()));
    auto rows =
        readers.with([&](const LogStore& reader) { return page::list_json(reader, search, options.api_budget); });
    auto response = json_response(std::move(rows.text));
    if (!rows.cut.empty()) response.headers.emplace_back("X-Psherald-Cut", rows.cut);
    return shared(request, std::move(response));
  }

  static HttpResponse problem_json(const page::Search::Problem& problem) {
    std::string json = "{\"error\":";
    append_json_string(json, std::string{problem.field} + ": " + problem.text);
    return json_response(json + '}', 400);
  }

  HttpResponse graph_ql(const HttpRequest& request) {
    const bool may_add = may(request, Role::editor) || may(request, Role::ingest);
    return shared(request, graphql.handle(request, may_add));
  }

  // Lets the scripts of the origins that were named read the answer.
  HttpResponse shared(const HttpRequest& request, HttpResponse response) const {
    const std::string origin{request.header("Origin").value_or("")};
    const auto named = [&](std::string_view name) {
      return std::find(options.cors.begin(), options.cors.end(), name) != options.cors.end();
    };
    if (options.cors.empty()) return response;
    response.headers.emplace_back("Vary", "Origin");
    if (!origin.empty() && (named("*") || named(origin)))
      response.headers.emplace_back("Access-Control-Allow-Origin", origin);
    return response;
  }

  // That it is well is for everybody, how much it holds is not.
  HttpResponse health(const HttpRequest& request) {
    return readers.with([&](const LogStore& reader) {
      if (!may(request, Role::viewer)) return json_response(R"({"status":"ok"})");
      return json_response("{\"status\":\"ok\",\"records\":" + std::to_string(reader.count()) +
                           ",\"newest_id\":" + std::to_string(reader.newest_id()) + '}');
    });
  }

  HttpResponse asset(const HttpRequest& request) {
    auto file = page::static_file(request);
    return file ? std::move(*file) : not_found();
  }

  static HttpResponse failed(const std::exception& error) {
    const auto* known = dynamic_cast<const Error*>(&error);
    const auto code = known ? static_cast<Errc>(known->code().value()) : Errc{};
    if (code == Errc::store_busy || code == Errc::queue_full)
      return message_response(503, "Not possible just now", error.what());
    return message_response(500, "That did not work", error.what());
  }

  QueuedSink* const writer;
  const Options options;
  const Access own_access;
  const Access& access = options.access ? *options.access : own_access;
  api::Readers readers;
  api::Api api;
  const page::GraphQl graphql;
  const std::string token = to_hex(random_bytes(16));  // in our forms: a page of another site cannot know it
};

WebApp::WebApp(const LogStore& store, QueuedSink* writer, Options options)
    : impl_{std::make_unique<Impl>(store, writer, std::move(options))} {}
WebApp::~WebApp() = default;

std::vector<Route> WebApp::routes() {
  const auto table = Impl::table();
  std::vector<Route> all{table.begin(), table.end()};
  const auto of_programs = api::Api::routes();
  all.insert(all.end(), of_programs.begin(), of_programs.end());
  return all;
}

HttpResponse WebApp::handle(const HttpRequest& request) noexcept {
  HttpResponse response;
  try {
    response = impl_->route(request);
  } catch (const std::exception& error) {
    response = Impl::failed(error);
  }
  const bool cached = std::any_of(response.headers.begin(), response.headers.end(),
                                  [](const auto& header) { return header.first == "Cache-Control"; });
  if (!cached) response.headers.emplace_back("Cache-Control", "no-store");
  net::add_safety_headers(response);
  return response;
}

}  // namespace psherald
