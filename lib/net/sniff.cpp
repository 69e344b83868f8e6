#include "net/sniff.hpp"

#include <asio/buffer.hpp>
#include <string_view>
#include <utility>

namespace psherald::net {

Speech speech_of(unsigned char first_byte, std::size_t longest_frame) noexcept {
  constexpr std::string_view methods = "GPHOD";  // GET, POST PUT PATCH, HEAD, OPTIONS, DELETE
  constexpr unsigned char tls_handshake = 0x16;
  if (first_byte <= longest_frame >> 24) return Speech::frames;
  if (methods.find(static_cast<char>(first_byte)) != methods.npos) return Speech::http;
  return first_byte == tls_handshake ? Speech::tls : Speech::unknown;
}

struct Sniffer::Silent {
  StreamSocket socket;
  Peer peer;
  bool dropped = false;
  std::list<std::shared_ptr<Silent>>::iterator place{};
};

Sniffer::Sniffer(OnFirstByte on_first_byte, OnFault on_fault)
    : on_first_byte_{std::move(on_first_byte)}, on_fault_{std::move(on_fault)} {}

void Sniffer::add(StreamSocket socket, Peer peer) {
  asio::error_code ignored;
  socket.non_blocking(true, ignored);
  socket.set_option(asio::socket_base::keep_alive{true}, ignored);  // a peer that lost its power is noticed in the end
  const auto silent = std::make_shared<Silent>(Silent{std::move(socket), std::move(peer)});
  silent->place = silent_.insert(silent_.end(), silent);
  wait(silent);
}

void Sniffer::wait(const std::shared_ptr<Silent>& peer) {
  peer->socket.async_wait(asio::socket_base::wait_read, [this, peer](asio::error_code error) {
    if (!error && !peer->dropped) look(peer);
  });
}

void Sniffer::look(const std::shared_ptr<Silent>& peer) {
  unsigned char first_byte = 0;
  asio::error_code error;
  peer->socket.receive(asio::buffer(&first_byte, 1), asio::socket_base::message_peek, error);
  if (error == asio::error::would_block) return wait(peer);
  silent_.erase(peer->place);
  if (!error) return on_first_byte_(std::move(peer->socket), std::move(peer->peer), first_byte);
  drop(*peer);
  if (error != asio::error::eof) on_fault_({Errc::peer_lost, peer->peer.name + ": " + error.message()});
}

std::optional<std::string> Sniffer::close_oldest() {
  if (silent_.empty()) return {};
  const auto oldest = std::move(silent_.front());
  silent_.pop_front();
  drop(*oldest);
  return oldest->peer.name;
}

void Sniffer::close_quiet() {
  std::erase_if(silent_, [](const auto& peer) {
    asio::error_code error;
    if (peer->socket.available(error) > 0 && !error) return false;
    drop(*peer);
    return true;
  });
}

void Sniffer::close() noexcept {
  for (const auto& peer : silent_) drop(*peer);
  silent_.clear();
}

void Sniffer::drop(Silent& peer) noexcept {
  peer.dropped = true;
  asio::error_code ignored;
  peer.socket.close(ignored);
}

}  // namespace psherald::net
