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

#include "psherald/access.hpp"
#include "psherald/asio_fwd.hpp"
#include "psherald/error.hpp"
#include "psherald/http.hpp"
#include "psherald/log_store.hpp"
#include "psherald/queued_sink.hpp"
#include "psherald/tls.hpp"
#include "psherald/watchdog.hpp"

namespace psherald {

/// The pages: request in, response out, without a socket. Each request reads from a reader of its own, one state each.
/// No GET changes anything, but for the reference's two that log a record; record text never becomes markup; every
/// response carries a strict CSP. A Host that is neither localhost, an address nor one of Options::hosts is refused
/// with 421, or any web site could read the log through a name of its own that points here (DNS rebinding).
/// Paths: `/`, `/record/ID`, `/incident/ID` and `/saved/NAME` for people, /login and /logout, /angular/list and
/// /angular/options as JSON, /graph_ql, the /hello family, /rm_logs, /healthz, the static files of the page, and for
/// programs /api/v1, /metrics and /version; routes() lists them. Threads: handle() from any number at once. Lifetime:
/// `store` and `writer` outlive this object, which outlives the bodies in pieces that it gave out.
class WebApp {
 public:
  struct Options {
    std::string ingest{};  ///< Where records may be sent, for the page that waits for the first one.
    std::chrono::milliseconds page_budget{2'000};  ///< Longest search for `/`; then the page says how far it came.
    /// The same for /angular/list, and for removing old records, which then asks whether to go on.
    std::chrono::milliseconds api_budget{10'000};
    std::size_t max_rows = 10'000;             ///< Most rows that a page shows, whatever max_rows asks for.
    std::chrono::hours remove_after{30 * 24};  ///< What "clean > 30 days" removes.
    /// As Retention::keep_from, asked when something is to be removed: what is spared is told. From any thread. Empty:
    /// nothing is spared.
    std::function<RecordId()> keep_from{};
    /// Who may do what; it outlives the app. nullptr: who is on this machine may do all, and nobody else anything.
    const Access* access = nullptr;
    std::vector<std::string> cors{};   ///< Origins that may read the JSON from their scripts; "*" is all.
    std::vector<std::string> hosts{};  ///< Names that this page is called by, beside localhost and addresses.
    /// What is watched, asked when somebody wants to see the senders that are waited for. From any thread. Empty: not
    /// known, and of a sender is told what the store knows.
    std::function<std::vector<Rule>()> rules{};
  };
  /// `writer` is the queue in front of `store` and makes the changes; nullptr: nothing can be changed, and asking
  /// answers 409.
  WebApp(const LogStore& store, QueuedSink* writer, Options options);
  ~WebApp();
  WebApp(const WebApp&) = delete;
  WebApp& operator=(const WebApp&) = delete;

  static std::vector<Route> routes();

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
  struct Options {
    std::vector<std::string> listen{"127.0.0.1:0"};  ///< As Ingestor::Options::listen.
    std::vector<int> inherited{};                    ///< As Ingestor::Options::inherited.
    HttpLimits limits{};
    TlsOptions tls{};                              ///< HTTP is then taken over TLS as well as in the clear.
    std::function<void(const Fault&)> on_fault{};  ///< Runs on `io`; must not throw.
  };
  struct Stats {
    std::uint64_t connections = 0, open = 0, requests = 0, refused = 0;
  };
  /// Binds and listens now; answers when `io` runs. @throws Error listen, bad_config: a file of Options::tls
  WebServer(asio::io_context& io, HttpHandler handler, Options options);
  WebServer(const WebServer&) = delete;
  WebServer& operator=(const WebServer&) = delete;
  ~WebServer();

  std::vector<std::string> endpoints() const;
  std::uint16_t port() const noexcept;  ///< Of the first TCP endpoint; 0 when there is none.
  void stop();                          ///< Answers the requests that have arrived, then closes.
  Stats stats() const noexcept;
  void reload_tls();  ///< As Ingestor::reload_tls().

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace psherald
