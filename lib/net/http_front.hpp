#pragma once

#include <asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>

#include "net/listener.hpp"
#include "psherald/error.hpp"
#include "psherald/http.hpp"

namespace psherald::net {

/// HTTP on sockets that anybody hands to it: gathers whole requests under limits and deadlines on `io`, has them
/// answered on a few threads of its own, closes slow and broken clients without holding a thread for them.
/// Threads: accept(), `on_fault` and the end of its life on `io`, or while that does not run; `handler` on the threads
/// of this object; stop() on `io`; stats() from any. Lifetime: `io` outlives this object and every HttpRespond; what
/// `handler` uses outlives this object.
class HttpFront {
 public:
  struct Stats {
    std::uint64_t connections = 0, open = 0, requests = 0, refused = 0;
  };
  HttpFront(asio::io_context& io, HttpHandler handler, HttpLimits limits, std::function<void(const Fault&)> on_fault);
  HttpFront(const HttpFront&) = delete;
  HttpFront& operator=(const HttpFront&) = delete;
  ~HttpFront();  ///< What has not been answered is lost; an answer that comes later goes nowhere.

  /// After stop() it still answers what such a peer has sent until now.
  void accept(StreamSocket socket, Peer peer);
  void stop();  ///< Answers the requests that have arrived, then closes. `io` has work until that is done.
  Stats stats() const noexcept;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace psherald::net
