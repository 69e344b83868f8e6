#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "psherald/access.hpp"
#include "psherald/http.hpp"
#include "psherald/log_store.hpp"
#include "psherald/queued_sink.hpp"
#include "psherald/watchdog.hpp"

namespace psherald::api {

/// The JSON API, as docs/openapi.json describes it: all below /api/v1/, and /metrics and /version. Who asks is not
/// looked at here: `needs` says which right a request needs.
/// Threads: handle() from any number at once. Lifetime: `store` and `writer` outlive this object, which outlives the
/// bodies in pieces that it gave out.
class Api {
 public:
  static std::vector<Route> routes();
  static bool takes(std::string_view path);

  /// `writer` is nullptr where nothing may be changed; `rules` as WebApp::Options::rules.
  Api(const LogStore& store, QueuedSink* writer, std::function<std::vector<Rule>()> rules);
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;
  ~Api();

  /// The right that the request needs; nothing: it asks for what is not there.
  std::optional<Role> needs(const HttpRequest& request) const;
  /// `who` asks, in words for people: what changes something may keep it. @throws Error store_io, store_busy
  HttpResponse handle(const HttpRequest& request, const std::string& who);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace psherald::api
