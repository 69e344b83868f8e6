#include "net/http_front.hpp"

#include <algorithm>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <atomic>
#include <unordered_map>
#include <utility>

#include "net/http_message.hpp"
#include "net/http_server.hpp"
#include "net/http_session.hpp"
#include "net/inflate.hpp"
#include "net/workers.hpp"

namespace psherald::net {
namespace {

// What waits longer than this for a thread would be answered when nobody is there any more.
constexpr std::size_t waiting_for_each_thread = 64;

}  // namespace

struct HttpFront::Impl : std::enable_shared_from_this<Impl> {
  class Question;
  class Wish;

  Impl(asio::io_context& context, HttpHandler answers, HttpLimits most, std::function<void(const Fault&)> faults)
      : io{context},
        handler{std::move(answers)},
        limits{most},
        on_fault{std::move(faults)},
        service{limits.max_header_bytes,
                {limits.max_headers, limits.max_body_bytes},
                limits.request_deadline,
                limits.idle_timeout,
                [this](RawRequest raw, const std::shared_ptr<HttpSession>& session) { ask(std::move(raw), session); },
                [this](const std::shared_ptr<HttpBody>& body, const std::shared_ptr<HttpSession>& session) {
                  ask_for_piece(body, session);
                },
                [this](HttpSession& session, std::size_t more) { return make_room_for_body(session, more); },
                [this](const Fault& fault) { refuse(fault); },
                [this](HttpSession& closed) { forget(closed); }},
        workers{std::max<std::size_t>(1, limits.threads),
                std::max<std::size_t>(1, limits.threads) * waiting_for_each_thread} {}

  void accept(StreamSocket socket, Peer peer) {
    ++connections;
    if (sessions.size() >= limits.max_connections && !make_room())
      return refuse({Errc::peer_lost, peer.name + ": closed, because " + std::to_string(limits.max_connections) +
                                          " requests are being answered"});
    const auto session = std::make_shared<HttpSession>(std::move(socket), std::move(peer), service);
    sessions.emplace(session.get(), session);
    ++open;
    session->start();
    if (stopping) session->stop();
  }

  // Closes the one that has been waited for longest, idle or slow: so many of these do not lock out anybody else.
  bool make_room() {
    return close_longest([](const HttpSession&) { return true; },
                         std::to_string(limits.max_connections) + " connections");
  }

  bool make_room_for_body(const HttpSession& wanting, std::size_t more) {
    const auto gathered = [&] {
      std::size_t bytes = asked_bytes;
      for (const auto& [key, session] : sessions) bytes += session->gathered_bytes();
      return bytes;
    };
    while (gathered() + more > limits.max_gathered_bytes)
      if (!close_longest(
              [&](const HttpSession& session) { return &session != &wanting && session.gathered_bytes() > 0; },
              "requests of " + std::to_string(gathered()) + " bytes"))
        return false;
    return true;
  }

  bool close_longest(const auto& may_go, const std::string& of_what) {
    HttpSession* longest = nullptr;
    for (const auto& [key, session] : sessions)
      if (const auto since = session->waiting_since(); since && may_go(*session))
        if (!longest || *since < *longest->waiting_since()) longest = key;
    if (!longest) return false;
    refuse({Errc::peer_lost, longest->peer() + ": closed, because it waited longest of " + of_what});
    longest->close();
    return true;
  }

  void forget(HttpSession& closed) {
    sessions.erase(&closed);
    --open;
  }

  void ask(RawRequest raw, const std::shared_ptr<HttpSession>& session);
  void answer(RawRequest raw, const std::shared_ptr<Question>& question);
  void ask_for_piece(const std::shared_ptr<HttpBody>& body, const std::shared_ptr<HttpSession>& session);

  // A few clients that ask for much and read nothing must not take all of the memory. What is no more than one
  // connection's share goes out in any case: they must not silence the others either.
  void send(HttpSession& session, HttpResponse response) {
    if (response.stream) return stream(session, std::move(response));
    const std::size_t size = response.body.size(), most = limits.max_unsent_bytes;
    std::size_t unsent = 0;
    for (const auto& [key, other] : sessions) unsent += other->unsent_bytes();
    if (unsent == 0 || unsent + size <= most || size <= most / std::max<std::size_t>(1, limits.max_connections))
      return session.answer(std::move(response));
    refuse({Errc::queue_full, session.peer() + ": was answered 503, because other answers of " +
                                  std::to_string(unsent) + " bytes are not read to their end"});
    session.answer(plain_response(503, "Too many answers wait to be read. Try again in a moment."));
  }

  void stream(HttpSession& session, HttpResponse response) {
    const auto streams =
        std::count_if(sessions.begin(), sessions.end(), [](const auto& entry) { return entry.second->streams(); });
    if (static_cast<std::size_t>(streams) < limits.max_streams) return session.answer(std::move(response));
    refuse({Errc::queue_full, session.peer() + ": was answered 503, because " + std::to_string(limits.max_streams) +
                                  " answers without an end are being read"});
    session.answer(plain_response(503, "Too many follow the log or export it already. Try again later."));
  }

  void refuse(const Fault& fault) {
    ++refused;
    if (on_fault) on_fault(fault);
  }

  void stop() {
    stopping = true;
    for (const auto& [key, session] : sessions) session->stop();
  }

  // No handler finds this object again.
  void abandon() {
    for (const auto& [key, session] : sessions) session->abandon();
    sessions.clear();
    workers.stop();
  }

  asio::io_context& io;
  const HttpHandler handler;
  const HttpLimits limits;
  const std::function<void(const Fault&)> on_fault;
  const HttpParser parser{};
  const HttpService service;
  std::unordered_map<HttpSession*, std::shared_ptr<HttpSession>> sessions;
  bool stopping = false;
  std::atomic<std::uint64_t> connections = 0, open = 0, requests = 0, refused = 0;
  std::atomic<std::size_t> asked_bytes = 0;  // of bodies whose requests are not answered yet
  Workers workers;                           // last: they use all of the above
};

/// A request that waits for its answer, and is answered with its end at the latest. Keeps `io` running and the front
/// alive until then. Threads: any.
class HttpFront::Impl::Question {
 public:
  Question(std::shared_ptr<Impl> front, std::shared_ptr<HttpSession> session, std::size_t bytes)
      : work_{asio::make_work_guard(front->io)}, front_{std::move(front)}, session_{std::move(session)}, bytes_{bytes} {
    front_->asked_bytes += bytes_;
  }
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;
  ~Question() { answer(plain_response(500, "The request was not answered.")); }

  void answer(HttpResponse response) {
    if (answered_.exchange(true)) return;
    front_->asked_bytes -= bytes_;
    auto& io = front_->io;
    asio::post(io, [work = std::move(work_), front = std::move(front_), session = std::move(session_),
                    response = std::move(response)]() mutable { front->send(*session, std::move(response)); });
  }

 private:
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::shared_ptr<Impl> front_;
  std::shared_ptr<HttpSession> session_;
  const std::size_t bytes_;
  std::atomic<bool> answered_ = false;
};

/// A piece of a body that is wanted; a body that forgets it is broken off. Keeps nothing alive: a client may leave long
/// before there is a piece for it. Threads: any.
class HttpFront::Impl::Wish {
 public:
  Wish(asio::io_context& io, std::weak_ptr<HttpSession> session) : io_{io}, session_{std::move(session)} {}
  Wish(const Wish&) = delete;
  Wish& operator=(const Wish&) = delete;
  ~Wish() { fulfil({}); }

  void fulfil(std::optional<std::string> piece) {
    if (fulfilled_.exchange(true) || session_.expired()) return;
    asio::post(io_, [session = session_, piece = std::move(piece)]() mutable {
      if (const auto there = session.lock()) there->piece(std::move(piece));
    });
  }

 private:
  asio::io_context& io_;
  const std::weak_ptr<HttpSession> session_;
  std::atomic<bool> fulfilled_ = false;
};

void HttpFront::Impl::ask(RawRequest raw, const std::shared_ptr<HttpSession>& session) {
  ++requests;
  const auto question = std::make_shared<Question>(shared_from_this(), session, raw.body.size());
  const bool taken = workers.submit([this, question, request = std::make_shared<RawRequest>(std::move(raw))] {
    answer(std::move(*request), question);
  });
  if (taken) return;
  refuse({Errc::queue_full, "a request was answered 503, because " + std::to_string(limits.threads) +
                                " threads are busy and as many requests wait as may"});
  question->answer(plain_response(503, "Too many requests wait for an answer. Try again in a moment."));
}

void HttpFront::Impl::answer(RawRequest raw, const std::shared_ptr<Question>& question) {
  try {
    if (raw.head.gzip && !raw.body.empty()) {
      auto inflated = inflate_gzip(raw.body, limits.max_inflated_bytes);
      if (const auto* refusal = std::get_if<HttpRefusal>(&inflated))
        return question->answer(plain_response(refusal->status, refusal->text));
      raw.body = std::get<std::string>(std::move(inflated));
    }
    auto parsed = parser.parse(std::move(raw));
    if (auto* refusal = std::get_if<HttpResponse>(&parsed)) return question->answer(std::move(*refusal));
    handler(std::get<HttpRequest>(std::move(parsed)),
            [question](HttpResponse response) { question->answer(std::move(response)); });
  } catch (const std::exception& error) {
    question->answer(plain_response(500, std::string{"The request failed: "} + error.what()));
  }
}

// Unlike a question it is never refused: there is one for each stream at most, and their number is bounded.
void HttpFront::Impl::ask_for_piece(const std::shared_ptr<HttpBody>& body,
                                    const std::shared_ptr<HttpSession>& session) {
  const auto wish = std::make_shared<Wish>(io, session);
  workers.insist([this, body, wish] {
    try {
      body->next([wish](std::string piece) { wish->fulfil(std::move(piece)); });
    } catch (const std::exception& error) {
      asio::post(io, [weak = weak_from_this(), text = std::string{"an answer broke off: "} + error.what()] {
        if (const auto front = weak.lock()) front->refuse({Errc::peer_lost, text});
      });
    }
  });
}

HttpFront::HttpFront(asio::io_context& io, HttpHandler handler, HttpLimits limits,
                     std::function<void(const Fault&)> on_fault)
    : impl_{std::make_shared<Impl>(io, std::move(handler), limits, std::move(on_fault))} {}

HttpFront::~HttpFront() { impl_->abandon(); }

void HttpFront::accept(StreamSocket socket, Peer peer) { impl_->accept(std::move(socket), std::move(peer)); }
void HttpFront::stop() { impl_->stop(); }

HttpFront::Stats HttpFront::stats() const noexcept {
  return {impl_->connections, impl_->open, impl_->requests, impl_->refused};
}

}  // namespace psherald::net
