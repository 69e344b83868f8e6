#pragma once

#include <array>
#include <asio/ssl/stream.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "net/listener.hpp"
#include "net/tls.hpp"

namespace psherald::net {

/// One connection: the handshake, then two pumps between TLS and one end of a socket pair. Threads: `io` only.
class TlsSession : public std::enable_shared_from_this<TlsSession> {
 public:
  using OnClosed = std::function<void(TlsSession&)>;

  TlsSession(StreamSocket socket, Peer peer, std::shared_ptr<asio::ssl::context> context, TlsFront::OnPlain on_plain,
             TlsFront::OnFault on_fault, OnClosed on_closed);
  void start(std::chrono::milliseconds handshake_deadline);
  bool shaking_hands() const noexcept { return !plain_.is_open(); }
  void close();
  void abandon() noexcept;  ///< Closes now and tells nobody.

 private:
  void shaken(asio::error_code error);
  bool connect_plain();
  void read_tls();
  void read_plain();
  void end_inwards();
  void end_outwards();
  void ended();
  void arm(std::chrono::milliseconds time, const char* reason);

  const std::shared_ptr<asio::ssl::context> context_;
  asio::ssl::stream<StreamSocket> tls_;
  StreamSocket plain_;
  asio::steady_timer deadline_;
  Peer peer_;
  const TlsFront::OnPlain on_plain_;
  const TlsFront::OnFault on_fault_;
  const OnClosed on_closed_;
  std::array<char, 16u << 10> inwards_{}, outwards_{};  // one record of TLS each
  bool inwards_ended_ = false, outwards_ended_ = false, closed_ = false;
};

}  // namespace psherald::net
