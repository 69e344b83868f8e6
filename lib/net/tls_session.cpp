#include "net/tls_session.hpp"

#include <sys/socket.h>

#include <asio/ssl/error.hpp>
#include <asio/write.hpp>
#include <cerrno>
#include <utility>

#include "net/tls_context.hpp"

namespace psherald::net {
namespace {

// A peer has to take one record in this time, as long as what is behind the other end has something to send.
constexpr std::chrono::milliseconds longest_write{30'000};
// How long the peer's own close_notify is waited for, and what it still sends is read, so that it reads the last word.
constexpr std::chrono::milliseconds longest_farewell{2'000};

}  // namespace

TlsSession::TlsSession(StreamSocket socket, Peer peer, std::shared_ptr<asio::ssl::context> context,
                       TlsFront::OnPlain on_plain, TlsFront::OnFault on_fault, OnClosed on_closed)
    : context_{std::move(context)},
      tls_{std::move(socket), *context_},
      plain_{tls_.get_executor()},
      deadline_{tls_.get_executor()},
      peer_{std::move(peer)},
      on_plain_{std::move(on_plain)},
      on_fault_{std::move(on_fault)},
      on_closed_{std::move(on_closed)} {}

void TlsSession::start(std::chrono::milliseconds handshake_deadline) {
  arm(handshake_deadline, "no TLS handshake in time");
  tls_.async_handshake(asio::ssl::stream_base::server,
                       [self = shared_from_this()](asio::error_code error) { self->shaken(error); });
}

void TlsSession::shaken(asio::error_code error) {
  if (closed_) return;
  if (error) {
    on_fault_({Errc::peer_lost, peer_.name + ": the TLS handshake failed: " + error.message()});
    return close();
  }
  deadline_.cancel();
  if (!connect_plain()) return close();
  read_tls();
  read_plain();
}

bool TlsSession::connect_plain() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    const asio::error_code error{errno, asio::error::get_system_category()};
    on_fault_({Errc::peer_lost, peer_.name + ": closed, because there is no socket pair: " + error.message()});
    return false;
  }
  const StreamSocket::protocol_type protocol{AF_UNIX, 0};
  plain_.assign(protocol, ends[0]);
  StreamSocket other{tls_.get_executor(), protocol, ends[1]};
  Peer peer = peer_;
  peer.encrypted = true;
  peer.certificate = verified_subject(tls_.native_handle());
  on_plain_(std::move(other), std::move(peer));
  return true;
}

void TlsSession::read_tls() {
  tls_.async_read_some(asio::buffer(inwards_), [self = shared_from_this()](asio::error_code error, std::size_t size) {
    if (self->closed_) return;
    if (error) return self->end_inwards();  // without close_notify, too: what came whole is whole
    asio::async_write(self->plain_, asio::buffer(self->inwards_.data(), size),
                      [self](asio::error_code failure, std::size_t) {
                        if (self->closed_) return;
                        failure ? self->end_inwards() : self->read_tls();
                      });
  });
}

void TlsSession::read_plain() {
  plain_.async_read_some(asio::buffer(outwards_),
                         [self = shared_from_this()](asio::error_code error, std::size_t size) {
                           if (self->closed_) return;
                           if (error) return self->end_outwards();
                           self->arm(longest_write, "did not read in time");
                           asio::async_write(self->tls_, asio::buffer(self->outwards_.data(), size),
                                             [self](asio::error_code failure, std::size_t) {
                                               if (self->closed_) return;
                                               self->deadline_.cancel();
                                               failure ? self->close() : self->read_plain();
                                             });
                         });
}

// The peer has said its last word, or nobody hears it any more.
void TlsSession::end_inwards() {
  asio::error_code ignored;
  plain_.shutdown(StreamSocket::shutdown_send, ignored);
  inwards_ended_ = true;
  ended();
}

void TlsSession::end_outwards() {
  arm(longest_farewell, nullptr);
  tls_.async_shutdown([self = shared_from_this()](asio::error_code) {
    if (self->closed_) return;
    asio::error_code ignored;
    self->tls_.lowest_layer().shutdown(StreamSocket::shutdown_send, ignored);
    self->outwards_ended_ = true;
    self->ended();
  });
}

void TlsSession::ended() {
  if (inwards_ended_ && outwards_ended_) close();
}

void TlsSession::abandon() noexcept {
  closed_ = true;
  asio::error_code ignored;
  tls_.lowest_layer().close(ignored);
  plain_.close(ignored);
  deadline_.cancel();
}

void TlsSession::close() {
  if (closed_) return;
  const auto self = shared_from_this();  // on_closed lets go of it
  abandon();
  on_closed_(*this);
}

/// Without a reason nobody needs to hear of it.
void TlsSession::arm(std::chrono::milliseconds time, const char* reason) {
  deadline_.expires_after(time);
  deadline_.async_wait([self = shared_from_this(), reason](asio::error_code error) {
    // It may have been set anew while this handler was already on its way.
    if (error || self->closed_ || self->deadline_.expiry() > std::chrono::steady_clock::now()) return;
    if (reason != nullptr) self->on_fault_({Errc::peer_lost, self->peer_.name + ": closed: " + reason});
    self->close();
  });
}

}  // namespace psherald::net
