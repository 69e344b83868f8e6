#pragma once

#include <optional>
#include <string>
#include <vector>

#include "psherald/forward_receiver.hpp"
#include "psherald/forwarder.hpp"
#include "psherald/http.hpp"
#include "psherald/ingestor.hpp"
#include "psherald/queued_sink.hpp"

namespace psherald::cli {

/// A destination of forwarding, and how it fares.
struct DestinationStatus {
  std::string name, url;
  std::string where;  ///< Its filter's text; empty: everything.
  Forwarder::Stats stats;
};

/// How a program with a bridge fares, as its parts say.
struct ServiceStatus {
  std::string store{};  ///< What this store is called.
  RecordId newest_id = 0;
  Ingestor::Stats received{};
  QueuedSink::Stats written{};
  std::optional<ForwardReceiver::Stats> forwarded{};  ///< What came from other stores; none: nothing can come.
  std::vector<DestinationStatus> destinations{};
};

/// Any thread.
ServiceStatus status_of(const LogStore& store, const QueuedSink& queue, const Ingestor::Stats& received,
                        std::vector<DestinationStatus> destinations);

/// The answer to GET /api/v1/status: all of it as one JSON object. Absent times, and texts that are empty, are left
/// out; times are texts in UTC.
HttpResponse status_response(const ServiceStatus& status);

}  // namespace psherald::cli
