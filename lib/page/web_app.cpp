#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <future>
#include <mutex>
#include <random>

#include "net/http_message.hpp"
#include "page/assets.hpp"
#include "page/json_api.hpp"
#include "page/log_page.hpp"
#include "page/record_page.hpp"
#include "page/removal.hpp"
#include "psherald/web.hpp"
#include "record/json.hpp"

namespace psherald {
namespace {

using page::Html;

constexpr std::size_t most_idle_readers = 4;

/// Connections for reading, kept from one request to the next.
class Readers {
 public:
  explicit Readers(const LogStore& store) : store_{store} {}

  /// Lends a reader for the length of a call.
  template <class Use>
  auto with(Use use) {
    Loan loan{*this, take()};
    return use(static_cast<const LogStore&>(*loan.reader));
  }

 private:
  struct Loan {
    Readers& owner;
    std::unique_ptr<LogStore> reader;
    ~Loan() { owner.put_back(std::move(reader)); }
  };

  std::unique_ptr<LogStore> take() {
    std::unique_lock lock{mutex_};
    if (idle_.empty()) {
      lock.unlock();
      return store_.reader();
    }
    auto reader = std::move(idle_.back());
    idle_.pop_back();
    return reader;
  }

  void put_back(std::unique_ptr<LogStore> reader) noexcept {
    std::lock_guard lock{mutex_};
    if (idle_.size() < idle_.capacity()) idle_.push_back(std::move(reader));
  }

  const LogStore& store_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<LogStore>> idle_ = [] {
    std::vector<std::unique_ptr<LogStore>> room;
    room.reserve(most_idle_readers);
    return room;
  }();
};

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
  return message_response(404, "There is nothing at this address", "The log is at the address without a path.");
}

HttpResponse read_only() {
  return message_response(409, "Opened read-only", "This page shows a database that it may not change.");
}

/// 128 random bits, in hexadecimal.
std::string random_token() {
  std::random_device random;
  std::string token;
  for (int i = 0; i < 4; ++i) {
    std::array<char, 9> digits{};
    std::snprintf(digits.data(), digits.size(), "%08x", random());
    token += digits.data();
  }
  return token;
}

/// "localhost" of "localhost:9021", "::1" of "[::1]:9021".
std::string_view host_name(std::string_view host) {
  if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
  return host.substr(0, host.find(':'));
}

bool is_address(std::string_view name) {
  const bool v6 = name.find(':') != name.npos;
  return !name.empty() && name.find_first_not_of(v6 ? "0123456789abcdefABCDEF:." : "0123456789.") == name.npos;
}

// Takes as long for a wrong text as for a nearly right one.
bool equal_secret(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned>(a[i] ^ b[i]);
  return difference == 0;
}

/// Whether a page of another site makes this request. A program that is no browser sends neither header.
bool from_elsewhere(const HttpRequest& request) {
  if (const auto site = request.header("Sec-Fetch-Site")) return *site != "same-origin" && *site != "none";
  const auto origin = request.header("Origin");
  if (!origin) return false;
  const std::string host{request.header("Host").value_or("")};
  return *origin != "http://" + host && *origin != "https://" + host;
}

}  // namespace

struct WebApp::Impl {
  using Action = HttpResponse (Impl::*)(const HttpRequest&);
  struct Route {
    std::string_view path;
    std::string_view methods;  // as in Allow
    Action action;
    bool prefix = false;
  };

  Impl(const LogStore& from, QueuedSink* to, Options with) : writer{to}, options{std::move(with)}, readers{from} {}

  HttpResponse route(const HttpRequest& request) {
    constexpr std::string_view read = "GET, HEAD", form = "GET, HEAD, POST";
    static constexpr std::array routes{Route{"/", form, &Impl::log},
                                       Route{"/record/", read, &Impl::record, true},
                                       Route{"/rm_logs", form, &Impl::remove},
                                       Route{"/hello", read, &Impl::hello},
                                       Route{"/hello_to_ps_basic_logger", read, &Impl::hello_logged},
                                       Route{"/angular/", read, &Impl::log},
                                       Route{"/angular/hello", read, &Impl::angular_hello},
                                       Route{"/angular/hello_to_ps_basic_logger", read, &Impl::angular_hello_logged},
                                       Route{"/angular/options", read, &Impl::options_list},
                                       Route{"/angular/list", read, &Impl::list},
                                       Route{"/healthz", read, &Impl::health},
                                       Route{"/static/", read, &Impl::asset, true}};
    if (!known_host(request))
      return message_response(421, "This page does not go by that name",
                              "Call it by localhost or by its address. The name in the address bar may belong to "
                              "somebody else who points it here.");
    for (const auto& route : routes) {
      if (route.prefix ? !request.path.starts_with(route.path) : request.path != route.path) continue;
      if (route.methods.find(request.method) == route.methods.npos) return wrong_method(route.methods);
      return (this->*route.action)(request);
    }
    return not_found();
  }

  static HttpResponse wrong_method(std::string_view allowed) {
    auto response =
        message_response(405, "This address does not take that method", "It takes " + std::string{allowed} + ".");
    response.headers.emplace_back("Allow", allowed);
    return response;
  }

  bool known_host(const HttpRequest& request) const {
    const auto host = request.header("Host");
    if (!host) return true;  // HTTP/1.0; a browser always names one
    const auto name = host_name(*host);
    const auto same = [&](std::string_view other) { return net::same_name(name, other); };
    return same("localhost") || is_address(name) || std::any_of(options.hosts.begin(), options.hosts.end(), same);
  }

  page::Frame frame() const { return {{}, -1, writer ? remove_after_days() : -1}; }
  std::int64_t remove_after_days() const { return options.remove_after.count() / 24; }

  HttpResponse log(const HttpRequest& request) {
    const auto search = page::parse_search(request, options.max_rows);
    return readers.with([&](const LogStore& reader) {
      if (reader.newest_id() == 0) return html_response(page::first_run_page(options.ingest, frame()));
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
    if (request.method != "POST")
      return readers.with(
          [&](const LogStore& reader) { return html_response(page::confirm_page(reader, before, token, frame())); });
    if (!request.loopback || from_elsewhere(request) || !equal_secret(request.parameter("token").value_or(""), token))
      return message_response(403, "Nothing was removed",
                              "Only the form at /rm_logs of this page may do that, on this machine.");
    prune(before);
    HttpResponse response = text_response("");
    response.status = 303;
    response.headers.emplace_back("Location", "/");
    return response;
  }

  // Through a connection of its own, since ours are for reading; on the writer's thread, so that the two do not wait
  // for each other. What it throws there is thrown here.
  void prune(Timestamp before) {
    const auto path = readers.with([](const LogStore& reader) { return reader.path(); });
    const auto task = std::make_shared<std::packaged_task<void()>>([&] {
      LogStore::Options file;
      file.path = path;
      LogStore{file}.prune(before);
    });
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
    if (from_elsewhere(request))
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
    const bool later = known && (known->code() == Errc::store_busy || known->code() == Errc::queue_full);
    return message_response(later ? 503 : 500, later ? "Not possible just now" : "That did not work", error.what());
  }

  QueuedSink* const writer;
  const Options options;
  Readers readers;
  const std::string token = random_token();  // in our forms: a page of another site cannot know it
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
