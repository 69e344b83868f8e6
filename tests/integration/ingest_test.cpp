#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <asio/connect.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/write.hpp>
#include <condition_variable>
#include <filesystem>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "net/sniff.hpp"
#include "psherald/ingestor.hpp"
#include "psherald/queued_sink.hpp"
#include "psherald/testing.hpp"
#include "support/place.hpp"

using namespace psherald;
using asio::ip::tcp;
using psherald::testing::MemorySink;
using psherald::testing::Place;
using psherald::testing::python_frame;
namespace fs = std::filesystem;

namespace {

std::string frame(const std::string& message) { return python_frame({.message = message}); }

std::vector<std::string> numbered(int count) {
  std::vector<std::string> all;
  for (int i = 0; i < count; ++i) all.push_back("record " + std::to_string(i));
  return all;
}

/// Faults as they come, from any thread, to be waited for.
class Faults {
 public:
  std::function<void(const Fault&)> collector() {
    return [this](const Fault& fault) {
      std::lock_guard lock{mutex_};
      all_.push_back(fault);
      arrived_.notify_all();
    };
  }
  bool wait_for(Errc code) {
    std::unique_lock lock{mutex_};
    return arrived_.wait_for(lock, std::chrono::seconds{10}, [&] { return find(code) != nullptr; });
  }
  std::string text(Errc code) {
    std::lock_guard lock{mutex_};
    const auto* found = find(code);
    return found != nullptr ? found->text : "";
  }

 private:
  const Fault* find(Errc code) const {
    for (const auto& fault : all_)
      if (fault.code == code) return &fault;
    return nullptr;
  }
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Fault> all_;
};

/// An ingestor and the thread that runs it. stop() returns when everything has been answered for.
class Running {
 public:
  Running(Sink& sink, Ingestor::Options options)
      : ingestor_{io_, sink, std::move(options)}, thread_{[this] { io_.run(); }} {}
  explicit Running(Sink& sink) : Running{sink, {}} {}
  ~Running() { stop(); }
  void stop() {
    ingestor_.stop();
    if (thread_.joinable()) thread_.join();
  }
  Ingestor* operator->() { return &ingestor_; }

 private:
  asio::io_context io_{1};
  Ingestor ingestor_;
  std::thread thread_;
};

/// A peer that sends what it is told and waits for nothing.
class Peer {
 public:
  explicit Peer(std::uint16_t port) : socket_{io_} { socket_.connect({asio::ip::address_v4::loopback(), port}); }
  void send(std::string_view bytes) { asio::write(socket_, asio::buffer(bytes)); }
  void close() { socket_.close(); }
  /// All that comes, up to and with `end`; less when the other side closes before.
  std::string read_until(std::string_view end) {
    std::string all;
    asio::error_code error;
    for (char byte = 0; !error && !all.ends_with(end);)
      if (socket_.read_some(asio::buffer(&byte, 1), error) == 1) all += byte;
    return all;
  }
  /// Waits until the other side has closed. False when it said something instead.
  bool is_closed() {
    char byte;
    asio::error_code error;
    socket_.read_some(asio::buffer(&byte, 1), error);
    return error == asio::error::eof || error == asio::error::connection_reset;
  }

 private:
  asio::io_context io_;
  tcp::socket socket_;
};

/// Answers requests with what they are.
Ingestor::Options echo() {
  Ingestor::Options options;
  options.http = answer_at_once([](const HttpRequest& request) {
    return HttpResponse{
        200, "text/plain", {}, request.body.empty() ? request.method + ' ' + request.path : request.body};
  });
  return options;
}

/// A sink that has no room until told so.
class FullSink final : public Sink {
 public:
  void write(RecordBatch batch, Done done) override {
    if (!has_room_) return done(Fault{Errc::queue_full, "full"});
    memory.write(std::move(batch), std::move(done));
  }
  bool has_room() const noexcept override {
    ++asked_;
    return has_room_;
  }
  void make_room() { has_room_ = true; }
  void wait_until_asked() const {
    while (asked_ == 0) std::this_thread::yield();
  }
  MemorySink memory;

 private:
  std::atomic<bool> has_room_ = false;
  mutable std::atomic<int> asked_ = 0;
};

}  // namespace

TEST_SUITE_BEGIN("ingest");

TEST_CASE("the records of a connection arrive in the order in which they were sent") {
  MemorySink sink;
  Running ingestor{sink};
  Peer peer{ingestor->port()};
  for (const auto& message : numbered(1000)) peer.send(frame(message));
  REQUIRE(sink.wait_for(1000));
  CHECK(sink.messages() == numbered(1000));
  CHECK(ingestor->stats().records == 1000);
  CHECK(ingestor->stats().connections == 1);
  CHECK(ingestor->stats().faults == 0);
}

TEST_CASE("a frame that comes byte by byte is one record") {
  MemorySink sink;
  Running ingestor{sink};
  Peer peer{ingestor->port()};
  for (const char byte : frame("slow")) peer.send({&byte, 1});
  REQUIRE(sink.wait_for(1));
  CHECK(sink.messages() == std::vector<std::string>{"slow"});
}

TEST_CASE("a record carries the time of its arrival") {
  MemorySink sink;
  const auto before = now();
  {
    Running ingestor{sink};
    Peer peer{ingestor->port()};
    peer.send(frame("hello"));
    REQUIRE(sink.wait_for(1));
  }
  const auto& record = sink.batches().front().records()[0];
  CHECK(record.received >= before);
  CHECK(record.received <= now());
  CHECK(record.created == Timestamp{std::chrono::microseconds{1'795'338'000'250'000}});
}

TEST_CASE("many connections at once lose nothing") {
  MemorySink sink;
  Running ingestor{sink};
  std::vector<std::thread> peers;
  for (int i = 0; i < 64; ++i)
    peers.emplace_back([&] {
      Peer peer{ingestor->port()};
      for (int j = 0; j < 50; ++j) peer.send(frame("x"));
    });
  for (auto& peer : peers) peer.join();
  CHECK(sink.wait_for(64 * 50));
  ingestor.stop();
  CHECK(ingestor->stats().connections == 64);
  CHECK(ingestor->stats().open == 0);
}

TEST_CASE("a frame that does not decode costs that record only, and is kept as a dead letter") {
  MemorySink sink;
  Faults faults;
  {
    Running ingestor{sink, {.on_fault = faults.collector()}};
    Peer peer{ingestor->port()};
    peer.send(frame("before"));
    peer.send(std::string{"\0\0\0\5junk!", 9});
    peer.send(frame("after"));
    REQUIRE(sink.wait_for(2));
    CHECK(ingestor->stats().faults == 1);
  }
  CHECK(sink.messages() == std::vector<std::string>{"before", "after"});
  REQUIRE(sink.dead_letters() == 1);
  for (const auto& batch : sink.batches())
    for (const auto& letter : batch.dead_letters()) {
      CHECK(letter.bytes == "junk!");
      CHECK(letter.peer.starts_with("127.0.0.1:"));
      CHECK_FALSE(letter.reason.empty());
    }
}

TEST_CASE("a length that cannot be one closes its connection and no other") {
  MemorySink sink;
  Faults faults;
  Running ingestor{sink, {.on_fault = faults.collector()}};
  Peer good{ingestor->port()};
  good.send(frame("one"));
  Peer bad{ingestor->port()};
  bad.send("GET / HTTP/1.1\r\n\r\n");
  CHECK(bad.is_closed());
  CHECK(faults.wait_for(Errc::bad_frame));
  CHECK(faults.text(Errc::bad_frame).find("127.0.0.1:") == 0);
  good.send(frame("two"));
  CHECK(sink.wait_for(2));
  CHECK(sink.dead_letters() == 1);
}

TEST_CASE("a frame above the limit is passed over, and the next one is a record") {
  MemorySink sink;
  Faults faults;
  Running ingestor{sink, {.max_frame_bytes = 10'000, .on_fault = faults.collector()}};
  Peer peer{ingestor->port()};
  peer.send(frame(std::string(20'000, 'x')));
  peer.send(frame("small"));
  REQUIRE(sink.wait_for(1));
  CHECK(sink.messages() == std::vector<std::string>{"small"});
  CHECK(faults.wait_for(Errc::frame_too_large));
  CHECK(sink.dead_letters() == 1);
}

TEST_CASE("a peer that closes within a frame is reported, and what came before is stored") {
  MemorySink sink;
  Faults faults;
  Running ingestor{sink, {.on_fault = faults.collector()}};
  {
    Peer peer{ingestor->port()};
    peer.send(frame("whole"));
    peer.send(std::string_view{frame("cut off")}.substr(0, 20));
    REQUIRE(sink.wait_for(1));
  }
  CHECK(faults.wait_for(Errc::frame_cut_off));
  CHECK(sink.messages() == std::vector<std::string>{"whole"});
}

TEST_CASE("more connections than allowed are closed at once") {
  MemorySink sink;
  Faults faults;
  Running ingestor{sink, {.max_connections = 1, .on_fault = faults.collector()}};
  Peer first{ingestor->port()};
  first.send(frame("first"));
  REQUIRE(sink.wait_for(1));
  Peer second{ingestor->port()};
  CHECK(second.is_closed());
  CHECK(faults.wait_for(Errc::peer_lost));
  first.send(frame("still here"));
  CHECK(sink.wait_for(2));
}

TEST_CASE("the first byte tells what a peer speaks") {
  constexpr std::size_t longest = 16u << 20;
  for (int byte = 0; byte < 256; ++byte) {
    CAPTURE(byte);
    const bool method = std::string_view{"GPHOD"}.find(static_cast<char>(byte)) != std::string_view::npos;
    const net::Speech expected = byte <= 1      ? net::Speech::frames
                                 : byte == 0x16 ? net::Speech::tls
                                 : method       ? net::Speech::http
                                                : net::Speech::unknown;
    CHECK(net::speech_of(static_cast<unsigned char>(byte), longest) == expected);
  }
}

TEST_CASE("frames and HTTP come over one port, wherever their bytes are cut") {
  MemorySink sink;
  Running ingestor{sink, echo()};
  for (int i = 0; i < 3; ++i) {
    Peer sender{ingestor->port()}, client{ingestor->port()};
    const std::string record = frame("slow"), request = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody";
    for (const char byte : request) client.send({&byte, 1});
    for (const char byte : record) sender.send({&byte, 1});
    CHECK(client.read_until("body").starts_with("HTTP/1.1 200 OK\r\n"));
  }
  REQUIRE(sink.wait_for(3));
  CHECK(ingestor->stats().records == 3);
  CHECK(ingestor->stats().requests == 3);
  CHECK(ingestor->stats().faults == 0);
}

TEST_CASE("what is neither a frame nor HTTP is refused, counted and kept") {
  struct Case {
    const char* first_words;
    const char* reason;
    bool with_http;
  };
  for (const auto& wrong :
       {Case{"SSH-2.0-OpenSSH_9.2\r\n", "begins nothing that is taken here", true},
        Case{"\x16\x03\x01\x02", "TLS is not taken here", true},
        Case{"{\"message\":1}\n", "begins nothing that is taken here", true},
        Case{"g", "begins nothing that is taken here", true}, Case{"\xff", "begins nothing that is taken here", true},
        Case{"GET / HTTP/1.1\r\n\r\n", "HTTP is not taken here", false}}) {
    CAPTURE(wrong.first_words);
    MemorySink sink;
    Faults faults;
    auto options = wrong.with_http ? echo() : Ingestor::Options{};
    options.on_fault = faults.collector();
    Running ingestor{sink, std::move(options)};
    Peer peer{ingestor->port()};
    peer.send(wrong.first_words);
    CHECK(peer.is_closed());
    REQUIRE(faults.wait_for(Errc::bad_frame));
    CHECK(faults.text(Errc::bad_frame).find(wrong.reason) != std::string::npos);
    CHECK(ingestor->stats().faults == 1);
    ingestor.stop();
    REQUIRE(sink.dead_letters() == 1);
    CHECK(sink.batches().front().dead_letters()[0].bytes == wrong.first_words);
  }
}

TEST_CASE("two hundred silent peers cost nobody anything") {
  MemorySink sink;
  Running ingestor{sink, echo()};
  std::list<Peer> silent;
  for (int i = 0; i < 200; ++i) silent.emplace_back(ingestor->port());
  Peer sender{ingestor->port()}, client{ingestor->port()};
  sender.send(frame("heard"));
  client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.read_until("GET /a").starts_with("HTTP/1.1 200"));
  REQUIRE(sink.wait_for(1));
  for (auto& peer : silent) peer.send(frame("at last"));
  CHECK(sink.wait_for(201));
  CHECK(ingestor->stats().faults == 0);
}

TEST_CASE("more silent peers than places lock out neither senders nor clients") {
  MemorySink sink;
  Faults faults;
  auto options = echo();
  options.max_connections = 10;
  options.http_limits.max_connections = 10;
  options.on_fault = faults.collector();
  Running ingestor{sink, std::move(options)};
  std::list<Peer> silent;
  for (int i = 0; i < 50; ++i) silent.emplace_back(ingestor->port());
  Peer sender{ingestor->port()}, client{ingestor->port()};
  sender.send(frame("heard"));
  client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.read_until("GET /a").starts_with("HTTP/1.1 200"));
  CHECK(sink.wait_for(1));
  CHECK(silent.front().is_closed());
  CHECK(faults.text(Errc::peer_lost).find("said nothing for longest of 20 peers") != std::string::npos);
}

TEST_CASE("senders of frames do not take the places of HTTP, nor the other way round") {
  MemorySink sink;
  auto options = echo();
  options.max_connections = 2;
  options.http_limits.max_connections = 2;
  Running ingestor{sink, std::move(options)};
  std::list<Peer> senders, clients;
  for (int i = 0; i < 2; ++i) senders.emplace_back(ingestor->port()).send(frame("x"));
  REQUIRE(sink.wait_for(2));
  Peer third{ingestor->port()};
  third.send(frame("x"));
  CHECK(third.is_closed());
  for (int i = 0; i < 5; ++i) {
    auto& client = clients.emplace_back(ingestor->port());
    client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(client.read_until("GET /a").starts_with("HTTP/1.1 200"));
  }
  for (auto& sender : senders) sender.send(frame("x"));
  CHECK(sink.wait_for(4));
}

TEST_CASE("stop answers the requests that have arrived, and lets the silent go") {
  MemorySink sink;
  asio::io_context io{1};
  Ingestor ingestor{io, sink, echo()};
  Peer client{ingestor.port()}, sender{ingestor.port()}, silent{ingestor.port()};
  client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
  sender.send(frame("x"));
  ingestor.stop();
  io.run();  // on this thread, and only now: everything lies in the kernel's buffers
  CHECK(sink.size() == 1);
  CHECK(client.read_until("GET /a").starts_with("HTTP/1.1 200"));
  CHECK(silent.is_closed());
  CHECK(ingestor.stats().open == 0);
}

TEST_CASE("stop delivers what has arrived, even on a connection that was not accepted yet") {
  MemorySink sink;
  asio::io_context io{1};
  Ingestor ingestor{io, sink, {}};
  Peer peer{ingestor.port()};
  for (const auto& message : numbered(500)) peer.send(frame(message));
  ingestor.stop();
  io.run();  // on this thread, and only now: everything lies in the kernel's buffers
  CHECK(sink.size() == 500);
  CHECK(sink.messages() == numbered(500));
}

TEST_CASE("an ingestor that is destroyed without a stop leaves nothing behind in the io_context") {
  MemorySink sink;
  asio::io_context io{1};
  std::optional<Ingestor> ingestor{std::in_place, io, sink, Ingestor::Options{}};
  Peer peer{ingestor->port()};
  peer.send(frame("x"));
  io.run_one();
  ingestor.reset();
  io.run();
  CHECK(peer.is_closed());
}

TEST_CASE("the io_context runs until the sink has answered") {
  struct LateSink final : Sink {
    void write(RecordBatch, Done done) override { later = std::move(done); }
    Done later;
  } sink;
  asio::io_context io{1};
  Ingestor ingestor{io, sink, {}};
  Peer peer{ingestor.port()};
  peer.send(frame("x"));
  ingestor.stop();
  while (!sink.later) io.run_one();
  io.poll();
  CHECK_FALSE(io.stopped());
  std::exchange(sink.later, {})(Appended{1, 1});
  io.run();
  CHECK(ingestor.stats().dropped == 0);
}

TEST_CASE("peers wait while the sink has no room, and lose nothing when it has some in time") {
  FullSink sink;
  Running ingestor{sink, {.patience = std::chrono::hours{1}}};
  Peer peer{ingestor->port()};
  for (const auto& message : numbered(100)) peer.send(frame(message));
  sink.wait_until_asked();
  CHECK(ingestor->stats().records == 0);
  sink.make_room();
  REQUIRE(sink.memory.wait_for(100));
  CHECK(sink.memory.messages() == numbered(100));
  CHECK(ingestor->stats().dropped == 0);
}

TEST_CASE("a peer is read when its patience is at an end, and what the sink does not take is counted and reported") {
  FullSink sink;
  Faults faults;
  Running ingestor{sink, {.patience = std::chrono::milliseconds{1}, .on_fault = faults.collector()}};
  Peer peer{ingestor->port()};
  peer.send(frame("lost"));
  REQUIRE(faults.wait_for(Errc::queue_full));
  CHECK(ingestor->stats().dropped == 1);
  CHECK(faults.text(Errc::queue_full) == "1 records dropped: full");
  sink.make_room();
  peer.send(frame("kept"));
  REQUIRE(sink.memory.wait_for(1));
  CHECK(sink.memory.messages() == std::vector<std::string>{"kept"});
}

TEST_CASE("a sink that throws loses its records by count, not the connection") {
  struct ThrowingSink final : Sink {
    void write(RecordBatch, Done) override { throw Error{Errc::store_io, "no disk"}; }
  } sink;
  Faults faults;
  Running ingestor{sink, {.on_fault = faults.collector()}};
  Peer peer{ingestor->port()};
  peer.send(frame("x"));
  CHECK(faults.wait_for(Errc::store_io));
  peer.send(frame("y"));
  ingestor.stop();
  CHECK(ingestor->stats().dropped == 2);
}

TEST_CASE(
    "a Unix socket is for its owner only, a stale one is replaced, a live one is an error, and it goes at the end") {
  const Place place;
  const std::string path = place.file("socket");
  MemorySink sink;
  {
    asio::io_context io;
    asio::local::stream_protocol::acceptor left_behind{io, {path}};
  }
  REQUIRE(fs::exists(path));
  {
    Running ingestor{sink, {.listen = {"unix:" + path}}};
    CHECK(ingestor->endpoints() == std::vector<std::string>{"unix:" + path});
    CHECK(ingestor->port() == 0);
    CHECK(fs::status(path).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
    CHECK_THROWS_AS((Running{sink, {.listen = {"unix:" + path}}}), Error);
    asio::io_context io;
    asio::local::stream_protocol::socket peer{io};
    peer.connect({path});
    asio::write(peer, asio::buffer(frame("by unix socket")));
    CHECK(sink.wait_for(1));
  }
  CHECK_FALSE(fs::exists(path));
}

TEST_CASE("a listening socket that was opened by another program is taken over") {
  asio::io_context io;
  tcp::acceptor opened{io, {asio::ip::address_v4::loopback(), 0}};
  const auto port = opened.local_endpoint().port();
  MemorySink sink;
  Running ingestor{sink, {.listen = {}, .inherited = {::dup(opened.native_handle())}}};
  CHECK(ingestor->port() == port);
  Peer peer{port};
  peer.send(frame("inherited"));
  CHECK(sink.wait_for(1));
}

TEST_CASE("it listens on several addresses at once") {
  MemorySink sink;
  Running ingestor{sink, {.listen = {"127.0.0.1:0", "127.0.0.1:0"}}};
  const auto endpoints = ingestor->endpoints();
  REQUIRE(endpoints.size() == 2);
  for (const auto& endpoint : endpoints) {
    Peer peer{static_cast<std::uint16_t>(std::stoi(endpoint.substr(endpoint.rfind(':') + 1)))};
    peer.send(frame("x"));
  }
  CHECK(sink.wait_for(2));
}

TEST_CASE("an address that cannot be listened on is an error that says why") {
  asio::io_context io;
  tcp::acceptor taken{io, {asio::ip::address_v4::loopback(), 0}};
  const auto in_use = "127.0.0.1:" + std::to_string(taken.local_endpoint().port());
  struct {
    std::string address, reason;
  } const cases[] = {
      {in_use, "another program listens there"},
      {"9020", "expected HOST:PORT"},
      {":9020", "no host"},
      {"127.0.0.1:", "the port is not a number"},
      {"127.0.0.1:70000", "the port is not a number"},
      {"127.0.0.1:9x", "the port is not a number"},
      {"::1:9020", "in brackets"},
      {"unix:", "no path"},
      {"unix:/no/such/directory/socket", "No such file"},
      {"unix:/dev/null", "a file that is no socket"},
      {"unix:/" + std::string(200, 'x'), "longer"},
      {"203.0.113.1:9020", "assign"},
  };
  MemorySink sink;
  for (const auto& c : cases) {
    CAPTURE(c.address);
    std::string said;
    try {
      Ingestor ingestor{io, sink, {.listen = {c.address}}};
    } catch (const Error& error) {
      CHECK(error.code() == Errc::listen);
      said = error.what();
    }
    CHECK(said.find("cannot listen on " + c.address) == 0);
    CHECK(said.find(c.reason) != said.npos);
  }
}

TEST_SUITE_END();
