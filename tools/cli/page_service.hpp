#pragma once

#include <asio/io_context.hpp>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "cli/fault_log.hpp"
#include "cli/service.hpp"
#include "cli/store_api.hpp"
#include "psherald/log_store.hpp"
#include "psherald/queued_sink.hpp"
#include "psherald/watchdog.hpp"
#include "psherald/web.hpp"

namespace psherald::cli {

/// The showing half of a program: store -> WebApp -> WebServer. Threads: `io`. Lifetime: all arguments outlive this
/// object.
class PageService {
 public:
  /// `writer` is nullptr where nothing may be changed; `ingest` is where records may be sent.
  /// `api` answers what it takes; nullptr: nobody does.
  PageService(asio::io_context& io, const LogStore& store, QueuedSink* writer, Service& service, const Access& access,
              const std::string& ingest, StoreApi* api);

  /// Where to look: "http://127.0.0.1:9021/".
  std::string url() const;
  /// Reads the certificate and the rules again. @throws as WebServer::reload_tls()
  void reload(const Config& config);
  void stop();

 private:
  void answer(HttpRequest request, const HttpRespond& respond);
  std::vector<Rule> rules() const;

  Journal& journal_;
  FaultLog faults_;
  StoreApi* api_;
  mutable std::mutex mutex_;
  std::vector<Rule> rules_;  // under the mutex
  WebApp app_;
  std::optional<WebServer> server_;
};

}  // namespace psherald::cli
