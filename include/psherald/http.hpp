#pragma once

/// Requests and responses, without a socket.

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace psherald {

/// A parsed request. Parameters are decoded: those of the URL, then those of a form body. Of several with one name the
/// order is that in which they came.
struct HttpRequest {
  std::string method = "GET";
  std::string path = "/";
  std::vector<std::pair<std::string, std::string>> parameters{};
  std::vector<std::pair<std::string, std::string>> headers{};
  std::string body{};         ///< Inflated, where it came as gzip; the headers are as they were sent.
  std::string peer{};         ///< "127.0.0.1:40312"
  std::string certificate{};  ///< Subject of the client certificate that was verified; empty: none.
  bool encrypted = false;     ///< It came over TLS.
  bool loopback = true;       ///< The peer is on this machine, by a loopback address or a Unix socket.
  std::stop_token cancel{};   ///< A stop is requested when the client has left before its answer.

  /// The first parameter of that name; nothing when there is none.
  std::optional<std::string_view> parameter(std::string_view name) const noexcept;
  /// The first header of that name, in any case.
  std::optional<std::string_view> header(std::string_view name) const noexcept;
};

/// A body that comes in pieces, for what is long, or goes on for as long as somebody reads it. The server asks for a
/// piece when the client has taken the one before, so nothing gathers for a slow reader. The body is destroyed after
/// its end, or soon after its client has left, on any thread.
class HttpBody {
 public:
  /// Takes one piece: once, now or later, from any thread. An empty piece ends the body; when the last copy goes
  /// without one, the body breaks off, which the client can tell from an end. The io_context of the server outlives it.
  using Give = std::function<void(std::string)>;
  virtual ~HttpBody() = default;
  /// Asks for the next piece, never before the one before was given. Runs on the threads that answer requests: what has
  /// to be waited for is given later. What it throws breaks the body off.
  virtual void next(Give give) = 0;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/html; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers{};
  std::string body{};
  std::shared_ptr<HttpBody> stream{};  ///< Instead of `body`. The connection ends with it.
};

/// Takes the answer to one request: once, now or later, from any thread. What comes after the first is passed over;
/// when the last copy goes without an answer, the client reads 500. It keeps the io_context of its server running,
/// which outlives it.
using HttpRespond = std::function<void(HttpResponse)>;
/// Answers a request. Runs on any of several threads; what it throws is a 500.
using HttpHandler = std::function<void(HttpRequest, HttpRespond)>;

/// A handler for those who answer at once, on the thread that asks; what `answer` throws is a 500 with its reason.
HttpHandler answer_at_once(std::function<HttpResponse(const HttpRequest&)> answer);

/// What the clients of one port may cost together.
struct HttpLimits {
  std::size_t threads = 2;                     ///< Requests that are handled at once; others wait.
  std::size_t max_header_bytes = 16u << 10;    ///< Request line and headers; above it 431.
  std::size_t max_headers = 100;               ///< Above it 431.
  std::size_t max_body_bytes = 8u << 20;       ///< As sent; above it 413. A batch of another store has some megabytes.
  std::size_t max_inflated_bytes = 20u << 20;  ///< What a body of gzip may become; above it 413.
  std::size_t max_connections = 200;           ///< A further one takes the place of the one that waited longest.
  std::size_t max_streams = 100;  ///< Bodies in pieces at once; above it 503. They are never closed for another.
  /// Of all bodies that are on their way or wait for their answer. Above it the one that has been on its way for
  /// longest makes room for the next; where there is none, 503.
  std::size_t max_gathered_bytes = 64u << 20;
  /// Of all answers that are not read to their end. Above it 503 for what is longer than one connection's share.
  std::size_t max_unsent_bytes = 128u << 20;
  std::chrono::milliseconds request_deadline{10'000};  ///< From a request's first byte to its last; above it 408.
  std::chrono::milliseconds idle_timeout{15'000};      ///< Between requests, and while an answer is not read.
  friend bool operator==(const HttpLimits&, const HttpLimits&) = default;
};

}  // namespace psherald
