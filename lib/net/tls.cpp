#include "net/tls.hpp"

#include <mutex>
#include <unordered_map>
#include <utility>

#include "net/tls_context.hpp"
#include "net/tls_session.hpp"

namespace psherald::net {

struct TlsFront::Impl {
  Impl(TlsOptions with, OnPlain plain, OnFault fault)
      : options{std::move(with)},
        on_plain{std::move(plain)},
        on_fault{std::move(fault)},
        context{make_tls_context(options)} {}

  std::shared_ptr<asio::ssl::context> current() {
    std::lock_guard lock{mutex};
    return context;
  }

  void accept(StreamSocket socket, Peer peer) {
    if (sessions.size() >= options.max_connections)
      return on_fault({Errc::peer_lost, peer.name + ": closed, because " + std::to_string(options.max_connections) +
                                            " connections over TLS are open"});
    const auto session = std::make_shared<TlsSession>(std::move(socket), std::move(peer), current(), on_plain, on_fault,
                                                      [this](TlsSession& closed) { sessions.erase(&closed); });
    sessions.emplace(session.get(), session);
    session->start(options.handshake_deadline);
  }

  void stop() {
    const auto all = sessions;  // each takes itself out of the list
    for (const auto& [key, session] : all)
      if (session->shaking_hands()) session->close();
  }

  void abandon() {
    for (const auto& [key, session] : sessions) session->abandon();
    sessions.clear();
  }

  const TlsOptions options;
  const OnPlain on_plain;
  const OnFault on_fault;
  std::mutex mutex;
  std::shared_ptr<asio::ssl::context> context;  // under the mutex
  std::unordered_map<TlsSession*, std::shared_ptr<TlsSession>> sessions;
};

TlsFront::TlsFront(TlsOptions options, OnPlain on_plain, OnFault on_fault)
    : impl_{std::make_unique<Impl>(std::move(options), std::move(on_plain), std::move(on_fault))} {}

TlsFront::~TlsFront() { impl_->abandon(); }

void TlsFront::accept(StreamSocket socket, Peer peer) { impl_->accept(std::move(socket), std::move(peer)); }
void TlsFront::stop() { impl_->stop(); }

void TlsFront::reload() {
  auto fresh = make_tls_context(impl_->options);
  std::lock_guard lock{impl_->mutex};
  impl_->context = std::move(fresh);
}

}  // namespace psherald::net
