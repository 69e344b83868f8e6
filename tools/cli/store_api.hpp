#pragma once

#include <asio/io_context.hpp>
#include <functional>
#include <string>

#include "cli/fault_log.hpp"
#include "cli/service.hpp"
#include "cli/status.hpp"
#include "psherald/access.hpp"
#include "psherald/forward_receiver.hpp"
#include "psherald/http.hpp"
#include "psherald/log_store.hpp"
#include "psherald/queued_sink.hpp"

namespace psherald::cli {

/// What programs ask a bridge or a page for: /api/v1/forward hands over another store's log, /api/v1/status says how
/// this one fares, /healthz that it is there. Threads: handle() from any; the rest on `io`. Lifetime: all references
/// outlive this object, which outlives the servers that ask it.
class StoreApi {
 public:
  /// `status` is asked from any thread, while a server asks this object.
  StoreApi(asio::io_context& io, LogStore& store, QueuedSink& queue, Service& service, const Access& access,
           std::function<ServiceStatus()> status);
  StoreApi(const StoreApi&) = delete;
  StoreApi& operator=(const StoreApi&) = delete;
  ~StoreApi();  ///< Waits for the disk: what is in the queue may have answers of this object in it.

  /// Whether a page beside it should leave this path to it: the page has a /healthz of its own.
  static bool takes(const std::string& path);
  void handle(HttpRequest request, HttpRespond respond);
  void stop() { faults_.stop(); }
  ForwardReceiver::Stats forwarded() const { return receiver_.stats(); }

 private:
  HttpResponse status(const HttpRequest& request);
  Result<ForwardReceiver::Sender> admit(const HttpRequest& request) const;

  QueuedSink& queue_;
  const std::function<ServiceStatus()> status_;
  FaultLog faults_;
  const Access& access_;
  ForwardReceiver receiver_;
};

}  // namespace psherald::cli
