#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "psherald/access.hpp"
#include "psherald/http.hpp"
#include "psherald/log_store.hpp"
#include "psherald/queued_sink.hpp"

namespace psherald::api {

/// The JSON API, as docs/openapi.json describes it: all below /api/v1/, and /metrics and /version. Who asks is not
/// looked at here: `needs` says which right a request needs.
/// Threads: handle() from any number at once. Lifetime: `store` and `writer` outlive this object, which outlives the
/// bodies in pieces that it gave out.
class Api {
 public:
  struct Route {
    std::string_view path;
    bool prefix;     ///< All that begins with it.
    bool get, post;  ///< HEAD where GET is.
    Role role;
  };
  static std::vector<Route> routes();
  static bool takes(std::string_view path);

  /// `writer` is nullptr where nothing may be changed.
  Api(const LogStore& store, QueuedSink* writer);
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;
  ~Api();

  /// The right that the request needs; nothing: it asks for what is not there.
  std::optional<Role> needs(const HttpRequest& request) const;
  /// @throws Error store_io, store_busy
  HttpResponse handle(const HttpRequest& request);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace psherald::api
