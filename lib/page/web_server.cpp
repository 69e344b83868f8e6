#include <algorithm>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "net/http_message.hpp"
#include "net/http_server.hpp"
#include "net/http_session.hpp"
#include "psherald/web.hpp"

namespace psherald {
namespace {

// What waits longer than this for a thread would be answered when nobody is there any more.
constexpr std::size_t waiting_for_each_thread = 64;

/// A few threads and a bounded queue in front of them.
class Workers {
 public:
  Workers(std::size_t threads, std::size_t max_waiting) : max_waiting_{max_waiting} {
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
  }
  ~Workers() { stop(); }

  /// False when there is no room.
  bool submit(std::function<void()> job) {
    {
      std::lock_guard lock{mutex_};
      if (stopping_ || waiting_.size() >= max_waiting_) return false;
      waiting_.push_back(std::move(job));
    }
    work_.notify_one();
    return true;
  }

  /// Finishes what is being done and drops what waits.
  void stop() {
    std::deque<std::function<void()>> dropped;
    {
      std::lock_guard lock{mutex_};
      stopping_ = true;
      dropped.swap(waiting_);
    }
    work_.notify_all();
    for (auto& thread : threads_)
      if (thread.joinable()) thread.join();
  }

 private:
  void run() {
    std::unique_lock lock{mutex_};
    for (;;) {
      work_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
      if (stopping_) return;
      const auto job = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      job();
      lock.lock();
    }
  }

  const std::size_t max_waiting_;
  std::mutex mutex_;
  std::condition_variable work_;
  std::deque<std::function<void()>> waiting_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;  // last: they use all of the above
};

}  // namespace

struct WebServer::Impl : std::enable_shared_from_this<Impl> {
  Impl(asio::io_context& context, Handler answers, Options with)
      : io{context},
        handler{std::move(answers)},
        options{std::move(with)},
        service{options.max_header_bytes,
                options.max_body_bytes,
                options.request_deadline,
                options.idle_timeout,
                [this](net::RawRequest raw, const std::shared_ptr<net::HttpSession>& session) {
                  answer_later(std::move(raw), session);
                },
                [this](const Fault& fault) { refuse(fault); },
                [this](net::HttpSession& closed) { forget(closed); }},
        workers{std::max<std::size_t>(1, options.threads),
                std::max<std::size_t>(1, options.threads) * waiting_for_each_thread} {}

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
    ++connections;
    if (sessions.size() >= options.max_connections && !make_room())
      return refuse({Errc::peer_lost, peer.name + ": closed, because " + std::to_string(options.max_connections) +
                                          " requests are being answered"});
    const auto session = std::make_shared<net::HttpSession>(std::move(socket), std::move(peer), service);
    sessions.emplace(session.get(), session);
    ++open;
    session->start();
  }

  // Closes the one that has been waited for longest, idle or slow: so many of these do not lock out anybody else.
  bool make_room() {
    net::HttpSession* longest = nullptr;
    for (const auto& [key, session] : sessions)
      if (const auto since = session->waiting_since())
        if (!longest || *since < *longest->waiting_since()) longest = key;
    if (!longest) return false;
    refuse({Errc::peer_lost, longest->peer() + ": closed, because it waited longest of " +
                                 std::to_string(options.max_connections) + " connections"});
    longest->close();
    return true;
  }

  void forget(net::HttpSession& closed) {
    sessions.erase(&closed);
    --open;
  }

  void answer_later(net::RawRequest raw, const std::shared_ptr<net::HttpSession>& session) {
    ++requests;
    // Keeps `io` running, and this object alive, until the answer is there.
    const bool taken =
        workers.submit([self = shared_from_this(), session, request = std::make_shared<net::RawRequest>(std::move(raw)),
                        work = asio::make_work_guard(io)] {
          auto response = std::make_shared<HttpResponse>(self->answer(std::move(*request)));
          asio::post(self->io, [self, session, response] { self->send(*session, std::move(*response)); });
        });
    if (taken) return;
    refuse({Errc::queue_full, "a request was answered 503, because " + std::to_string(options.threads) +
                                  " threads are busy and as many requests wait as may"});
    session->answer(net::plain_response(503, "Too many requests wait for an answer. Try again in a moment."));
  }

  // A few clients that ask for much and read nothing must not take all of the memory. What is no more than one
  // connection's share goes out in any case: they must not silence the others either.
  void send(net::HttpSession& session, HttpResponse response) {
    const std::size_t size = response.body.size(), most = options.max_unsent_bytes;
    std::size_t unsent = 0;
    for (const auto& [key, other] : sessions) unsent += other->unsent_bytes();
    if (unsent == 0 || unsent + size <= most || size <= most / std::max<std::size_t>(1, options.max_connections))
      return session.answer(std::move(response));
    refuse({Errc::queue_full, session.peer() + ": was answered 503, because other answers of " +
                                  std::to_string(unsent) + " bytes are not read to their end"});
    session.answer(net::plain_response(503, "Too many answers wait to be read. Try again in a moment."));
  }

  HttpResponse answer(net::RawRequest raw) {
    try {
      auto parsed = parser.parse(std::move(raw));
      if (auto* refused = std::get_if<HttpResponse>(&parsed)) return std::move(*refused);
      return handler(std::get<HttpRequest>(parsed));
    } catch (const std::exception& error) {
      return net::plain_response(500, std::string{"The request failed: "} + error.what());
    }
  }

  void refuse(const Fault& fault) {
    ++refused;
    report(fault);
  }
  void report(const Fault& fault) {
    if (options.on_fault) options.on_fault(fault);
  }

  void stop() {
    if (!listener) return;
    listener->drain();
    listener.reset();
    for (const auto& [key, session] : sessions) session->stop();
  }

  // Without a stop before: what has not been answered is lost, and no handler finds this object again.
  void abandon() {
    listener.reset();
    for (const auto& [key, session] : sessions) session->abandon();
    sessions.clear();
    workers.stop();
  }

  asio::io_context& io;
  const Handler handler;
  const Options options;
  const net::HttpParser parser{};
  const net::HttpService service;
  std::unordered_map<net::HttpSession*, std::shared_ptr<net::HttpSession>> sessions;
  std::optional<net::Listener> listener;
  std::vector<std::string> endpoints;
  std::uint16_t port = 0;
  std::atomic<std::uint64_t> connections = 0, open = 0, requests = 0, refused = 0;
  Workers workers;  // last: they use all of the above
};

WebServer::WebServer(asio::io_context& io, Handler handler, Options options)
    : impl_{std::make_shared<Impl>(io, std::move(handler), std::move(options))} {
  impl_->listen();
}

WebServer::~WebServer() { impl_->abandon(); }

std::vector<std::string> WebServer::endpoints() const { return impl_->endpoints; }
std::uint16_t WebServer::port() const noexcept { return impl_->port; }

void WebServer::stop() {
  asio::post(impl_->io, [impl = impl_] { impl->stop(); });
}

WebServer::Stats WebServer::stats() const noexcept {
  return {impl_->connections, impl_->open, impl_->requests, impl_->refused};
}

}  // namespace psherald
