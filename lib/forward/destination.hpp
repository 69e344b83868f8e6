#pragma once

#include <memory>

#include "forward/destination_url.hpp"
#include "psherald/forwarder.hpp"

namespace psherald::forward {

/// How one kind of destination is served: what a Forwarder is made of. Threads: as a Forwarder.
class Destination {
 public:
  virtual ~Destination() = default;  ///< Ends without draining.
  virtual void end(std::chrono::milliseconds drain) = 0;
  virtual Forwarder::Stats stats() const = 0;
  virtual RecordId needed_from() const noexcept = 0;

 protected:
  Destination() = default;
  Destination(const Destination&) = delete;
  Destination& operator=(const Destination&) = delete;
};

/// A bridge of ps.herald 1.4.2. @throws Error as Forwarder
std::unique_ptr<Destination> to_python(LogStore& store, QueuedSink& writer, Forwarder::Options options,
                                       const DestinationUrl& to);
/// A psherald. @throws Error as Forwarder
std::unique_ptr<Destination> to_psherald(LogStore& store, QueuedSink& writer, Forwarder::Options options,
                                         const DestinationUrl& to);

}  // namespace psherald::forward
