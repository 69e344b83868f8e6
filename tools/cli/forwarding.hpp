#pragma once

#include <asio/io_context.hpp>
#include <deque>
#include <string>
#include <vector>

#include "cli/fault_log.hpp"
#include "cli/journal.hpp"
#include "psherald/forwarder.hpp"

namespace psherald::cli {

/// The passing-on half of a bridge: a Forwarder for each destination, which tell the journal how they fare.
/// Threads: `io`. Lifetime: all arguments outlive this object.
class Forwarding {
 public:
  Forwarding(asio::io_context& io, LogStore& store, QueuedSink& writer, Journal& journal,
             const std::vector<Forwarder::Options>& destinations);
  /// Gives the destinations two seconds to take what is left.
  void stop();

 private:
  Journal& journal_;
  FaultLog faults_;
  struct Destination {
    Destination(LogStore& store, QueuedSink& writer, const Forwarder::Options& options)
        : url{options.url}, forwarder{store, writer, options} {}
    std::string url;
    Forwarder forwarder;
  };
  std::deque<Destination> destinations_;
};

}  // namespace psherald::cli
