#include "forward/python_link.hpp"

#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

#include <asio/connect.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/write.hpp>
#include <chrono>
#include <utility>

namespace psherald::forward {
namespace {

constexpr std::chrono::seconds connect_deadline{10};
constexpr unsigned half_open_milliseconds = 20'000;

}  // namespace

void Link::connect(const net::Address& address, std::function<void()> connected,
                   std::function<void(asio::error_code)> ended) {
  connected_ = std::move(connected);
  ended_ = std::move(ended);
  deadline_.expires_after(connect_deadline);
  deadline_.async_wait([self = shared_from_this()](asio::error_code error) {
    if (!error) self->end(asio::error::timed_out);
  });
  if (!address.unix_path.empty()) return connect_to({asio::local::stream_protocol::endpoint{address.unix_path}});
  resolver_.async_resolve(
      address.host, std::to_string(address.port),
      [self = shared_from_this()](asio::error_code error, const asio::ip::tcp::resolver::results_type& found) {
        if (error) return self->end(error);
        Endpoints endpoints;
        for (const auto& entry : found) endpoints.emplace_back(entry.endpoint());
        self->connect_to(std::move(endpoints));
      });
}

void Link::connect_to(Endpoints endpoints) {
  if (!ended_) return;
  const auto all = std::make_shared<Endpoints>(std::move(endpoints));
  asio::async_connect(
      socket_, *all,
      [self = shared_from_this(), all](asio::error_code error, const asio::generic::stream_protocol::endpoint&) {
        error ? self->end(error) : self->established();
      });
}

void Link::established() {
  if (!ended_) return;
  deadline_.cancel();
  const int file = socket_.native_handle(), on = 1;
  // On a Unix socket these have no meaning, and no harm.
  ::setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(file, IPPROTO_TCP, TCP_USER_TIMEOUT, &half_open_milliseconds, sizeof half_open_milliseconds);
  socket_.async_wait(asio::socket_base::wait_read, [self = shared_from_this()](asio::error_code error) {
    if (error) return self->end(error);
    char byte;
    self->socket_.receive(asio::buffer(&byte, 1), 0, error);
    self->end(error ? error : asio::error::connection_aborted);
  });
  connected_();
}

void Link::write(std::string_view bytes, std::function<void()> written) {
  asio::async_write(socket_, asio::buffer(bytes.data(), bytes.size()),
                    [self = shared_from_this(), written = std::move(written)](asio::error_code error, std::size_t) {
                      if (error) return self->end(error);
                      if (self->ended_) written();
                    });
}

bool Link::has_unsent() noexcept {
  int bytes = 0;
  return ::ioctl(socket_.native_handle(), SIOCOUTQ, &bytes) == 0 && bytes > 0;
}

void Link::finish() noexcept {
  asio::error_code ignored;
  socket_.shutdown(asio::socket_base::shutdown_send, ignored);
}

void Link::close() noexcept {
  ended_ = nullptr;
  asio::error_code ignored;
  socket_.close(ignored);
  resolver_.cancel();
  deadline_.cancel();
}

void Link::end(asio::error_code error) {
  if (!ended_) return;
  const auto ended = std::exchange(ended_, nullptr);
  close();
  ended(error);
}

}  // namespace psherald::forward
