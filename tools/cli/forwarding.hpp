#pragma once

#include <asio/io_context.hpp>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/fault_log.hpp"
#include "cli/journal.hpp"
#include "cli/status.hpp"
#include "cli/ticker.hpp"
#include "psherald/config.hpp"
#include "psherald/forwarder.hpp"

namespace psherald::cli {

/// Of --forward.
constexpr std::string_view forward_help = "pass records on to URL: http, https or python; may be repeated";

/// Where a program passes records on to: what the configuration says, then -b and each --forward of the command line.
/// One that has the URL or the name of another before it is the same. @throws Error bad_config
std::vector<Forwarder::Options> destinations_of(const Config& config, const Arguments& arguments);

/// What is said of a destination when it begins, with the number of records that wait for it.
std::string announcement(const Forwarder::Options& destination, std::uint64_t waiting);
/// How a destination fares, in a line.
std::string line_of(const DestinationStatus& destination);

/// The passing-on part of a program: a Forwarder for each destination. It tells the journal what they have trouble
/// with at once, and how they fare every ten minutes in which something moved.
/// Threads: `io`, but needed_from() and status(), which any may call. Lifetime: all references outlive this object.
class Forwarding {
 public:
  Forwarding(asio::io_context& io, LogStore& store, QueuedSink& writer, Journal& journal,
             const std::vector<Forwarder::Options>& destinations);
  Forwarding(const Forwarding&) = delete;
  Forwarding& operator=(const Forwarding&) = delete;

  /// The oldest record that a destination has still to get, as Forwarder::needed_from; 0: there is no destination.
  RecordId needed_from() const noexcept;
  std::vector<DestinationStatus> status() const;
  /// Keeps `io` busy no longer. Records go on being sent.
  void stop();
  /// Gives the destinations two seconds, the same two for all, to take what is left; says how far each has come. When
  /// `io` has ended.
  void drain();

 private:
  struct Destination {
    Destination(LogStore& store, QueuedSink& writer, const Forwarder::Options& options)
        : name{options.name}, url{options.url}, where{options.where}, forwarder{store, writer, options} {}
    DestinationStatus status() const { return {name, url, where, forwarder.stats()}; }
    std::string name, url, where;
    Forwarder forwarder;
    Forwarder::Stats told{};  // as the journal has it
  };

  void tell();

  Journal& journal_;
  FaultLog faults_;
  std::deque<Destination> destinations_;
  std::optional<Ticker> telling_;
};

}  // namespace psherald::cli
