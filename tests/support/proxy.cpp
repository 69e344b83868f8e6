#include "support/proxy.hpp"

#include <algorithm>
#include <array>
#include <asio/connect.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/write.hpp>
#include <atomic>
#include <random>
#include <thread>
#include <utility>
#include <vector>

namespace psherald::testing {
namespace {

using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

tcp::endpoint endpoint_of(const std::string& text) {
  const auto colon = text.rfind(':');
  return {asio::ip::make_address(text.substr(0, colon)),
          static_cast<std::uint16_t>(std::stoul(text.substr(colon + 1)))};
}

std::string text_of(const tcp::endpoint& endpoint) {
  return endpoint.address().to_string() + ':' + std::to_string(endpoint.port());
}

void close_with(tcp::socket& socket, Proxy::End end) {
  asio::error_code ignored;
  if (end == Proxy::End::reset) socket.set_option(asio::socket_base::linger{true, 0}, ignored);
  socket.close(ignored);
}

}  // namespace

class ProxiedConnection : public std::enable_shared_from_this<ProxiedConnection> {
 public:
  ProxiedConnection(tcp::socket client, Proxy::Fate fate, std::atomic<int>& ended)
      : fate_{fate},
        ended_{ended},
        client_{std::move(client)},
        peer_{client_.get_executor()},
        requests_{client_, peer_, fate.request_bytes, fate.never_read},
        replies_{peer_, client_, fate.reply_bytes, false} {}

  void start(const tcp::endpoint& target) {
    if (fate_.never_read) return;
    peer_.async_connect(target, [self = shared_from_this()](asio::error_code error) {
      if (error) return self->end(Proxy::End::close);
      asio::error_code ignored;
      self->client_.set_option(tcp::no_delay{true}, ignored);
      self->peer_.set_option(tcp::no_delay{true}, ignored);
      self->read(self->requests_);
      self->read(self->replies_);
    });
  }

  void end(Proxy::End end) {
    if (end == Proxy::End::silence) {
      silent_ = true;
      return;
    }
    close_with(client_, end);
    close_with(peer_, end);
    requests_.timer.cancel();
    replies_.timer.cancel();
  }

  bool is_open() const { return client_.is_open(); }

 private:
  struct Direction {
    Direction(tcp::socket& from_socket, tcp::socket& to_socket, std::optional<std::uint64_t> most, bool dead)
        : from{from_socket}, to{to_socket}, timer{from_socket.get_executor()}, left{most}, is_dead{dead} {}
    tcp::socket &from, &to;
    asio::steady_timer timer;
    std::optional<std::uint64_t> left;
    bool is_dead;
    std::array<char, 16 * 1024> bytes{};
  };

  void read(Direction& way) {
    way.from.async_read_some(piece(way), [self = shared_from_this(), &way](asio::error_code error, std::size_t size) {
      if (error) return self->finish(way, error);
      self->pass_on(way, size);
    });
  }

  // With a bound on the speed, a tenth of a second's worth.
  asio::mutable_buffer piece(Direction& way) const {
    auto size = way.bytes.size();
    if (fate_.bytes_a_second > 0) size = std::clamp<std::size_t>(fate_.bytes_a_second / 10, 1, size);
    return asio::buffer(way.bytes.data(), size);
  }

  void pass_on(Direction& way, std::size_t size) {
    if (silent_ || (fate_.drop_replies && &way == &replies_)) return read(way);
    if (&way == &replies_ && fate_.answered_bytes && asked_ > *fate_.answered_bytes) return come_to_the_end(way);
    if (&way == &requests_) asked_ += size;
    const auto wanted = way.left ? std::min<std::uint64_t>(*way.left, size) : size;
    const bool is_end = wanted < size;
    if (way.left) *way.left -= wanted;
    auto wait = Clock::duration{fate_.delay};
    if (fate_.bytes_a_second > 0)
      wait += std::chrono::microseconds{1'000'000 * static_cast<std::int64_t>(wanted) /
                                        static_cast<std::int64_t>(fate_.bytes_a_second)};
    if (wait == Clock::duration{}) return write(way, wanted, is_end);
    way.timer.expires_after(wait);
    way.timer.async_wait([self = shared_from_this(), &way, wanted, is_end](asio::error_code error) {
      if (!error) self->write(way, wanted, is_end);
    });
  }

  void write(Direction& way, std::size_t size, bool is_end) {
    asio::async_write(way.to, asio::buffer(way.bytes.data(), size),
                      [self = shared_from_this(), &way, is_end](asio::error_code error, std::size_t) {
                        if (error) return self->end(Proxy::End::close);
                        is_end ? self->come_to_the_end(way) : self->read(way);
                      });
  }

  void come_to_the_end(Direction& way) {
    ++ended_;
    end(fate_.end);
    if (silent_) read(way);
  }

  // One side has finished: the other one may have something to say still.
  void finish(Direction& way, asio::error_code error) {
    if (error != asio::error::eof)
      return end(error == asio::error::connection_reset ? Proxy::End::reset : Proxy::End::close);
    asio::error_code ignored;
    if (!silent_) way.to.shutdown(tcp::socket::shutdown_send, ignored);
    if (std::exchange(one_finished_, true)) end(Proxy::End::close);
  }

  const Proxy::Fate fate_;
  std::atomic<int>& ended_;
  tcp::socket client_, peer_;
  Direction requests_, replies_;
  std::uint64_t asked_ = 0;
  bool silent_ = false, one_finished_ = false;
};

struct Proxy::Impl {
  Impl(std::string to, Script with)
      : acceptor{io, tcp::endpoint{asio::ip::address_v4::loopback(), 0}},
        endpoint{text_of(acceptor.local_endpoint())},
        target{std::move(to)},
        script{std::move(with)} {
    accept();
    thread = std::thread{[this] { io.run(); }};
  }
  ~Impl() {
    asio::post(io, [this] {
      closing = true;
      asio::error_code ignored;
      acceptor.close(ignored);
      end_all(End::close);
    });
    thread.join();
  }

  void accept() {
    acceptor.async_accept([this](asio::error_code error, tcp::socket client) {
      if (error || closing) return;
      std::erase_if(open, [](const auto& one) { return one.expired() || !one.lock()->is_open(); });
      const auto fate = script ? script(accepted) : Fate{};
      ++accepted;
      const auto connection = std::make_shared<ProxiedConnection>(std::move(client), fate, ended);
      open.push_back(connection);
      if (fate.never_read) unread.push_back(connection);
      connection->start(endpoint_of(target));
      accept();
    });
  }

  void end_all(End end) {
    for (const auto& one : open)
      if (const auto connection = one.lock()) connection->end(end);
    open.clear();
    unread.clear();
  }

  asio::io_context io{1};
  tcp::acceptor acceptor;
  const std::string endpoint;
  std::string target;
  Script script;
  std::vector<std::weak_ptr<ProxiedConnection>> open;
  std::vector<std::shared_ptr<ProxiedConnection>> unread;  // no handler keeps these
  bool closing = false;
  std::atomic<int> accepted = 0, ended = 0;
  std::thread thread;  // last: it uses all of the above
};

Proxy::Proxy(std::string target, Script script) : impl_{std::make_unique<Impl>(std::move(target), std::move(script))} {}
Proxy::~Proxy() = default;

std::string Proxy::endpoint() const { return impl_->endpoint; }
void Proxy::aim_at(std::string target) {
  asio::post(impl_->io, [this, target = std::move(target)] { impl_->target = target; });
}
void Proxy::follow(Script script) {
  asio::post(impl_->io, [this, script = std::move(script)] { impl_->script = script; });
}
void Proxy::end_all(End end) {
  asio::post(impl_->io, [this, end] { impl_->end_all(end); });
}
int Proxy::connections() const noexcept { return impl_->accepted; }
int Proxy::ended() const noexcept { return impl_->ended; }

Proxy::Script cut_anywhere(std::uint64_t seed, std::uint64_t most_request_bytes, std::uint64_t most_reply_bytes) {
  return [random = std::mt19937_64{seed}, most_request_bytes, most_reply_bytes](int) mutable {
    // Its own arithmetic: distributions differ between libraries.
    Proxy::Fate fate;
    const bool of_request = random() % 2 == 0;
    (of_request ? fate.request_bytes : fate.reply_bytes) =
        random() % ((of_request ? most_request_bytes : most_reply_bytes) + 1);
    fate.end = random() % 2 == 0 ? Proxy::End::close : Proxy::End::reset;
    return fate;
  };
}

}  // namespace psherald::testing
