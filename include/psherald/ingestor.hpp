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
#include "psherald/http.hpp"
#include "psherald/sink.hpp"
#include "psherald/tls.hpp"

namespace psherald {

/// Receives the records of Python's SocketHandler and hands them on: socket -> FrameReader -> PythonDecoder -> Sink.
/// Any number of connections, over TCP and Unix sockets. What a peer sends wrong costs that peer: a frame that does not
/// decode is counted, reported and travels on as a DeadLetter; a stream that is broken closes its connection. A
/// SocketHandler drops records in its own process when it is not read, so a peer is always read at once: when the sink
/// has no room, the records are counted as dropped and reported, never silently gone.
///
/// The same ports take HTTP where Options::http answers it; the first byte of a connection tells what it is. Neither
/// kind can take the other's place: each has bounds of its own, and when too many peers have not said anything yet, a
/// further one takes the place of the one that has been silent for longest.
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
    std::size_t max_connections = 1'000;     ///< Of frames. A further one is closed at once and reported.
    /// Answers requests, on threads of this object; empty: HTTP is refused. Lives as long as this object.
    HttpHandler http{};
    /// A batch of records may come over a thin link, and the next one may take its time.
    HttpLimits http_limits{.request_deadline = std::chrono::seconds{30}, .idle_timeout = std::chrono::seconds{60}};
    TlsOptions tls{};  ///< Everything that the port takes is then taken over TLS, too.
    std::chrono::milliseconds patience{
        500};  ///< Longest wait for room in the sink. Well below the second of a SocketHandler.
    std::function<void(const Fault&)> on_fault{};  ///< Bad frame, lost peer, full queue. Runs on `io`; must not throw.
  };
  struct Stats {
    std::uint64_t connections = 0;  ///< Accepted since construction, of any kind.
    std::uint64_t open = 0;         ///< Connected now.
    std::uint64_t records = 0;      ///< Decoded.
    std::uint64_t dropped = 0;      ///< Decoded, but the sink had no room or could not keep them.
    std::uint64_t faults = 0;       ///< Frames, streams and requests that were refused.
    std::uint64_t bytes = 0;        ///< Received in frames.
    std::uint64_t requests = 0;     ///< Of HTTP, that came whole.
  };

  /// Binds and listens now; receives when `io` runs. @throws Error listen: address taken, not ours, no right;
  /// bad_config: a file of Options::tls.
  Ingestor(asio::io_context& io, Sink& sink, Options options);
  Ingestor(const Ingestor&) = delete;
  Ingestor& operator=(const Ingestor&) = delete;
  ~Ingestor();

  /// Where it listens, as in Options::listen, with the ports that the system chose.
  std::vector<std::string> endpoints() const;
  /// The port of the first TCP endpoint; 0 when there is none.
  std::uint16_t port() const noexcept;
  /// Takes no more connections, reads each one until nothing more comes, for a second at most, and closes it; requests
  /// that have arrived are answered. `io` has no work of this object left when the sink and the handler have answered
  /// for all of it.
  void stop();
  Stats stats() const noexcept;
  /// Reads the files of Options::tls again, for connections that come. Any thread. @throws Error bad_config: a file is
  /// wrong, and all stays as it was.
  void reload_tls();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace psherald
