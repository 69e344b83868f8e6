#include <algorithm>
#include <charconv>
#include <future>

#include "net/http_message.hpp"
#include "page/assets.hpp"
#include "page/first_run_page.hpp"
#include "page/json_api.hpp"
#include "page/log_page.hpp"
#include "page/readers.hpp"
#include "page/record_page.hpp"
#include "page/removal.hpp"
#include "page/visitor.hpp"
#include "psherald/web.hpp"
#include "record/json.hpp"

namespace psherald {
namespace {

using page::Html;

HttpResponse html_response(Html html, int status = 200) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(html).take();
  return response;
}

HttpResponse text_response(std::string_view text) { return {200, "text/plain; charset=utf-8", {}, std::string{text}}; }

HttpResponse json_response(std::string json, int status = 200) {
  return {status, "application/json; charset=utf-8", {}, std::move(json)};
}

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
  struct Route {
    std::string_view path;
    bool form;  // takes POST
    Action action;
    bool prefix = false;
  };

  Impl(const LogStore& from, QueuedSink* to, Options with) : writer{to}, options{std::move(with)}, readers{from} {}

  HttpResponse route(const HttpRequest& request) {
    static constexpr std::array routes{Route{"/", true, &Impl::log},
                                       Route{"/record/", false, &Impl::record, true},
                                       Route{"/rm_logs", true, &Impl::remove},
                                       Route{"/hello", false, &Impl::hello},
                                       Route{"/hello_to_ps_basic_logger", false, &Impl::hello_logged},
                                       Route{"/angular/", false, &Impl::log},
                                       Route{"/angular/hello", false, &Impl::angular_hello},
                                       Route{"/angular/hello_to_ps_basic_logger", false, &Impl::angular_hello_logged},
                                       Route{"/angular/options", false, &Impl::options_list},
                                       Route{"/angular/list", false, &Impl::list},
                                       Route{"/healthz", false, &Impl::health},
                                       Route{"/static/", false, &Impl::asset, true}};
    if (!page::calls_us_by_name(request, options.hosts))
      return message_response(421, "This page does not go by that name",
                              "Call it by localhost or by its address. The name in the address bar may belong to "
                              "somebody else who points it here.");
    for (const auto& route : routes) {
      if (route.prefix ? !request.path.starts_with(route.path) : request.path != route.path) continue;
      if (!takes(route, request.method)) return wrong_method(route);
      return (this->*route.action)(request);
    }
    return not_found();
  }

  static bool takes(const Route& route, std::string_view method) {
    return method == "GET" || method == "HEAD" || (method == "POST" && route.form);
  }

  static HttpResponse wrong_method(const Route& route) {
    const std::string_view allowed = route.form ? "GET, HEAD, POST" : "GET, HEAD";
    auto response =
        message_response(405, "This address does not take that method", "It takes " + std::string{allowed} + ".");
    response.headers.emplace_back("Allow", allowed);
    return response;
  }

  page::Frame frame() const { return {{}, -1, writer ? remove_after_days() : -1}; }
  std::int64_t remove_after_days() const { return options.remove_after.count() / 24; }

  HttpResponse log(const HttpRequest& request) {
    const auto search = page::parse_search(request, options.max_rows);
    return readers.with([&](const LogStore& reader) {
      if (request.parameters.empty() && page::waits_for_first_record(reader))
        return html_response(page::first_run_page(reader, options.ingest, frame()));
      return html_response(page::log_page(reader, search, options.page_budget, frame()),
                           search.problems.empty() ? 200 : 400);
    });
  }

  HttpResponse record(const HttpRequest& request) {
    const auto text = std::string_view{request.path}.substr(std::string_view{"/record/"}.size());
    RecordId id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (error != std::errc{} || end != text.data() + text.size() || id < 1) return not_found();
    auto html = readers.with([&](const LogStore& reader) { return page::record_page(reader, id, frame()); });
    if (html) return html_response(std::move(*html));
    return message_response(404, "There is no record " + page::grouped(id),
                            "It has been removed because of its age, or was never there.");
  }

  HttpResponse remove(const HttpRequest& request) {
    if (!writer) return read_only();
    const auto before = now() - options.remove_after;
    if (request.method == "POST") {
      if (!request.loopback || page::from_elsewhere(request) ||
          !page::equal_secret(request.parameter("token").value_or(""), token))
        return message_response(403, "Nothing was removed",
                                "Only the form at /rm_logs of this page may do that, on this machine.");
      if (prune(before)) {
        HttpResponse response = text_response("");
        response.status = 303;
        response.headers.emplace_back("Location", "/");
        return response;
      }
    }
    return readers.with(
        [&](const LogStore& reader) { return html_response(page::confirm_page(reader, before, token, frame())); });
  }

  // Through a connection of its own, since ours are for reading; on the writer's thread, so that the two do not wait
  // for each other; a little at a time, so that what comes in meanwhile is written in between. False when the time is
  // up before the work is done.
  bool prune(Timestamp before) {
    const auto end = std::chrono::steady_clock::now() + options.api_budget;
    LogStore::Options file;
    file.path = readers.with([](const LogStore& reader) { return reader.path(); });
    file.ballast_bytes = 0;  // that is the business of who keeps the store
    LogStore store{file};
    for (;;) {
      using std::chrono::milliseconds;
      const auto left = std::chrono::duration_cast<milliseconds>(end - std::chrono::steady_clock::now());
      bool more = false;
      on_writer(
          [&] { more = store.prune({.since = before}, std::clamp(left, milliseconds{0}, milliseconds{20})).more; });
      if (!more) return true;
      if (left <= milliseconds{0}) return false;
    }
  }

  // What the job throws on the writer's thread is thrown here.
  template <class Job>
  void on_writer(Job job) {
    const auto task = std::make_shared<std::packaged_task<void()>>(job);
    writer->post([task] { (*task)(); });
    task->get_future().get();
  }

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
    if (page::from_elsewhere(request))
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
    const auto stored = std::make_shared<std::promise<Result<Appended>>>();
    writer->write(std::move(batch), [stored](Result<Appended> outcome) { stored->set_value(std::move(outcome)); });
    stored->get_future().get().value();
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

  HttpResponse health(const HttpRequest&) {
    return readers.with([](const LogStore& reader) {
      return json_response("{\"status\":\"ok\",\"records\":" + std::to_string(reader.count()) +
                           ",\"newest_id\":" + std::to_string(reader.newest_id()) + '}');
    });
  }

  HttpResponse asset(const HttpRequest& request) {
    const auto all = page::assets();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const page::Asset& asset) { return asset.path == request.path; });
    if (found == all.end()) return not_found();
    HttpResponse response{
        200, std::string{found->content_type}, {{"ETag", std::string{found->etag}}, {"Cache-Control", "no-cache"}}, {}};
    if (request.header("If-None-Match").value_or("").find(found->etag) != std::string_view::npos) {
      response.status = 304;
    } else {
      response.body = found->bytes;
    }
    return response;
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
  page::Readers readers;
  const std::string token = page::random_token();  // in our forms: a page of another site cannot know it
};

WebApp::WebApp(const LogStore& store, QueuedSink* writer, Options options)
    : impl_{std::make_unique<Impl>(store, writer, std::move(options))} {}
WebApp::~WebApp() = default;

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
