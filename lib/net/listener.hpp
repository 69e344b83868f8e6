#pragma once

#include <asio/generic/stream_protocol.hpp>
#include <asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "psherald/error.hpp"

namespace psherald::net {

/// A connected stream socket, TCP or Unix alike.
using StreamSocket = asio::generic::stream_protocol::socket;

/// Who is at the other end.
struct Peer {
  std::string name;           ///< "127.0.0.1:40312", "[::1]:40312"; "unix" for a Unix socket.
  bool loopback;              ///< By a loopback address or a Unix socket.
  bool encrypted = false;     ///< Over TLS.
  std::string certificate{};  ///< As HttpRequest::certificate.
};

/// Listens on several addresses at once and hands over what connects.
/// Threads: callbacks and close() on `io`, or while it does not run; endpoints() and port() from any. No callback
/// begins after close().
class Listener {
 public:
  using OnAccept = std::function<void(StreamSocket socket, Peer peer)>;
  using OnFault = std::function<void(const Fault&)>;

  /// Addresses as Ingestor::Options::listen; `inherited` are descriptors that listen already.
  /// @throws Error listen
  Listener(asio::io_context& io, const std::vector<std::string>& addresses, const std::vector<int>& inherited,
           OnAccept on_accept, OnFault on_fault);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener();

  const std::vector<std::string>& endpoints() const noexcept;  ///< As Ingestor::endpoints().
  std::uint16_t port() const noexcept;
  /// No longer accepts on inherited sockets: the next process will find there who is waiting.
  void leave_inherited();
  /// Accepts who is waiting, but on inherited sockets; then closes.
  void drain();
  void close();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

/// Whether everything that can connect to this address is on this machine. @throws Error listen: not an address.
bool is_loopback(const std::string& address);

}  // namespace psherald::net
