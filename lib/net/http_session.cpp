#include "net/http_session.hpp"

#include <algorithm>
#include <asio/buffer.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/write.hpp>
#include <utility>

#include "net/http_message.hpp"

namespace psherald::net {
namespace {

using Clock = std::chrono::steady_clock;

// A reader has to take one piece within the idle timeout: that is the slowest that is waited for.
constexpr std::size_t piece_bytes = 64u << 10;
// A body is made room for in such steps.
constexpr std::size_t least_growth = 64u << 10, most_growth = 1u << 20;
// How long the end of a refused request is thrown away, so that the client reads the answer instead of a reset.
constexpr std::chrono::milliseconds linger_time{1'000};
// An answer that takes longer is worth a look at whether somebody still waits for it.
constexpr std::chrono::milliseconds quick_answer{50};

// Some clients end a body with one. Source: RFC 9112, 2.2.
std::size_t empty_lines(std::string_view text) {
  std::size_t size = 0;
  while (text.substr(size, 2) == "\r\n") size += 2;
  return size;
}

}  // namespace

HttpSession::HttpSession(StreamSocket socket, Peer peer, const HttpService& service)
    : socket_{std::move(socket)}, peer_{std::move(peer)}, service_{service}, deadline_{socket_.get_executor()} {}

void HttpSession::start() {
  asio::error_code ignored;  // a Unix socket has no such option
  socket_.set_option(asio::ip::tcp::no_delay{true}, ignored);
  begin_request();
}

void HttpSession::begin_request() {
  state_ = State::reading;
  searched_ = 0;
  begun_ = false;
  waiting_since_ = Clock::now();
  arm(service_.idle_timeout);
  advance();
}

void HttpSession::read_more() {
  if (!begun_ && (head_ || !received_.empty())) {
    begun_ = true;
    arm(service_.request_deadline);
  }
  if (stopping_) {
    asio::post(socket_.get_executor(), [self = shared_from_this()] { self->read_what_is_there(); });
    return;
  }
  if (head_ && head_->body_bytes > received_.size() + chunk_.size()) return read_long_body();
  socket_.async_read_some(asio::buffer(chunk_), [self = shared_from_this()](asio::error_code error, std::size_t size) {
    if (self->state_ != State::reading) return;
    if (!error) return self->received(size);
    if (error == asio::error::operation_aborted && self->stopping_) return self->read_what_is_there();
    self->close();
  });
}

// To its place, much at a time. It grows with what comes: who announces megabytes and sends none costs none.
void HttpSession::read_long_body() {
  const std::size_t there = received_.size();
  const std::size_t size = std::min(head_->body_bytes, there + std::clamp(there, least_growth, most_growth));
  if (!service_.on_room_wanted(*this, size - there))
    return refuse({503, "Too many long requests are on their way or wait for their answer. Try again in a moment."});
  received_.resize(size);
  socket_.async_read_some(asio::buffer(received_.data() + there, received_.size() - there),
                          [self = shared_from_this(), there](asio::error_code error, std::size_t size) {
                            if (self->state_ != State::reading) return;
                            self->received_.resize(there + size);
                            if (!error) return self->advance();
                            if (error == asio::error::operation_aborted && self->stopping_)
                              return self->read_what_is_there();
                            self->close();
                          });
}

void HttpSession::read_what_is_there() {
  if (state_ != State::reading) return;
  asio::error_code error;
  const std::size_t there = socket_.available(error);
  if (error || there == 0) return close();
  const std::size_t size = socket_.read_some(asio::buffer(chunk_, there), error);
  if (error) return close();
  received(size);
}

void HttpSession::received(std::size_t size) {
  received_.append(chunk_.data(), size);
  advance();
}

// Hands over the next request, or waits for the rest of it.
void HttpSession::advance() {
  if (!head_ && !take_head()) return;
  if (received_.size() < head_->body_bytes)
    return std::exchange(head_->expects_continue, false) ? send_continue() : read_more();

  state_ = State::answering;
  arm(quick_answer);
  leaving_ = std::stop_source{};
  RawRequest request{std::move(*head_), take_body(head_->body_bytes), peer_, leaving_.get_token()};
  head_.reset();
  keep_alive_ = request.head.keep_alive;
  takes_chunks_ = request.head.takes_chunks;
  head_only_ = request.head.method == "HEAD";
  service_.on_request(std::move(request), shared_from_this());
}

// Its buffer goes with it: an idle connection keeps only what was sent ahead.
std::string HttpSession::take_body(std::size_t size) {
  auto ahead = received_.substr(size);
  auto body = std::exchange(received_, std::move(ahead));
  body.resize(size);
  return body;
}

// False when there is no whole head yet, or none that can be taken.
bool HttpSession::take_head() {
  received_.erase(0, empty_lines(received_));
  const auto end = find_head_end(received_, searched_);
  searched_ = received_.size();
  if (end ? *end > service_.max_header_bytes : received_.size() > service_.max_header_bytes) {
    refuse({431,
            "The head of the request is above the limit of " + std::to_string(service_.max_header_bytes) + " bytes."});
    return false;
  }
  if (!end) {
    read_more();
    return false;
  }
  auto parsed = parse_head(std::string_view{received_}.substr(0, *end), service_.head);
  if (const auto* refusal = std::get_if<HttpRefusal>(&parsed)) {
    refuse(*refusal);
    return false;
  }
  head_ = std::get<HttpHead>(std::move(parsed));
  received_.erase(0, *end);
  return true;
}

void HttpSession::send_continue() {
  asio::async_write(socket_, asio::buffer(std::string_view{"HTTP/1.1 100 Continue\r\n\r\n"}),
                    [self = shared_from_this()](asio::error_code error, std::size_t) {
                      if (self->state_ != State::reading) return;
                      error ? self->close() : self->read_more();
                    });
}

void HttpSession::refuse(const HttpRefusal& refusal) {
  service_.on_refused({Errc::bad_frame, peer_.name + ": " + refusal.text});
  state_ = State::answering;
  keep_alive_ = false;
  answer(plain_response(refusal.status, refusal.text));
}

void HttpSession::answer(HttpResponse response) {
  if (state_ != State::answering) return;
  const bool with_body = !head_only_ && has_body(response.status);
  if (response.stream && with_body) keep_alive_ = false;
  out_ = serialize_head(response, keep_alive_, takes_chunks_);
  if (response.stream && with_body) {
    stream_ = std::move(response.stream);
    watch_for_the_end();
    return write();
  }
  body_ = with_body ? std::move(response.body) : std::string{};
  body_written_ = std::min(body_.size(), piece_bytes);
  out_.append(body_, 0, body_written_);
  write();
}

void HttpSession::write() {
  state_ = State::writing;
  arm(service_.idle_timeout);
  asio::async_write(socket_, asio::buffer(out_), [self = shared_from_this()](asio::error_code error, std::size_t) {
    if (self->state_ != State::writing) return;
    if (error) return self->close();
    self->written();
  });
}

void HttpSession::written() {
  if (body_written_ < body_.size()) {
    out_.assign(body_, body_written_, piece_bytes);
    body_written_ += out_.size();
    return write();
  }
  std::string{}.swap(body_);
  if (stream_) return want_piece();
  keep_alive_ ? begin_request() : linger();
}

void HttpSession::want_piece() {
  if (stopping_) return close();
  state_ = State::streaming;
  deadline_.cancel();
  std::string{}.swap(out_);
  service_.on_piece_wanted(stream_, shared_from_this());
}

void HttpSession::piece(std::optional<std::string> piece) {
  if (state_ != State::streaming) return;
  if (!piece) return close();
  const bool last = piece->empty();
  out_ = takes_chunks_ ? as_chunk(*piece) : std::move(*piece);
  if (last) {
    stream_.reset();
    asio::error_code ignored;
    socket_.cancel(ignored);  // the watch for the end
  }
  write();
}

// Who only ends what it sends may still read an answer that was cut short. What is sent ahead is read later, and ends
// the watch.
void HttpSession::watch_for_leaving() {
  if (std::exchange(watched_, true)) return;
  socket_.async_wait(StreamSocket::wait_read, [self = shared_from_this()](asio::error_code error) {
    self->watched_ = false;
    if (error || self->state_ != State::answering) return;
    if (self->socket_.available(error) == 0) self->leaving_.request_stop();
  });
}

// A client that leaves is to be known before there is something to write to it. What it says meanwhile is nothing: the
// connection ends with the body.
void HttpSession::watch_for_the_end() {
  socket_.async_read_some(asio::buffer(chunk_), [self = shared_from_this()](asio::error_code error, std::size_t) {
    if (!self->stream_ || self->state_ == State::closed) return;
    error ? self->close() : self->watch_for_the_end();
  });
}

void HttpSession::linger() {
  if (state_ != State::lingering) arm(linger_time);
  state_ = State::lingering;
  asio::error_code ignored;
  socket_.shutdown(StreamSocket::shutdown_send, ignored);
  socket_.async_read_some(asio::buffer(chunk_), [self = shared_from_this()](asio::error_code error, std::size_t) {
    if (self->state_ != State::lingering) return;
    error ? self->close() : self->linger();
  });
}

void HttpSession::stop() {
  stopping_ = true;
  end_ = Clock::now() + service_.idle_timeout;  // however slowly the rest is read
  asio::error_code ignored;
  if (state_ == State::reading || state_ == State::streaming) socket_.cancel(ignored);
}

std::optional<Clock::time_point> HttpSession::waiting_since() const noexcept {
  if (state_ != State::reading && state_ != State::lingering) return {};
  return waiting_since_;
}

void HttpSession::abandon() noexcept {
  state_ = State::closed;
  stream_.reset();
  asio::error_code ignored;
  socket_.close(ignored);
  deadline_.cancel();
}

void HttpSession::close() {
  if (state_ == State::closed) return;
  const auto self = shared_from_this();  // on_closed lets go of it
  abandon();
  service_.on_closed(*this);
}

void HttpSession::arm(std::chrono::milliseconds time) {
  deadline_.expires_at(std::min(Clock::now() + time, end_));
  deadline_.async_wait([self = shared_from_this()](asio::error_code error) {
    // It may have been set anew while this handler was already on its way.
    if (!error && self->deadline_.expiry() <= Clock::now()) self->on_deadline();
  });
}

void HttpSession::on_deadline() {
  if (state_ == State::reading && begun_) {
    asio::error_code ignored;
    socket_.cancel(ignored);
    return refuse({408, "The request did not come to its end in time."});
  }
  if (state_ == State::writing)
    service_.on_refused({Errc::peer_lost, peer_.name + ": did not read its answer in time"});
  if (state_ == State::answering) return watch_for_leaving();
  if (state_ != State::streaming) close();
}

}  // namespace psherald::net
