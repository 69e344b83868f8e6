#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "psherald/error.hpp"
#include "psherald/log_store.hpp"
#include "psherald/queued_sink.hpp"

namespace psherald {

/// Sends what a store holds to a ps.herald 1.4.2 bridge, in id order, going on where the last run ended.
/// Its queue is the log itself: a cursor named `name`, kept in the store. A cursor that is new starts behind the newest
/// record. What another process commits is sent as well.
///
/// Delivery is best effort, since that bridge cannot acknowledge: the cursor stays `confirm_window` behind the last
/// write, and goes on from there after a break, so the records of that time may appear twice there. What the bridge
/// reads but fails to store is lost. Where the peer answers the end of the stream with its own, as bridges do, a stop
/// leaves nothing to send again.
///
/// Threads: one of its own, with a reader of its own; the cursor is written through `writer`. stats() from any thread,
/// stop() once. Lifetime: `store` and `writer` outlive this object. Source: docs/wire-formats.md, "To a ps.herald
/// bridge".
class Forwarder {
 public:
  struct Options {
    std::string name;   ///< The cursor's: one for each destination. At most 64 bytes.
    std::string url;    ///< "python://HOST:PORT", "python://[::1]:9019" or "python:unix:PATH".
    double rate = 100;  ///< Records a second at most: that bridge commits each by itself.
    std::chrono::milliseconds confirm_window{5'000};
    std::chrono::milliseconds retry_min{200},
        retry_max{30'000};  ///< The delay doubles between these, jittered, for ever.
    /// The peer went away, a backlog grows, the cursor cannot be kept. Once for each outage, not for each try. Runs on
    /// the forwarder's thread; must not throw.
    std::function<void(const Fault&)> on_fault{};
  };
  struct Stats {
    bool connected = false;
    std::uint64_t sent = 0;        ///< Written to the peer since construction, those sent again included.
    std::uint64_t reconnects = 0;  ///< Connections after the first.
    RecordId cursor = 0;           ///< Everything up to it counts as delivered.
    std::uint64_t lag = 0;         ///< Records of the log behind the last one sent.
    std::string last_error{};      ///< Why it is not connected; empty when it is.
  };

  /// An absent peer is a Fault, never a throw. @throws Error bad_config: the url; store_open
  Forwarder(LogStore& store, QueuedSink& writer, Options options);
  Forwarder(const Forwarder&) = delete;
  Forwarder& operator=(const Forwarder&) = delete;
  ~Forwarder();  ///< Stops without draining.

  /// Sends what it can within `drain`, then closes and keeps the cursor.
  void stop(std::chrono::milliseconds drain);
  Stats stats() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace psherald
