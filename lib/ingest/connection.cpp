#include "ingest/connection.hpp"

#include <algorithm>
#include <asio/buffer.hpp>
#include <utility>

namespace psherald {
namespace {

// Frames that are only begun cost memory: so much for all connections together, whoever they are.
constexpr std::size_t max_pending_bytes = 64u << 20;

}  // namespace

Connection::Connection(net::StreamSocket socket, std::string peer, Intake& intake, OnClosed on_closed)
    : socket_{std::move(socket)},
      peer_{std::move(peer)},
      intake_{intake},
      on_closed_{std::move(on_closed)},
      reader_{intake.frames} {}

void Connection::start() {
  asio::error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(asio::socket_base::keep_alive{true}, ignored);  // a peer that lost its power is noticed in the end
  wait();
}

void Connection::wait() {
  socket_.async_wait(asio::socket_base::wait_read, [self = shared_from_this()](asio::error_code error) {
    if (!error && self->socket_.is_open() && !self->intake_.pause(self)) self->resume();
  });
}

void Connection::resume() {
  if (!socket_.is_open()) return;
  // One buffer a turn: a peer that floods does not keep the others waiting.
  const bool more = read(std::min(intake_.buffer.size(), left_));
  deliver();
  if (more && left_ > 0) {
    wait();
  } else {
    close();
  }
}

void Connection::drain() {
  asio::error_code error;
  left_ = socket_.available(error);
  if (left_ == 0) close();  // else it is readable, or paused, and gets its turns
}

void Connection::abandon() noexcept {
  asio::error_code ignored;
  socket_.close(ignored);
}

// False when the connection is over.
bool Connection::read(std::size_t at_most) {
  asio::error_code error;
  const std::size_t size = socket_.read_some(asio::buffer(intake_.buffer.data(), at_most), error);
  if (error == asio::error::would_block) return true;
  if (error) {
    if (error != asio::error::eof) intake_.report({Errc::peer_lost, peer_ + ": " + error.message()});
    return false;
  }
  left_ -= size;
  intake_.count_bytes(size);
  const std::size_t before = reader_.pending_bytes();
  const bool intact = reader_.feed(
      {intake_.buffer.data(), size}, [this](std::string_view frame) { on_frame(frame); },
      [this](const FrameReader::Rejected& rejected) { refuse(rejected.fault, rejected.bytes); });
  intake_.pending_bytes += reader_.pending_bytes() - before;
  if (!intact) return false;
  if (intake_.pending_bytes > max_pending_bytes && reader_.pending_bytes() > before) {
    intake_.report({Errc::peer_lost, peer_ + ": closed, because unfinished frames hold " +
                                         std::to_string(intake_.pending_bytes) + " bytes"});
    return false;
  }
  return true;
}

void Connection::on_frame(std::string_view frame) {
  if (const auto decoded = intake_.decoder.decode(frame, batch_)) {
    batch_.records().back().received = now();
  } else {
    refuse(decoded.error(), frame.substr(0, intake_.frames.kept_bytes));
  }
}

void Connection::refuse(const Fault& fault, std::string_view bytes) {
  batch_.append(DeadLetter{now(), fault.text, peer_, bytes});
  intake_.report({fault.code, peer_ + ": " + fault.text});
}

void Connection::deliver() {
  if (!batch_.empty()) intake_.deliver(std::exchange(batch_, {}));
}

void Connection::close() {
  intake_.pending_bytes -= reader_.pending_bytes();
  reader_.finish([this](const FrameReader::Rejected& rejected) { refuse(rejected.fault, rejected.bytes); });
  deliver();
  asio::error_code ignored;
  socket_.close(ignored);
  on_closed_(*this);
}

}  // namespace psherald
