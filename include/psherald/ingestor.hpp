#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "psherald/asio_fwd.hpp"
#include "psherald/error.hpp"
#include "psherald/sink.hpp"

namespace psherald {

/// Receives the records of Python's SocketHandler and hands them on: socket -> FrameReader -> PythonDecoder -> Sink.
/// Any number of connections, over TCP and Unix sockets. What a peer sends wrong costs that peer: a frame that does not
/// decode is counted, reported and travels on as a DeadLetter; a stream that is broken closes its connection. A
/// SocketHandler drops records in its own process when it is not read, so a peer is always read at once: when the sink
/// has no room, the records are counted as dropped and reported, never silently gone.
///
/// Threads: all handlers, and so Sink::write, run on `io`, which one thread runs; stop(), stats() and endpoints() from
/// any. Lifetime: `io` and `sink` outlive this object. The io_context keeps running until every `done` has come back.
/// Source: CPython Lib/logging/handlers.py, SocketHandler.makePickle: 4 bytes big-endian length, then a pickle.
class Ingestor {
 public:
  struct Options {
    /// "127.0.0.1:9020", "[::1]:9020", "localhost:9020", "unix:/run/psherald/socket". Port 0 lets the system choose;
    /// endpoints() tells. A stale Unix socket is replaced, a live one is an error. Unix sockets get mode 0600.
    std::vector<std::string> listen{"127.0.0.1:0"};
    std::vector<int> inherited{};            ///< Listening sockets that are open already: sd_listen_fds(3). Taken over.
    std::size_t max_frame_bytes = 1u << 20;  ///< FrameReader::Options; a longer frame is skipped and kept in part.
    std::size_t max_connections = 1'000;     ///< A further one is closed at once and reported.
    std::chrono::milliseconds patience{
        500};  ///< Longest wait for room in the sink. Well below the second of a SocketHandler.
    std::function<void(const Fault&)> on_fault{};  ///< Bad frame, lost peer, full queue. Runs on `io`; must not throw.
  };
  struct Stats {
    std::uint64_t connections = 0;  ///< Accepted since construction.
    std::uint64_t open = 0;         ///< Connected now.
    std::uint64_t records = 0;      ///< Decoded.
    std::uint64_t dropped = 0;      ///< Decoded, but the sink had no room or could not keep them.
    std::uint64_t faults = 0;       ///< Frames and streams that were refused.
    std::uint64_t bytes = 0;        ///< Received.
  };

  /// Binds and listens now; receives when `io` runs. @throws Error listen: address taken, not ours, no right.
  Ingestor(asio::io_context& io, Sink& sink, Options options);
  Ingestor(const Ingestor&) = delete;
  Ingestor& operator=(const Ingestor&) = delete;
  ~Ingestor();

  /// Where it listens, as in Options::listen, with the ports that the system chose.
  std::vector<std::string> endpoints() const;
  /// The port of the first TCP endpoint; 0 when there is none.
  std::uint16_t port() const noexcept;
  /// Takes no more connections, delivers what has arrived in the kernel's buffers, then closes. `io` has no work of
  /// this object left when the sink has answered for all of it.
  void stop();
  Stats stats() const noexcept;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace psherald
