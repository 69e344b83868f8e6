#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <asio/connect.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/write.hpp>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <future>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "psherald/web.hpp"
#include "support/place.hpp"

using namespace psherald;
using asio::ip::tcp;
using psherald::testing::Place;
using std::chrono::milliseconds;
namespace fs = std::filesystem;

namespace {

/// A door that requests wait at until it is opened.
class Door {
 public:
  void open() {
    std::lock_guard lock{mutex_};
    open_ = true;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock{mutex_};
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_; });
  }
  void wait_for(int waiting) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return waiting_ >= waiting; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int waiting_ = 0;
};

bool comes_true(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

constexpr std::size_t big = 16u << 20;  // more than a socket buffers by itself

/// A server with a few answers of its own, and the thread that runs it. stop() returns when all has been answered.
class Running {
 public:
  explicit Running(WebServer::Options options = {})
      : Running{answer_at_once([this](const HttpRequest& request) { return answer(request); }), std::move(options)} {}
  Running(HttpHandler handler, WebServer::Options options) {
    options.on_fault = [this](const Fault& fault) {
      std::lock_guard lock{mutex_};
      faults_.push_back(fault.text);
    };
    server_.emplace(io_, std::move(handler), std::move(options));
    thread_ = std::thread{[this] { io_.run(); }};
  }
  ~Running() {
    door.open();
    stop();
  }
  void stop() {
    server_->stop();
    if (thread_.joinable()) thread_.join();
  }
  WebServer* operator->() { return &*server_; }
  bool has_fault(const std::string& part) {
    return comes_true([&] {
      std::lock_guard lock{mutex_};
      for (const auto& fault : faults_)
        if (fault.find(part) != fault.npos) return true;
      return false;
    });
  }

  Door door;

 private:
  HttpResponse answer(const HttpRequest& request) {
    if (request.path == "/door") door.pass();
    if (request.path == "/throw") throw std::runtime_error{"thrown on purpose"};
    if (request.path == "/big") return {200, "text/plain", {}, std::string(big, 'b')};
    if (request.path == "/peer")
      return {200, "text/plain", {}, (request.loopback ? "loopback " : "remote ") + request.peer};
    std::string text = request.method + ' ' + request.path;
    if (!request.body.empty()) text += ' ' + request.body;
    return {200, "text/plain", {}, text};
  }

  asio::io_context io_{1};
  std::mutex mutex_;
  std::vector<std::string> faults_;
  std::optional<WebServer> server_;
  std::thread thread_;
};

struct Answer {
  int status = 0;  // 0: the connection ended before
  std::string head{}, body{};
};

/// A client that sends what it is told, byte by byte if need be.
template <class Protocol>
class AnyClient {
 public:
  /// `window`: bytes that the system takes for a client that does not read; 0 is for it to decide.
  explicit AnyClient(const typename Protocol::endpoint& to, int window = 0) : socket_{io_, to.protocol()} {
    if (window > 0) socket_.set_option(asio::socket_base::receive_buffer_size{window});
    socket_.connect(to);
    asio::error_code ignored;  // a Unix socket has no such option
    socket_.set_option(tcp::no_delay{true}, ignored);
  }

  void send(std::string_view bytes) { asio::write(socket_, asio::buffer(bytes)); }
  /// The same where the other side may have gone.
  void try_send(std::string_view bytes) {
    asio::error_code ignored;
    asio::write(socket_, asio::buffer(bytes), ignored);
  }
  Answer read(bool with_body = true) {
    Answer answer;
    std::size_t end = 0;
    while ((end = received_.find("\r\n\r\n")) == received_.npos)
      if (!receive()) return answer;
    answer.head = received_.substr(0, end + 2);
    received_.erase(0, end + 4);
    answer.status = std::stoi(answer.head.substr(9, 3));
    const auto at = answer.head.find("Content-Length: ");
    const std::size_t size = at == answer.head.npos || !with_body ? 0 : std::stoul(answer.head.substr(at + 16));
    while (received_.size() < size)
      if (!receive()) return answer;
    answer.body = received_.substr(0, size);
    received_.erase(0, size);
    return answer;
  }
  /// All that comes until the other side closes.
  std::string read_rest() {
    while (receive()) {
    }
    return std::exchange(received_, {});
  }
  bool read_until(std::string_view text) {
    while (received_.find(text) == received_.npos)
      if (!receive()) return false;
    return true;
  }
  Answer ask(std::string_view bytes) {
    send(bytes);
    return read();
  }
  void wait_for_answer() { socket_.wait(socket_.wait_read); }
  /// Whether the other side has closed, or does so now, without a further word.
  bool is_closed() { return received_.empty() && !receive(); }
  void reset() {
    socket_.set_option(asio::socket_base::linger{true, 0});
    socket_.close();
  }
  void finish_sending() { socket_.shutdown(socket_.shutdown_send); }

 private:
  bool receive() {
    std::array<char, 65'536> chunk;
    asio::error_code error;
    const auto size = socket_.read_some(asio::buffer(chunk), error);
    received_.append(chunk.data(), size);
    return !error;
  }

  asio::io_context io_;
  typename Protocol::socket socket_;
  std::string received_;
};

class Client : public AnyClient<tcp> {
 public:
  explicit Client(std::uint16_t port, int window = 0) : AnyClient{{asio::ip::address_v4::loopback(), port}, window} {}
  explicit Client(Running& server) : Client{server->port()} {}
};
constexpr int small_window = 64 << 10;

std::string get(const std::string& path, const std::string& headers = "") {
  return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n";
}
std::string post(const std::string& path, const std::string& body, const std::string& headers = "") {
  return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         headers + "\r\n" + body;
}

}  // namespace

TEST_SUITE_BEGIN("web");

TEST_CASE("requests of one connection are answered one after the other") {
  Running server;
  Client client{server};
  for (int i = 0; i < 3; ++i) {
    const auto answer = client.ask(get("/" + std::to_string(i)));
    CHECK(answer.status == 200);
    CHECK(answer.body == "GET /" + std::to_string(i));
    CHECK(answer.head.find("Connection: keep-alive") != answer.head.npos);
  }
  client.send("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto head = client.read(false);
  CHECK(head.head.find("Content-Length: 7\r\n") != head.head.npos);
  CHECK(client.ask(get("/b", "Connection: close\r\n")).body == "GET /b");
  CHECK(client.is_closed());
  CHECK(server->stats().connections == 1);
  CHECK(server->stats().requests == 5);
  CHECK(server->stats().refused == 0);
}

TEST_CASE("an old client is told when its answer ends") {
  Running server;
  Client client{server};
  const auto answer = client.ask("GET /a HTTP/1.0\r\n\r\n");
  CHECK(answer.body == "GET /a");
  CHECK(answer.head.find("Connection: close") != answer.head.npos);
  CHECK(client.is_closed());
}

TEST_CASE("a client that has said its last word is still answered") {
  Running server;
  Client client{server};
  client.send(get("/a") + get("/b"));
  client.finish_sending();
  CHECK(client.read().body == "GET /a");
  CHECK(client.read().body == "GET /b");
  CHECK(client.is_closed());
}

TEST_CASE("it does not matter where a request is cut") {
  Running server;
  Client client{server};
  const auto request = "\r\n" + post("/a", "b\r\nc") + get("/d");
  for (std::size_t cut = 0; cut <= request.size(); ++cut) {
    CAPTURE(cut);
    client.send(std::string_view{request}.substr(0, cut));
    client.send(std::string_view{request}.substr(cut));
    CHECK(client.read().body == "POST /a b\r\nc");
    CHECK(client.read().body == "GET /d");
  }
}

TEST_CASE("requests that are sent ahead are answered in their order") {
  Running server;
  Client client{server};
  std::string all;
  for (int i = 0; i < 500; ++i) all += i % 2 == 0 ? get("/" + std::to_string(i)) : post("/p", std::to_string(i));
  client.send(all);
  for (int i = 0; i < 500; ++i) {
    const auto number = std::to_string(i);
    REQUIRE(client.read().body == (i % 2 == 0 ? "GET /" + number : "POST /p " + number));
  }
}

TEST_CASE("a long body comes whole, and a longer one is refused before it is sent") {
  Running server{{.limits = {.max_body_bytes = 1u << 20}}};
  Client client{server};
  const std::string most(1u << 20, 'x');
  CHECK(client.ask(post("/", most)).body == "POST / " + most);
  CHECK(client.ask(post("/", most)).body == "POST / " + most);
  const auto answer = client.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n");
  CHECK(answer.status == 413);
  CHECK(answer.head.find("Connection: close") != answer.head.npos);
  CHECK(client.is_closed());
  CHECK(server->stats().refused == 1);
}

TEST_CASE("a client that sends on after a refusal reads the refusal all the same") {
  Running server{{.limits = {.max_body_bytes = 1u << 20}}};
  Client client{server};
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n");
  client.try_send(std::string(2'000'000, 'x'));
  CHECK(client.read().status == 413);
}

TEST_CASE("the body of a refused request is never read as the next request") {
  for (const std::string headers :
       {"Content-Length: 5\r\nContent-Length: 6\r\n", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\n", "Content-Encoding: br\r\nContent-Length: 5\r\n"}) {
    CAPTURE(headers);
    Running server;
    Client client{server};
    const auto answer = client.ask("POST / HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n" + get("/secret"));
    CHECK(answer.status >= 400);
    CHECK(client.is_closed());
    CHECK(server->stats().requests == 0);
  }
}

TEST_CASE("a head above the limit ends with 431, whether it ends itself or not") {
  Running server;
  const std::string filling(64u << 10, 'x');
  for (const auto& head : {get("/", "X: " + filling + "\r\n"), get("/" + filling), "GET /" + filling, filling}) {
    Client client{server};
    client.try_send(head);
    CHECK(client.read().status == 431);
    CHECK(client.is_closed());
  }
  Client client{server};
  const std::string all = get("/", "X: \r\n");
  CHECK(client.ask(get("/", "X: " + std::string((16u << 10) - all.size(), 'x') + "\r\n")).status == 200);
  CHECK(client.ask(get("/", "X: " + std::string((16u << 10) - all.size() + 1, 'x') + "\r\n")).status == 431);
}

TEST_CASE("the number of headers is bounded, and may be set") {
  Running server{{.limits = {.max_headers = 3}}};
  CHECK(Client{server}.ask(get("/", "A: 1\r\nB: 2\r\n")).status == 200);
  CHECK(Client{server}.ask(get("/", "A: 1\r\nB: 2\r\nC: 3\r\n")).status == 431);
}

TEST_CASE("who asks first whether to send the body is told to") {
  Running server{{.limits = {.max_body_bytes = 1u << 20}}};
  Client client{server};
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  CHECK(client.read(false).status == 100);
  CHECK(client.ask("body").body == "POST / body");

  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\nExpect: 100-continue\r\n\r\n");
  CHECK(client.read().status == 413);
}

TEST_CASE("refusals and failures carry the safety headers") {
  Running server;
  for (const auto& [request, status] : {std::pair{std::string{"nonsense\r\n\r\n"}, 400},
                                        {get("/throw"), 500},
                                        {get("/" + std::string(8'000, 'a')), 414}}) {
    Client client{server};
    const auto answer = client.ask(request);
    CHECK(answer.status == status);
    CHECK(answer.head.find("Content-Security-Policy: default-src 'none'") != answer.head.npos);
    CHECK(answer.head.find("X-Content-Type-Options: nosniff") != answer.head.npos);
    CHECK(answer.head.find("Cache-Control: no-store") != answer.head.npos);
  }
}

TEST_CASE("a request that does not come to its end in time is given up") {
  Running server{{.limits = {.request_deadline = milliseconds{30}}}};
  for (const std::string half :
       {"G", "GET / HTTP/1.1\r\nHost: a\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbod"}) {
    CAPTURE(half);
    Client client{server};
    CHECK(client.ask(half).status == 408);
    CHECK(client.is_closed());
  }
  CHECK(server.has_fault("did not come to its end in time"));
  CHECK(server->stats().refused == 3);
  CHECK(server->stats().requests == 0);
}

TEST_CASE("a connection on which nothing is asked is closed without a word") {
  Running server{{.limits = {.idle_timeout = milliseconds{300}}}};
  Client silent{server}, once{server};
  CHECK(once.ask(get("/")).status == 200);
  CHECK(silent.is_closed());
  CHECK(once.is_closed());
  CHECK(comes_true([&] { return server->stats().open == 0; }));
  CHECK(server->stats().refused == 0);
}

TEST_CASE("empty lines are no request and keep no connection") {
  Running server{{.limits = {.idle_timeout = milliseconds{300}}}};
  Client client{server};
  std::string lines;
  for (int i = 0; i < 100'000; ++i) lines += "\r\n";
  client.try_send(lines);
  CHECK(client.is_closed());
}

TEST_CASE("clients that never finish a request do not lock out the others") {
  Running server{{.limits = {.max_connections = 200, .request_deadline = std::chrono::hours{1}}}};
  std::list<Client> half_open;
  for (int i = 0; i < 250; ++i) half_open.emplace_back(server).send("GET / HTTP/1.1\r\nHost: a\r\n");
  for (int i = 0; i < 10; ++i) {
    Client client{server};
    CHECK(client.ask(get("/healthz")).body == "GET /healthz");
  }
  CHECK(server->stats().open <= 200);
  CHECK(server->stats().refused >= 50);
  CHECK(half_open.front().is_closed());
  // The last came last, and is still heard.
  CHECK(half_open.back().ask("\r\n").body == "GET /");
  CHECK(server.has_fault("waited longest"));
}

TEST_CASE("a request that is being answered is never given up for another connection") {
  Running server{{.limits = {.max_connections = 2}}};
  Client first{server}, second{server};
  first.send(get("/door"));
  second.send(get("/door"));
  server.door.wait_for(2);
  CHECK(Client{server}.is_closed());
  CHECK(server.has_fault("2 requests are being answered"));
  server.door.open();
  CHECK(first.read().body == "GET /door");
  CHECK(second.read().body == "GET /door");
}

TEST_CASE("when as many requests wait as may, the next is told so") {
  Running server{{.limits = {.threads = 1}}};
  Client busy{server};
  busy.send(get("/door"));
  server.door.wait_for(1);
  std::list<Client> waiting;
  for (int i = 0; i < 64; ++i) waiting.emplace_back(server).send(get("/a"));
  REQUIRE(comes_true([&] { return server->stats().requests == 65; }));
  Client late{server};
  CHECK(late.ask(get("/a")).status == 503);
  server.door.open();
  CHECK(busy.read().status == 200);
  for (auto& client : waiting) CHECK(client.read().body == "GET /a");
  CHECK(late.ask(get("/a")).status == 200);
}

TEST_CASE("who does not read an answer is closed, and costs no thread meanwhile") {
  Running server{{.limits = {.threads = 1, .idle_timeout = milliseconds{300}}}};
  Client deaf{server->port(), small_window};
  deaf.send(get("/big"));
  CHECK(Client{server}.ask(get("/a")).body == "GET /a");
  CHECK(server.has_fault("did not read its answer in time"));
  CHECK(comes_true([&] { return server->stats().open == 0; }));
}

TEST_CASE("answers that nobody reads are bounded, and small ones go out all the same") {
  Running server{{.limits = {.max_unsent_bytes = big + 1'000, .idle_timeout = std::chrono::hours{1}}}};
  Client deaf{server->port(), small_window};
  const auto status = [&](const std::string& path) {
    Client client{server};
    return client.ask(get(path)).status;
  };
  deaf.send(get("/big"));
  deaf.wait_for_answer();
  CHECK(status("/big") == 503);
  CHECK(status("/a") == 200);
  CHECK(server.has_fault("not read to their end"));
  deaf.reset();
  CHECK(comes_true([&] { return status("/big") == 200; }));
}

TEST_CASE("bodies that are on their way are bounded: the one that takes longest makes room") {
  constexpr std::size_t size = 4u << 20;
  Running server{{.limits = {.max_gathered_bytes = 2 * size + 1'000, .request_deadline = std::chrono::hours{1}}}};
  const std::string whole = post("/a", std::string(size, 'x'));
  const auto all_but_the_end = std::string_view{whole}.substr(0, whole.size() - 10);
  Client first{server}, second{server}, third{server};
  first.send(all_but_the_end);
  CHECK(Client{server}.ask(post("/a", std::string(size, 'y'))).status == 200);
  second.send(all_but_the_end);
  third.send(whole);
  CHECK(third.read().status == 200);
  CHECK(first.is_closed());
  CHECK(server.has_fault("closed, because it waited longest of requests of"));
  second.send(std::string_view{whole}.substr(whole.size() - 10));
  CHECK(second.read().status == 200);
}

TEST_CASE("bodies that wait for their answer leave no room for long ones, and small ones are taken all the same") {
  constexpr std::size_t size = 4u << 20;
  Running server{{.limits = {.threads = 2, .max_gathered_bytes = 2 * size}}};
  const auto to_door = post("/door", std::string(size, 'x'));
  Client first{server}, second{server}, third{server};
  first.send(to_door);
  second.send(to_door);
  server.door.wait_for(2);
  third.try_send(post("/a", std::string(size, 'x')));
  CHECK(third.read().status == 503);
  Client small{server};
  small.send(post("/a", "x"));
  server.door.open();
  CHECK(small.read().status == 200);
  CHECK(first.read().status == 200);
  CHECK(second.read().status == 200);
  CHECK(Client{server}.ask(post("/a", std::string(size, 'x'))).status == 200);
}

/// Keeps what is asked until a test answers it.
class Later {
 public:
  HttpHandler handler() {
    return [this](const HttpRequest&, HttpRespond respond) {
      std::lock_guard lock{mutex_};
      waiting_.push_back(std::move(respond));
      arrived_.notify_all();
    };
  }
  HttpRespond take() {
    std::unique_lock lock{mutex_};
    arrived_.wait(lock, [&] { return !waiting_.empty(); });
    auto respond = std::move(waiting_.front());
    waiting_.erase(waiting_.begin());
    return respond;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<HttpRespond> waiting_;
};

TEST_CASE("an answer may come later, from any thread, and holds none meanwhile") {
  Later later;
  Running server{later.handler(), {.limits = {.threads = 1}}};
  Client first{server}, second{server};
  first.send(get("/"));
  const auto answer_first = later.take();
  second.send(get("/"));
  later.take()({200, "text/plain", {}, "second"});
  CHECK(second.read().body == "second");
  std::thread{[&] { answer_first({200, "text/plain", {}, "first"}); }}.join();
  CHECK(first.read().body == "first");
}

TEST_CASE("a handler that takes its time is told when its client has left") {
  std::promise<std::stop_token> asked;
  Running server{[&](HttpRequest request, HttpRespond respond) {
                   asked.set_value(request.cancel);
                   const bool left = comes_true([&] { return request.cancel.stop_requested(); });
                   respond({200, "text/plain", {}, left ? "you left" : "you stayed"});
                 },
                 {}};
  SUBCASE("by closing") {
    std::stop_token cancel;
    {
      Client client{server};
      client.send(get("/"));
      cancel = asked.get_future().get();
      CHECK(!cancel.stop_requested());
    }
    CHECK(comes_true([&] { return cancel.stop_requested(); }));
  }
  SUBCASE("who has only said the last word reads what there is") {
    Client client{server};
    client.send(get("/"));
    client.finish_sending();
    CHECK(client.read().body == "you left");
  }
}

TEST_CASE("who drops a request without an answer does not leave its client waiting") {
  Later later;
  Running server{later.handler(), {}};
  Client client{server};
  client.send(get("/"));
  later.take();
  CHECK(client.read().status == 500);
}

TEST_CASE("of several answers to one request the first counts") {
  Later later;
  Running server{later.handler(), {}};
  Client client{server};
  client.send(get("/"));
  const auto respond = later.take();
  respond({200, "text/plain", {}, "first"});
  respond({200, "text/plain", {}, "second"});
  CHECK(client.read().body == "first");
  client.send(get("/"));
  later.take()({200, "text/plain", {}, "third"});
  CHECK(client.read().body == "third");
}

TEST_CASE("stop waits for an answer that comes later") {
  Later later;
  Running server{later.handler(), {}};
  Client client{server};
  client.send(get("/"));
  const auto respond = later.take();
  server->stop();
  respond({200, "text/plain", {}, "late"});
  server.stop();
  CHECK(client.read().body == "late");
}

TEST_CASE("an answer that comes after the end of its server goes nowhere") {
  Later later;
  asio::io_context io{1};
  std::optional<WebServer> server{std::in_place, io, later.handler(), WebServer::Options{}};
  std::thread thread{[&] { io.run(); }};
  Client client{server->port()};
  client.send(get("/"));
  auto respond = later.take();
  io.stop();
  thread.join();
  server.reset();
  respond({});
  respond = nullptr;
  CHECK(client.is_closed());
}

TEST_CASE("a long answer comes whole") {
  Running server;
  Client client{server};
  CHECK(client.ask(get("/big")).body == std::string(big, 'b'));
  CHECK(client.ask(get("/a")).body == "GET /a");
}

/// Pieces that a test gives when it likes. It says when it is gone.
class Pieces final : public HttpBody {
 public:
  explicit Pieces(std::atomic<bool>& gone) : gone_{gone} {}
  ~Pieces() override { gone_ = true; }
  void next(Give give) override {
    std::lock_guard lock{mutex_};
    give_ = std::move(give);
    asked_.notify_all();
  }
  Give wanted() {
    std::unique_lock lock{mutex_};
    asked_.wait(lock, [&] { return static_cast<bool>(give_); });
    return std::exchange(give_, nullptr);
  }

 private:
  std::atomic<bool>& gone_;
  std::mutex mutex_;
  std::condition_variable asked_;
  Give give_;
};

/// A server whose every answer is a body in pieces.
struct Streaming {
  std::atomic<bool> gone = false;
  std::shared_ptr<Pieces> body = std::make_shared<Pieces>(gone);
  std::optional<Running> server;
  explicit Streaming(WebServer::Options options = {}) {
    server.emplace(
        [this](const HttpRequest&, const HttpRespond& respond) {
          HttpResponse response{200, "text/plain", {}, {}};
          response.stream = std::exchange(body, nullptr);
          respond(std::move(response));
        },
        std::move(options));
  }
};

TEST_CASE("a body in pieces is sent as each piece comes, and the connection ends with it") {
  struct Case {
    const char *request, *rest;
  };
  for (const auto& [request, rest] : {Case{"GET / HTTP/1.1\r\nHost: h\r\n\r\n", "3\r\none\r\n5\r\nthree\r\n0\r\n\r\n"},
                                      Case{"GET / HTTP/1.0\r\n\r\n", "onethree"}}) {
    Streaming streaming;
    auto pieces = streaming.body;
    Client client{(*streaming.server)->port()};
    client.send(request);
    for (const auto* text : {"one", "three", ""}) pieces->wanted()(text);
    pieces.reset();
    const auto answer = client.read_rest();
    CHECK(answer.find("Connection: close") != answer.npos);
    CHECK(answer.substr(answer.find("\r\n\r\n") + 4) == rest);
    CHECK(comes_true([&] { return streaming.gone.load(); }));
  }
}

TEST_CASE("who leaves a body in pieces ends it, also while there is nothing to say") {
  Streaming streaming;
  auto pieces = streaming.body;
  {
    Client client{(*streaming.server)->port()};
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    pieces->wanted()("one");
    REQUIRE(client.read_until("one"));
  }
  const auto late = pieces->wanted();
  pieces.reset();
  CHECK(comes_true([&] { return streaming.gone.load(); }));
  late("two");  // goes nowhere
}

TEST_CASE("a piece that will never come breaks the body off, where its client sees it") {
  Streaming streaming;
  auto pieces = streaming.body;
  Client client{(*streaming.server)->port()};
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  pieces->wanted()("one");
  pieces->wanted() = nullptr;
  pieces.reset();
  CHECK(client.read_rest().ends_with("3\r\none\r\n"));
}

TEST_CASE("the head of a body in pieces is all that a HEAD gets") {
  Streaming streaming;
  Client client{(*streaming.server)->port()};
  client.send("HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  CHECK(client.read_rest().find("Transfer-Encoding: chunked") != std::string::npos);
}

TEST_CASE("stop does not wait for a body without an end") {
  Streaming streaming;
  auto pieces = streaming.body;
  Client client{(*streaming.server)->port()};
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto give = pieces->wanted();
  pieces.reset();
  streaming.server->stop();
  CHECK(streaming.gone.load());
}

TEST_CASE("bodies in pieces are bounded, and one more is told so") {
  WebServer::Options options;
  options.limits.max_streams = 0;
  Streaming streaming{options};
  Client client{(*streaming.server)->port()};
  client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  CHECK(client.read_rest().find(" 503 ") != std::string::npos);
}

TEST_CASE("a body of gzip is inflated, and a broken one ends no connection") {
  Running server;
  Client client{server};
  // printf body | gzip -9n
  const std::string body{
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x4b\xca\x4f\xa9\x04\x00\xb2\x0b\xa8\xdb\x04\x00\x00\x00", 24};
  CHECK(client.ask(post("/a", body, "Content-Encoding: gzip\r\n")).body == "POST /a body");
  CHECK(client.ask(post("/a", "body", "Content-Encoding: gzip\r\n")).status == 400);
  CHECK(client.ask(post("/a", body, "Content-Encoding: gzip\r\n")).body == "POST /a body");
}

TEST_CASE("clients that vanish leave nothing behind") {
  Running server;
  for (int i = 0; i < 20; ++i)
    for (const auto& text : {std::string{}, std::string{"GET / HT"}, get("/"), get("/big"), get("/door")}) {
      Client client{server};
      client.send(text);
      client.reset();
    }
  server.door.open();
  CHECK(comes_true([&] { return server->stats().open == 0; }));
  CHECK(Client{server}.ask(get("/a")).body == "GET /a");
}

TEST_CASE("stop answers the requests that have arrived, then closes") {
  Running server;
  Client asking{server}, ahead{server}, idle{server}, half{server};
  CHECK(idle.ask(get("/")).status == 200);
  half.send("GET / HTTP/1.1\r\n");
  asking.send(get("/door"));
  server.door.wait_for(1);
  ahead.send(get("/door") + get("/a") + post("/b", "c"));
  server.door.wait_for(2);
  const auto port = server->port();
  server->stop();
  CHECK(idle.is_closed());
  CHECK(half.is_closed());
  server.door.open();
  CHECK(asking.read().body == "GET /door");
  CHECK(asking.is_closed());
  CHECK(ahead.read().body == "GET /door");
  CHECK(ahead.read().body == "GET /a");
  CHECK(ahead.read().body == "POST /b c");
  CHECK(ahead.is_closed());
  server.stop();
  CHECK_THROWS_AS(Client{port}, asio::system_error);
  CHECK(server->stats().open == 0);
}

TEST_CASE("stop does not wait for ever for a reader") {
  Running server{{.limits = {.idle_timeout = milliseconds{300}}}};
  Client deaf{server->port(), small_window};
  deaf.send(get("/big"));
  deaf.wait_for_answer();
  server.stop();
  CHECK(server->stats().open == 0);
}

TEST_CASE("a server may go while requests are under way") {
  Door door;
  std::atomic<int> answered = 0;
  asio::io_context io{1};
  std::optional<WebServer> server{std::in_place, io, answer_at_once([&](const HttpRequest&) {
                                    door.pass();
                                    ++answered;
                                    return HttpResponse{};
                                  }),
                                  WebServer::Options{}};
  std::thread thread{[&] { io.run(); }};
  std::list<Client> clients;
  for (int i = 0; i < 10; ++i) clients.emplace_back(server->port()).send(get("/"));
  REQUIRE(comes_true([&] { return server->stats().requests == 10; }));
  door.wait_for(2);
  io.stop();
  thread.join();
  door.open();
  server.reset();
  CHECK(answered >= 2);
  for (auto& client : clients) CHECK(client.is_closed());
}

TEST_CASE("a server listens on several addresses, Unix sockets too") {
  const Place place;
  const auto path = place.file("page");
  {
    Running server{{.listen = {"unix:" + path, "127.0.0.1:0"}}};
    REQUIRE(server->endpoints().size() == 2);
    CHECK(server->endpoints()[0] == "unix:" + path);
    CHECK(server->endpoints()[1] == "127.0.0.1:" + std::to_string(server->port()));
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    AnyClient<asio::local::stream_protocol> local{{path}};
    CHECK(local.ask(get("/peer")).body == "loopback unix");
    Client client{server};
    CHECK(client.ask(get("/peer")).body.starts_with("loopback 127.0.0.1:"));
  }
  CHECK(!fs::exists(path));
}

TEST_CASE("an address that is taken is an error") {
  Running server;
  asio::io_context io;
  CHECK_THROWS_AS(
      (WebServer{
          io, answer_at_once([](const HttpRequest&) { return HttpResponse{}; }), {.listen = {server->endpoints()[0]}}}),
      Error);
}

TEST_CASE("records reach a browser") {
  LogStore store{{":memory:"}};
  QueuedSink queue{store};
  RecordBatch batch;
  Record record;
  record.message = "<b>first</b> record";
  batch.append(record);
  queue.write(std::move(batch), {});
  queue.flush();
  WebApp app{store, &queue, {}};
  asio::io_context io{1};
  WebServer server{io, answer_at_once([&](const HttpRequest& request) { return app.handle(request); }), {}};
  std::thread thread{[&] { io.run(); }};
  Client client{server.port()};
  const auto page = client.ask(get("/?pattern=FIRST"));
  CHECK(page.status == 200);
  CHECK(page.head.find("Content-Security-Policy: ") != page.head.npos);
  CHECK(page.body.find("&lt;b&gt;first&lt;/b&gt; record") != page.body.npos);
  CHECK(client.ask(post("/", "pattern=none", "Content-Type: application/x-www-form-urlencoded\r\n"))
            .body.find("No record matches") != std::string::npos);
  const auto health = client.ask(get("/healthz"));
  CHECK(health.body == R"({"status":"ok","records":1,"newest_id":1})");
  CHECK(client.ask("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n").status == 421);
  CHECK(client.ask(post("/rm_logs", "")).status == 403);
  server.stop();
  thread.join();
}

TEST_SUITE_END();
