#include "psherald/ingestor.hpp"

#include <algorithm>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <atomic>
#include <chrono>
#include <deque>
#include <optional>
#include <unordered_map>

#include "ingest/connection.hpp"
#include "net/http_front.hpp"
#include "net/listener.hpp"
#include "net/sniff.hpp"
#include "net/tls.hpp"

namespace psherald {
namespace {

constexpr std::size_t read_bytes = 256u << 10;  // some 300 records a turn
constexpr std::chrono::milliseconds pause_step{2}, drain_step{50}, longest_drain{1'000};

struct Paused {
  std::shared_ptr<Connection> connection;
  std::chrono::steady_clock::time_point since;
};

}  // namespace

struct Ingestor::Impl : std::enable_shared_from_this<Impl> {
  Impl(asio::io_context& context, Sink& to, Options with)
      : io{context},
        sink{to},
        options{std::move(with)},
        sniffer{[this](net::StreamSocket socket, net::Peer peer, unsigned char first_byte) {
                  welcome(std::move(socket), std::move(peer), first_byte);
                },
                [this](const Fault& fault) { intake.report(fault); }},
        pause_timer{context},
        drain_timer{context} {
    if (options.http)
      front.emplace(context, options.http, options.http_limits, [this](const Fault& fault) { report(fault); });
    if (!options.tls.certificate_file.empty())
      tls.emplace(
          options.tls, [this](net::StreamSocket socket, net::Peer peer) { await(std::move(socket), std::move(peer)); },
          [this](const Fault& fault) { intake.report(fault); });
    intake.buffer.resize(read_bytes);
    intake.frames.max_frame_bytes = options.max_frame_bytes;
    intake.pause = [this](const std::shared_ptr<Connection>& connection) { return pause(connection); };
    intake.deliver = [this](RecordBatch batch) { deliver(std::move(batch)); };
    intake.report = [this](const Fault& fault) {
      ++faults;
      report(fault);
    };
    intake.count_bytes = [this](std::size_t size) { bytes += size; };
  }

  void listen() {
    // Weak, or the listener would keep alive what owns it.
    const auto weak = weak_from_this();
    listener.emplace(
        io, options.listen, options.inherited,
        [weak](net::StreamSocket socket, net::Peer peer) {
          if (const auto self = weak.lock()) self->accept(std::move(socket), std::move(peer));
        },
        [weak](const Fault& fault) {
          if (const auto self = weak.lock()) self->report(fault);
        });
    endpoints = listener->endpoints();
    port = listener->port();
  }

  void accept(net::StreamSocket socket, net::Peer peer) {
    ++accepted;
    await(std::move(socket), std::move(peer));
  }

  void await(net::StreamSocket socket, net::Peer peer) {
    if (connections.size() + sniffer.size() >= max_peers() && !make_room()) return refuse_more(peer);
    sniffer.add(std::move(socket), std::move(peer));
  }

  // As long as nobody knows what it speaks, a peer may take a place of either kind.
  std::size_t max_peers() const { return options.max_connections + (front ? options.http_limits.max_connections : 0); }

  bool make_room() {
    const auto oldest = sniffer.close_oldest();
    if (oldest)
      intake.report({Errc::peer_lost, *oldest + ": closed, because it said nothing for longest of " +
                                          std::to_string(max_peers()) + " peers"});
    return oldest.has_value();
  }

  void refuse_more(const net::Peer& peer) {
    intake.report({Errc::peer_lost, peer.name + ": closed, because " + std::to_string(options.max_connections) +
                                        " connections are open"});
  }

  void welcome(net::StreamSocket socket, net::Peer peer, unsigned char first_byte) {
    const auto longest_frame = std::max(intake.frames.max_frame_bytes, intake.frames.max_skipped_bytes);
    const net::Speech speech = net::speech_of(first_byte, longest_frame);
    if (speech == net::Speech::frames) return connect(std::move(socket), std::move(peer));
    if (speech == net::Speech::http && front) return front->accept(std::move(socket), std::move(peer));
    if (speech == net::Speech::tls && tls && !peer.encrypted) return tls->accept(std::move(socket), std::move(peer));
    refuse(std::move(socket), peer, speech);
  }

  void connect(net::StreamSocket socket, net::Peer peer) {
    if (connections.size() >= options.max_connections) return refuse_more(peer);
    auto connection = std::make_shared<Connection>(std::move(socket), std::move(peer.name), intake,
                                                   [this](Connection& closed) { forget(closed); });
    connections.emplace(connection.get(), connection);
    ++open;
    connection->start();
  }

  // What it said is kept, as that of a frame that does not decode.
  void refuse(net::StreamSocket socket, const net::Peer& peer, net::Speech speech) {
    const std::string reason = speech == net::Speech::http  ? "HTTP is not taken here"
                               : speech == net::Speech::tls ? "TLS is not taken here"
                                                            : "the first byte begins nothing that is taken here";
    asio::error_code ignored;
    const std::size_t size = socket.read_some(asio::buffer(intake.buffer.data(), intake.frames.kept_bytes), ignored);
    RecordBatch batch;
    batch.append(DeadLetter{now(), reason, peer.name, {intake.buffer.data(), size}});
    deliver(std::move(batch));
    intake.report({Errc::bad_frame, peer.name + ": " + reason});
  }

  void forget(Connection& closed) {
    connections.erase(&closed);
    --open;
  }

  bool pause(const std::shared_ptr<Connection>& connection) {
    if (sink.has_room()) return false;
    if (paused.empty()) wait_for_room();
    paused.push_back({connection, std::chrono::steady_clock::now()});
    return true;
  }

  void wait_for_room() {
    pause_timer.expires_after(pause_step);
    pause_timer.async_wait([self = shared_from_this()](asio::error_code error) {
      if (!error) self->resume_paused();
    });
  }

  // In the order in which they came, while there is room or their patience is at its end.
  void resume_paused() {
    const auto late = std::chrono::steady_clock::now() - options.patience;
    while (!paused.empty() && (sink.has_room() || paused.front().since <= late)) {
      const auto connection = std::move(paused.front().connection);
      paused.pop_front();
      connection->resume();
    }
    if (!paused.empty()) wait_for_room();
  }

  void deliver(RecordBatch batch) {
    const std::size_t count = batch.size();
    records += count;
    // Keeps `io` running, and this object alive, until the sink has answered.
    auto done = [self = shared_from_this(), count, work = asio::make_work_guard(io)](const Result<Appended>& appended) {
      if (appended) return;
      self->dropped += count;
      asio::post(self->io, [self, count, fault = appended.error()] {
        self->report({fault.code, std::to_string(count) + " records dropped: " + fault.text});
      });
    };
    try {
      sink.write(std::move(batch), done);
    } catch (const std::exception& error) {
      done(Fault{Errc::store_io, error.what()});
    }
  }

  void report(const Fault& fault) {
    if (options.on_fault) options.on_fault(fault);
  }

  void stop() {
    if (!listener || end_of_drain) return;
    listener->leave_inherited();
    end_of_drain = std::chrono::steady_clock::now() + longest_drain;
    if (front) front->stop();
    wait_for_quiet();
  }

  // What a peer has sent may still lie in its own buffers, and comes as ours get empty; on a busy machine its
  // connection itself may be on the way. So all goes on until nothing has come for a moment, and whoever never ends is
  // cut off.
  void wait_for_quiet() {
    accepted_before = accepted;
    drain_timer.expires_after(drain_step);
    drain_timer.async_wait([self = shared_from_this()](asio::error_code error) {
      if (!error) self->close_quiet();
    });
  }

  void close_quiet() {
    const bool late = std::chrono::steady_clock::now() >= end_of_drain;
    if (late) listener->drain();
    const auto all = connections;  // each takes itself out of the list
    for (const auto& [key, connection] : all)
      if (connection->take_quiet() || late) connection->close();
    if (late && tls) tls->stop();
    late ? sniffer.close() : sniffer.close_quiet();
    if (!late && (!connections.empty() || sniffer.size() > 0 || accepted != accepted_before)) return wait_for_quiet();
    listener.reset();
    if (tls) tls->stop();
  }

  // Without a stop before: what has not been read is lost, and no handler finds this object again.
  void abandon() {
    listener.reset();
    sniffer.close();
    tls.reset();
    front.reset();
    for (const auto& [key, connection] : connections) connection->abandon();
    connections.clear();
    paused.clear();
    pause_timer.cancel();
    drain_timer.cancel();
  }

  asio::io_context& io;
  Sink& sink;
  const Options options;
  Intake intake{};
  net::Sniffer sniffer;
  std::optional<net::HttpFront> front;  // where HTTP is taken
  std::optional<net::TlsFront> tls;     // where TLS is taken
  std::unordered_map<Connection*, std::shared_ptr<Connection>> connections;
  asio::steady_timer pause_timer, drain_timer;
  std::optional<std::chrono::steady_clock::time_point> end_of_drain;
  std::uint64_t accepted_before = 0;
  std::deque<Paused> paused;  // connections that have something to read, while the sink has no room
  std::optional<net::Listener> listener;
  std::vector<std::string> endpoints;
  std::uint16_t port = 0;
  std::atomic<std::uint64_t> accepted = 0, open = 0, records = 0, dropped = 0, faults = 0, bytes = 0;
};

Ingestor::Ingestor(asio::io_context& io, Sink& sink, Options options)
    : impl_{std::make_shared<Impl>(io, sink, std::move(options))} {
  impl_->listen();
}

Ingestor::~Ingestor() { impl_->abandon(); }

std::vector<std::string> Ingestor::endpoints() const { return impl_->endpoints; }
std::uint16_t Ingestor::port() const noexcept { return impl_->port; }

void Ingestor::reload_tls() {
  if (impl_->tls) impl_->tls->reload();
}

void Ingestor::stop() {
  asio::post(impl_->io, [impl = impl_] { impl->stop(); });
}

Ingestor::Stats Ingestor::stats() const noexcept {
  const auto http = impl_->front ? impl_->front->stats() : net::HttpFront::Stats{};
  return {impl_->accepted, impl_->open + http.open,      impl_->records,
          impl_->dropped,  impl_->faults + http.refused, impl_->bytes,
          http.requests};
}

}  // namespace psherald
