#pragma once

#include <array>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "net/http_head.hpp"
#include "net/listener.hpp"
#include "psherald/web.hpp"

namespace psherald::net {

/// A whole request as it was sent.
struct RawRequest {
  HttpHead head;
  std::string body;
  Peer peer;
  std::stop_token cancel{};
};

class HttpSession;

/// What the sessions of one server share.
struct HttpService {
  std::size_t max_header_bytes;
  HeadLimits head;
  std::chrono::milliseconds request_deadline, idle_timeout;
  /// A whole request is there; answer() is called once for it, on `io`, now or later.
  std::function<void(RawRequest, const std::shared_ptr<HttpSession>&)> on_request;
  /// The next piece of a body is wanted; piece() is called once for it, on `io`, now or later.
  std::function<void(const std::shared_ptr<HttpBody>&, const std::shared_ptr<HttpSession>&)> on_piece_wanted;
  /// Whether a body may take so many bytes more. Other sessions may be closed for it.
  std::function<bool(HttpSession&, std::size_t more)> on_room_wanted;
  std::function<void(const Fault&)> on_refused;  ///< A request was not taken, or did not come to its end.
  std::function<void(HttpSession&)> on_closed;   ///< Not called after abandon().
};

/// One connection of a browser: gathers whole requests, one after another, under limits and deadlines, and writes the
/// answers. A client that is slow, stuck or wrong costs this object and its few kilobytes until its deadline, and never
/// a thread. Threads: `io` only.
class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  /// `service` outlives the session.
  HttpSession(StreamSocket socket, Peer peer, const HttpService& service);

  void start();
  void answer(HttpResponse response);
  /// The next piece of the body, an empty one at its end; nothing when there will be none.
  void piece(std::optional<std::string> piece);
  void stop();              ///< Answers the requests that have arrived, then closes. Breaks a body in pieces off.
  void close();             ///< Closes now.
  void abandon() noexcept;  ///< Closes now and tells nobody.

  const std::string& peer() const noexcept { return peer_.name; }
  /// Since when it waits for a whole request, or for the end of its connection. Nothing while a request is answered.
  std::optional<std::chrono::steady_clock::time_point> waiting_since() const noexcept;
  /// Of a request that is on its way.
  std::size_t gathered_bytes() const noexcept { return state_ == State::reading ? received_.size() : 0; }
  /// Of an answer that its client has not read to the end.
  std::size_t unsent_bytes() const noexcept { return body_.size(); }
  bool streams() const noexcept { return stream_ != nullptr; }

 private:
  enum class State { reading, answering, writing, streaming, lingering, closed };

  void begin_request();
  void read_more();
  void read_long_body();
  void read_what_is_there();
  void received(std::size_t size);
  void advance();
  bool take_head();
  std::string take_body(std::size_t size);
  void send_continue();
  void refuse(const HttpRefusal& refusal);
  void write();
  void written();
  void want_piece();
  void watch_for_leaving();
  void watch_for_the_end();
  void linger();
  void arm(std::chrono::milliseconds time);
  void on_deadline();

  StreamSocket socket_;
  const Peer peer_;
  const HttpService& service_;
  asio::steady_timer deadline_;
  State state_ = State::reading;
  bool stopping_ = false, keep_alive_ = true, takes_chunks_ = true, head_only_ = false, begun_ = false;
  bool watched_ = false;      // there is a wait for what the client does while its request is answered
  std::stop_source leaving_;  // of the request that is being answered
  std::chrono::steady_clock::time_point waiting_since_{};
  std::chrono::steady_clock::time_point end_ = std::chrono::steady_clock::time_point::max();  // of all deadlines
  std::array<char, 8192> chunk_{};
  std::string received_;  // not yet handed over: the rest of one request, and what a client sent ahead
  std::size_t searched_ = 0;
  std::optional<HttpHead> head_;
  std::string out_;   // being written now
  std::string body_;  // what follows it, from body_written_ on
  std::size_t body_written_ = 0;
  std::shared_ptr<HttpBody> stream_;  // what comes in pieces instead
};

}  // namespace psherald::net
