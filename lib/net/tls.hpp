#pragma once

#include <functional>
#include <memory>

#include "net/listener.hpp"
#include "psherald/error.hpp"
#include "psherald/tls.hpp"

namespace psherald::net {

/// The server's end of TLS. After a handshake it passes on one end of a socket pair, through which goes what the peer
/// sends and reads in the clear: so who serves the peer knows nothing of TLS. A side that is not read is not read from
/// on the other either; the end of one direction does not end the other; a connection ends with close_notify.
/// Threads: the one that runs the sockets; reload() from any.
class TlsFront {
 public:
  /// `peer` is the one of the TCP connection, with `encrypted`, and with `certificate` where one was verified.
  using OnPlain = std::function<void(StreamSocket socket, Peer peer)>;
  using OnFault = std::function<void(const Fault&)>;  ///< A handshake failed, or there were too many.

  /// @throws Error bad_config: a file cannot be read, or does not fit; says which and why.
  TlsFront(TlsOptions options, OnPlain on_plain, OnFault on_fault);
  TlsFront(const TlsFront&) = delete;
  TlsFront& operator=(const TlsFront&) = delete;
  ~TlsFront();  ///< Closes all.

  void accept(StreamSocket socket, Peer peer);
  /// Reads the files again; connections that are open keep what they have. @throws Error bad_config, and all stays.
  void reload();
  /// Ends handshakes. Other connections end when the plain end does, and have passed on everything by then.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace psherald::net
