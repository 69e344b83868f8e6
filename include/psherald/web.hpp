#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "psherald/asio_fwd.hpp"
#include "psherald/error.hpp"
#include "psherald/log_store.hpp"
#include "psherald/queued_sink.hpp"

namespace psherald {

/// A parsed request. Parameters are decoded: those of the URL, then those of a form body. Of several with one name the
/// order is that in which they came.
struct HttpRequest {
  std::string method = "GET";
  std::string path = "/";
  std::vector<std::pair<std::string, std::string>> parameters{};
  std::vector<std::pair<std::string, std::string>> headers{};
  std::string body{};
  std::string peer{};    ///< "127.0.0.1:40312"
  bool loopback = true;  ///< The peer is on this machine, by a loopback address or a Unix socket.

  /// The first parameter of that name; nothing when there is none.
  std::optional<std::string_view> parameter(std::string_view name) const noexcept;
  /// The first header of that name, in any case.
  std::optional<std::string_view> header(std::string_view name) const noexcept;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/html; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers{};
  std::string body{};
};

/// The pages: request in, response out, without a socket. Each request reads from a reader of its own, one state each.
/// No GET changes anything, but for the reference's two that log a record; record text never becomes markup; every
/// response carries a strict CSP. A Host that is neither localhost, an address nor one of Options::hosts is refused
/// with 421, or any web site could read the log through a name of its own that points here (DNS rebinding).
/// Paths: `/` and `/record/ID` for people, /angular/list and /angular/options as JSON, the /hello family, /rm_logs,
/// /healthz, and the static files of the page. Threads: handle() from any number at once. Lifetime: `store` and
/// `writer` outlive this object.
class WebApp {
 public:
  struct Options {
    std::string ingest{};  ///< Where records may be sent, for the page that waits for the first one.
    std::chrono::milliseconds page_budget{2'000};  ///< Longest search for `/`; then the page says how far it came.
    /// The same for /angular/list, and for removing old records, which then asks whether to go on.
    std::chrono::milliseconds api_budget{10'000};
    std::size_t max_rows = 10'000;             ///< Most rows that a page shows, whatever max_rows asks for.
    std::chrono::hours remove_after{30 * 24};  ///< What "clean > 30 days" removes.
    std::vector<std::string> cors{};           ///< Origins that may read the JSON from their scripts; "*" is all.
    std::vector<std::string> hosts{};          ///< Names that this page is called by, beside localhost and addresses.
  };
  /// `writer` is the queue in front of `store` and makes the changes; nullptr: nothing can be changed, and asking
  /// answers 409.
  WebApp(const LogStore& store, QueuedSink* writer, Options options);
  ~WebApp();
  WebApp(const WebApp&) = delete;
  WebApp& operator=(const WebApp&) = delete;

  /// Never throws: what goes wrong is a page with the status and the reason.
  HttpResponse handle(const HttpRequest& request) noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Puts any handler on a port: gathers whole requests under limits and deadlines on `io`, answers them on a few threads
/// of its own, closes slow and broken clients without holding a thread for them. Threads: `io` is run by one thread;
/// `handler` runs on the threads of this object; stop(), stats() and endpoints() from any; the end of its life on `io`
/// or while that does not run. Lifetime: `io` outlives this object, and so does all that `handler` uses.
class WebServer {
 public:
  using Handler = std::function<HttpResponse(const HttpRequest&)>;
  struct Options {
    std::vector<std::string> listen{"127.0.0.1:0"};  ///< As Ingestor::Options::listen.
    std::vector<int> inherited{};                    ///< As Ingestor::Options::inherited.
    std::size_t threads = 2;                         ///< Requests that are answered at once; others wait.
    std::size_t max_header_bytes = 16u << 10;        ///< Request line and headers; above it 431.
    std::size_t max_body_bytes = 1u << 20;           ///< Above it 413.
    std::size_t max_connections = 200;  ///< A further one takes the place of the one that has been waited for longest.
    /// Of all answers that are not read to their end. Above it 503 for what is longer than one connection's share.
    std::size_t max_unsent_bytes = 128u << 20;
    std::chrono::milliseconds request_deadline{
        10'000};  ///< From the first byte of a request to its last; above it 408.
    std::chrono::milliseconds idle_timeout{
        15'000};  ///< Between requests of one connection, and while an answer is not read.
    std::function<void(const Fault&)> on_fault{};  ///< Runs on `io`; must not throw.
  };
  struct Stats {
    std::uint64_t connections = 0, open = 0, requests = 0, refused = 0;
  };
  /// Binds and listens now; answers when `io` runs. @throws Error listen
  WebServer(asio::io_context& io, Handler handler, Options options);
  WebServer(const WebServer&) = delete;
  WebServer& operator=(const WebServer&) = delete;
  ~WebServer();

  std::vector<std::string> endpoints() const;
  std::uint16_t port() const noexcept;  ///< Of the first TCP endpoint; 0 when there is none.
  void stop();                          ///< Answers the requests that have arrived, then closes.
  Stats stats() const noexcept;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace psherald
