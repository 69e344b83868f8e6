#include "net/listener.hpp"

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <asio/basic_socket_acceptor.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ip/v6_only.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/steady_timer.hpp>
#include <cstring>

#include "net/address.hpp"

namespace psherald::net {
namespace {

using Protocol = asio::generic::stream_protocol;
using Acceptor = asio::basic_socket_acceptor<Protocol>;
using asio::ip::tcp;

[[noreturn]] void fail(const std::string& address, const std::string& reason) {
  throw Error{Errc::listen, "cannot listen on " + address + ": " + reason};
}

Address parse(const std::string& text) {
  auto address = parse_address(text);
  if (!address) fail(text, address.error().text);
  return std::move(*address);
}

std::vector<tcp::endpoint> resolve(asio::io_context& io, const std::string& text, const Address& address) {
  asio::error_code error;
  const auto results =
      tcp::resolver{io}.resolve(address.host, std::to_string(address.port), tcp::resolver::passive, error);
  if (error) fail(text, address.host + ": " + error.message());
  std::vector<tcp::endpoint> endpoints;
  for (const auto& result : results) endpoints.push_back(result.endpoint());
  if (address.port == 0) endpoints.resize(1);  // the system's choice cannot be the same for two
  return endpoints;
}

tcp::endpoint tcp_endpoint(const Protocol::endpoint& endpoint) {
  tcp::endpoint address;
  std::memcpy(address.data(), endpoint.data(), std::min(endpoint.size(), address.capacity()));
  return address;
}

/// The address of either kind of socket, as people write it.
std::string text_of(const Protocol::endpoint& endpoint) {
  const auto family = endpoint.protocol().family();
  if (family == AF_UNIX) {
    const auto* address = reinterpret_cast<const sockaddr_un*>(endpoint.data());
    const std::size_t length = endpoint.size() - offsetof(sockaddr_un, sun_path);
    return "unix:" + std::string{address->sun_path, strnlen(address->sun_path, length)};
  }
  const auto address = tcp_endpoint(endpoint);
  const auto host = address.address().to_string();
  return (family == AF_INET6 ? "[" + host + "]" : host) + ":" + std::to_string(address.port());
}

bool loopback(const Protocol::endpoint& endpoint) {
  if (endpoint.protocol().family() == AF_UNIX) return true;
  const auto ip = tcp_endpoint(endpoint).address();
  if (ip.is_v6() && ip.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, ip.to_v6()).is_loopback();
  return ip.is_loopback();
}

std::string reason(asio::error_code error) {
  return error == asio::error::address_in_use ? "another program listens there" : error.message();
}

/// Removes the socket that a program left behind that was killed; one that somebody listens on stays.
void remove_stale(asio::io_context& io, const std::string& text, const std::string& path) {
  struct stat status;
  if (lstat(path.c_str(), &status) != 0) return;
  if (!S_ISSOCK(status.st_mode)) fail(text, "there is a file that is no socket");
  asio::local::stream_protocol::socket probe{io};
  asio::error_code error;
  probe.connect({path}, error);
  if (error == asio::error::connection_refused) ::unlink(path.c_str());
}

Acceptor open_unix(asio::io_context& io, const std::string& text, const std::string& path) {
  remove_stale(io, text, path);
  Acceptor acceptor{io};
  asio::error_code error;
  const asio::local::stream_protocol::endpoint endpoint{path};
  acceptor.open(Protocol{endpoint.protocol()}, error);
  // Linux takes the mode of the socket's file from the descriptor, so it is never open to others, not even for a
  // moment.
  if (!error && ::fchmod(acceptor.native_handle(), S_IRUSR | S_IWUSR) != 0)
    error.assign(errno, asio::error::get_system_category());
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) fail(text, reason(error));
  return acceptor;
}

Acceptor open_tcp(asio::io_context& io, const std::string& text, const tcp::endpoint& endpoint) {
  Acceptor acceptor{io};
  asio::error_code error;
  acceptor.open(Protocol{endpoint.protocol()}, error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address{true}, error);
  if (!error && endpoint.address().is_v6()) acceptor.set_option(asio::ip::v6_only{true}, error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) fail(text, reason(error));
  return acceptor;
}

Acceptor adopt(asio::io_context& io, int descriptor) {
  const std::string name = "descriptor " + std::to_string(descriptor);
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  int listening = 0;
  socklen_t listening_size = sizeof listening;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) fail(name, std::strerror(errno));
  if (::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listening, &listening_size) != 0 || listening == 0)
    fail(name, "it is not a listening stream socket");
  Acceptor acceptor{io};
  asio::error_code error;
  acceptor.assign(Protocol{address.ss_family, address.ss_family == AF_UNIX ? 0 : IPPROTO_TCP}, descriptor, error);
  if (error) fail(name, error.message());
  return acceptor;
}

}  // namespace

struct Listener::Impl : std::enable_shared_from_this<Impl> {
  struct Port {
    Acceptor acceptor;
    std::string unix_path{};  // ours to remove
    bool inherited = false;
    Protocol::endpoint peer{};
  };

  Impl(asio::io_context& context, OnAccept accept, OnFault fault)
      : io{context}, retry{context}, on_accept{std::move(accept)}, on_fault{std::move(fault)} {}

  void open(const std::string& text) {
    const Address address = parse(text);
    if (!address.unix_path.empty()) {
      ports.push_back({open_unix(io, text, address.unix_path), address.unix_path});
      return;
    }
    for (const auto& endpoint : resolve(io, text, address)) ports.push_back({open_tcp(io, text, endpoint)});
  }

  void note_endpoint(const Protocol::endpoint& endpoint) {
    endpoints.push_back(text_of(endpoint));
    if (first_port == 0 && endpoint.protocol().family() != AF_UNIX) first_port = tcp_endpoint(endpoint).port();
  }

  void accept(Port& port) {
    port.acceptor.async_accept(port.peer,
                               [self = shared_from_this(), &port](asio::error_code error, StreamSocket socket) {
                                 if (!port.acceptor.is_open()) return;
                                 if (!error) {
                                   self->hand_over(std::move(socket), port.peer);
                                   self->accept(port);
                                 } else {
                                   self->pause(port, error);
                                 }
                               });
  }

  // Out of descriptors or memory: the next accept would fail at once, for ever.
  void pause(Port& port, asio::error_code error) {
    if (on_fault) on_fault({Errc::listen, "cannot accept a connection: " + error.message()});
    retry.expires_after(std::chrono::milliseconds{100});
    retry.async_wait([self = shared_from_this(), &port](asio::error_code) {
      if (port.acceptor.is_open()) self->accept(port);
    });
  }

  void hand_over(StreamSocket socket, const Protocol::endpoint& peer) {
    const bool is_unix = peer.protocol().family() == AF_UNIX;
    on_accept(std::move(socket), Peer{is_unix ? "unix" : text_of(peer), loopback(peer)});
  }

  void leave_inherited() {
    for (auto& port : ports) {
      asio::error_code ignored;
      if (port.inherited) port.acceptor.close(ignored);
    }
  }

  void drain() {
    for (auto& port : ports) {
      if (port.inherited) continue;
      asio::error_code error;
      port.acceptor.non_blocking(true, error);
      while (!error) {
        Protocol::endpoint peer;
        StreamSocket socket{io};
        port.acceptor.accept(socket, peer, error);
        if (!error) hand_over(std::move(socket), peer);
      }
    }
  }

  void close() {
    for (auto& port : ports) {
      if (port.acceptor.is_open() && !port.unix_path.empty()) ::unlink(port.unix_path.c_str());
      asio::error_code ignored;
      port.acceptor.close(ignored);
    }
    retry.cancel();
  }

  asio::io_context& io;
  asio::steady_timer retry;
  std::vector<Port> ports;             // complete before the first accept: handlers hold references into it
  std::vector<std::string> endpoints;  // as the ports were bound, so that any thread may ask later
  std::uint16_t first_port = 0;
  OnAccept on_accept;
  OnFault on_fault;
};

Listener::Listener(asio::io_context& io, const std::vector<std::string>& addresses, const std::vector<int>& inherited,
                   OnAccept on_accept, OnFault on_fault)
    : impl_{std::make_shared<Impl>(io, std::move(on_accept), std::move(on_fault))} {
  for (const int descriptor : inherited) impl_->ports.push_back({adopt(io, descriptor), {}, true});
  for (const auto& address : addresses) impl_->open(address);
  for (auto& port : impl_->ports) {
    impl_->note_endpoint(port.acceptor.local_endpoint());
    impl_->accept(port);
  }
}

Listener::~Listener() { close(); }

const std::vector<std::string>& Listener::endpoints() const noexcept { return impl_->endpoints; }
std::uint16_t Listener::port() const noexcept { return impl_->first_port; }
void Listener::leave_inherited() { impl_->leave_inherited(); }
void Listener::drain() {
  impl_->drain();
  impl_->close();
}
void Listener::close() { impl_->close(); }

bool is_loopback(const std::string& text) {
  const Address address = parse(text);
  if (!address.unix_path.empty()) return true;
  asio::io_context io;
  for (const auto& endpoint : resolve(io, text, address))
    if (!endpoint.address().is_loopback()) return false;
  return true;
}

}  // namespace psherald::net
