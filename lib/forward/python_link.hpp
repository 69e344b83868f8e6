#pragma once

#include <asio/generic/stream_protocol.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/address.hpp"

namespace psherald::forward {

/// One connection to a bridge, which says nothing: whatever comes back from it is the end. Serves one attempt.
/// Threads: `io`.
class Link : public std::enable_shared_from_this<Link> {
 public:
  explicit Link(asio::io_context& io) : resolver_{io}, socket_{io}, deadline_{io} {}

  /// Within ten seconds. `ended` is called once when it did not succeed, or when the connection is over later; not
  /// after close().
  void connect(const net::Address& address, std::function<void()> connected,
               std::function<void(asio::error_code)> ended);
  /// `bytes` live until `written` is called, or the connection is over.
  void write(std::string_view bytes, std::function<void()> written);
  /// Whether the peer's system has yet to take something. Behind a tunnel that is the tunnel's end, not the bridge.
  bool has_unsent() noexcept;
  /// Nothing more will be written. A bridge then reads to the end and closes, which ends the connection with
  /// asio::error::eof.
  void finish() noexcept;
  void close() noexcept;

 private:
  using Endpoints = std::vector<asio::generic::stream_protocol::endpoint>;

  void connect_to(Endpoints endpoints);
  void established();
  void end(asio::error_code error);

  asio::ip::tcp::resolver resolver_;
  asio::generic::stream_protocol::socket socket_;
  asio::steady_timer deadline_;
  std::function<void()> connected_;
  std::function<void(asio::error_code)> ended_;
};

}  // namespace psherald::forward
