#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <optional>

#include "net/http_front.hpp"
#include "net/listener.hpp"
#include "net/sniff.hpp"
#include "net/tls.hpp"
#include "psherald/web.hpp"

namespace psherald {

struct WebServer::Impl : std::enable_shared_from_this<Impl> {
  Impl(asio::io_context& context, HttpHandler handler, Options with)
      : io{context},
        options{std::move(with)},
        front{std::in_place, context, std::move(handler), options.limits, options.on_fault} {
    if (options.tls.certificate_file.empty()) return;
    tls.emplace(
        options.tls,
        [this](net::StreamSocket socket, net::Peer peer) { front->accept(std::move(socket), std::move(peer)); },
        [this](const Fault& fault) { report(fault); });
    sniffer.emplace(
        [this](net::StreamSocket socket, net::Peer peer, unsigned char first_byte) {
          const bool is_tls = net::speech_of(first_byte, 0) == net::Speech::tls;
          is_tls ? tls->accept(std::move(socket), std::move(peer)) : front->accept(std::move(socket), std::move(peer));
        },
        [this](const Fault& fault) { report(fault); });
  }

  void listen() {
    // Weak, or the listener would keep alive what owns it.
    const auto weak = weak_from_this();
    listener.emplace(
        io, options.listen, options.inherited,
        [weak](net::StreamSocket socket, net::Peer peer) {
          if (const auto self = weak.lock(); self && self->front) self->accept(std::move(socket), std::move(peer));
        },
        [weak](const Fault& fault) {
          if (const auto self = weak.lock()) self->report(fault);
        });
    endpoints = listener->endpoints();
    port = listener->port();
  }

  void accept(net::StreamSocket socket, net::Peer peer) {
    if (!sniffer) return front->accept(std::move(socket), std::move(peer));
    if (sniffer->size() >= options.limits.max_connections) sniffer->close_oldest();
    sniffer->add(std::move(socket), std::move(peer));
  }

  void report(const Fault& fault) {
    if (options.on_fault) options.on_fault(fault);
  }

  void stop() {
    if (!listener) return;
    listener->drain();
    listener.reset();
    if (tls) tls->stop();
    if (sniffer) sniffer->close_quiet();
    front->stop();
  }

  // Without a stop before: no handler finds this object again. What counted stays to be read.
  void abandon() {
    listener.reset();
    sniffer.reset();
    tls.reset();
    front.reset();
  }

  asio::io_context& io;
  const Options options;
  std::optional<net::HttpFront> front;
  std::optional<net::TlsFront> tls;
  std::optional<net::Sniffer> sniffer;  // where a connection may be TLS or not
  std::optional<net::Listener> listener;
  std::vector<std::string> endpoints;
  std::uint16_t port = 0;
};

WebServer::WebServer(asio::io_context& io, HttpHandler handler, Options options)
    : impl_{std::make_shared<Impl>(io, std::move(handler), std::move(options))} {
  impl_->listen();
}

WebServer::~WebServer() { impl_->abandon(); }

std::vector<std::string> WebServer::endpoints() const { return impl_->endpoints; }
std::uint16_t WebServer::port() const noexcept { return impl_->port; }

void WebServer::reload_tls() {
  if (impl_->tls) impl_->tls->reload();
}

void WebServer::stop() {
  asio::post(impl_->io, [impl = impl_] { impl->stop(); });
}

WebServer::Stats WebServer::stats() const noexcept {
  const auto stats = impl_->front->stats();
  return {stats.connections, stats.open, stats.requests, stats.refused};
}

}  // namespace psherald
