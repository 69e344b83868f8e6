#include <doctest/doctest.h>

#include <array>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/ssl.hpp>
#include <asio/write.hpp>
#include <chrono>
#include <fstream>
#include <future>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "psherald/ingestor.hpp"
#include "psherald/testing.hpp"
#include "psherald/web.hpp"
#include "support/certificates.hpp"

using namespace psherald;
using asio::ip::tcp;
using psherald::testing::Certificates;
using psherald::testing::MemorySink;
using psherald::testing::python_frame;

namespace {

HttpHandler echo() {
  return answer_at_once([](const HttpRequest& request) {
    std::string text = request.body.empty() ? request.path : request.body;
    return HttpResponse{200, "text/plain", {}, text + " " + request.certificate + (request.loopback ? " here" : "")};
  });
}

Ingestor::Options options_with(const Certificates& files) {
  Ingestor::Options options;
  options.http = echo();
  options.tls = {.certificate_file = files.certificate("server"),
                 .key_file = files.key("server"),
                 .client_ca_file = files.certificate("authority")};
  return options;
}

/// An ingestor and the thread that runs it.
class Running {
 public:
  Running(Sink& sink, Ingestor::Options options)
      : ingestor_{io_, sink, with_faults(std::move(options))}, thread_{[this] { io_.run(); }} {}
  ~Running() { stop(); }
  void stop() {
    ingestor_.stop();
    if (thread_.joinable()) thread_.join();
  }
  Ingestor* operator->() { return &ingestor_; }
  bool has_fault(const std::string& part) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (std::chrono::steady_clock::now() < end) {
      std::lock_guard lock{mutex_};
      for (const auto& fault : faults_)
        if (fault.find(part) != fault.npos) return true;
    }
    return false;
  }

 private:
  Ingestor::Options with_faults(Ingestor::Options options) {
    options.on_fault = [this](const Fault& fault) {
      std::lock_guard lock{mutex_};
      faults_.push_back(fault.text);
    };
    return options;
  }

  std::mutex mutex_;
  std::vector<std::string> faults_;
  asio::io_context io_{1};
  Ingestor ingestor_;
  std::thread thread_;
};

/// A client that speaks TLS, and shows a certificate where it is given one.
class Client {
 public:
  explicit Client(std::uint16_t port, const Certificates* files = nullptr, const std::string& name = "",
                  int highest_version = 0) {
    socket_.connect({asio::ip::address_v4::loopback(), port});
    if (files != nullptr) {
      context_.use_certificate_chain_file(files->certificate(name));
      context_.use_private_key_file(files->key(name), asio::ssl::context::pem);
    }
    if (highest_version != 0) SSL_CTX_set_max_proto_version(context_.native_handle(), highest_version);
    stream_ = std::make_unique<asio::ssl::stream<tcp::socket&>>(socket_, context_);
    stream_->handshake(asio::ssl::stream_base::client, error_);
  }
  bool connected() const { return !error_; }
  void send(std::string_view bytes) { asio::write(*stream_, asio::buffer(bytes), error_); }
  std::string read_until(std::string_view end) {
    std::string all;
    std::array<char, 16u << 10> piece;
    while (!error_ && !all.ends_with(end)) all.append(piece.data(), stream_->read_some(asio::buffer(piece), error_));
    return all;
  }
  /// Whether the other side ends with close_notify.
  bool is_closed_properly() {
    char byte;
    return !error_ && stream_->read_some(asio::buffer(&byte, 1), error_) == 0 && error_ == asio::error::eof;
  }
  void close() { stream_->shutdown(error_); }
  std::string certificate() const {
    const std::unique_ptr<X509, decltype(&X509_free)> shown{SSL_get1_peer_certificate(stream_->native_handle()),
                                                            &X509_free};
    char text[200] = "";
    X509_NAME_oneline(X509_get_subject_name(shown.get()), text, sizeof text);
    return text;
  }

 private:
  asio::io_context io_;
  tcp::socket socket_{io_};
  asio::ssl::context context_{asio::ssl::context::tls_client};
  std::unique_ptr<asio::ssl::stream<tcp::socket&>> stream_;
  asio::error_code error_;
};

const std::string get = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";

}  // namespace

TEST_SUITE_BEGIN("tls");

TEST_CASE("frames, HTTP and TLS with either inside come over one port") {
  const Certificates files;
  MemorySink sink;
  Running ingestor{sink, options_with(files)};
  Client sender{ingestor->port()}, client{ingestor->port()};
  REQUIRE(sender.connected());
  const std::string frame = python_frame({.message = "over TLS"});
  for (const char byte : frame) sender.send({&byte, 1});
  for (const char byte : get) client.send({&byte, 1});
  CHECK(client.read_until("/a  here").starts_with("HTTP/1.1 200"));
  REQUIRE(sink.wait_for(1));

  asio::io_context io;
  tcp::socket plain{io};
  plain.connect({asio::ip::address_v4::loopback(), ingestor->port()});
  asio::write(plain, asio::buffer(python_frame({.message = "in the clear"})));
  CHECK(sink.wait_for(2));
  CHECK(ingestor->stats().faults == 0);
}

TEST_CASE("TLS carries much, both ways, and what comes before its end") {
  const Certificates files;
  MemorySink sink;
  Running ingestor{sink, options_with(files)};
  Client client{ingestor->port()};
  const std::string body(5u << 20, 'b');
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  CHECK(client.read_until("b  here").size() > body.size());
  {
    Client sender{ingestor->port()};
    std::string all;
    for (int i = 0; i < 5'000; ++i) all += python_frame({.message = "x"});
    sender.send(all);
    sender.close();
  }
  CHECK(sink.wait_for(5'000));
  client.send("GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  CHECK(client.read_until("/last  here").starts_with("HTTP/1.1 200"));
  CHECK(client.is_closed_properly());
}

TEST_CASE("a client's certificate tells who it is when it verifies, and nobody comes in with another") {
  const Certificates files;
  MemorySink sink;
  Running ingestor{sink, options_with(files)};
  Client known{ingestor->port(), &files, "client"};
  known.send(get);
  CHECK(known.read_until("/a CN=gateway,O=Shop here").starts_with("HTTP/1.1 200"));
  Client stranger{ingestor->port(), &files, "stranger"};
  stranger.send(get);
  CHECK(stranger.read_until("here").empty());
  CHECK(ingestor.has_fault("the TLS handshake failed"));
}

TEST_CASE("TLS before 1.2, a handshake that is none or does not come, and TLS within TLS are refused") {
  const Certificates files;
  MemorySink sink;
  auto options = options_with(files);
  options.tls.handshake_deadline = std::chrono::milliseconds{100};
  Running ingestor{sink, std::move(options)};
  CHECK_FALSE(Client{ingestor->port(), nullptr, "", TLS1_1_VERSION}.connected());
  CHECK(Client{ingestor->port(), nullptr, "", TLS1_2_VERSION}.connected());
  asio::io_context io;
  for (const std::string words : {"\x16", "\x16\x03\x01\x02", "\x16junk that is no handshake"}) {
    tcp::socket socket{io};
    socket.connect({asio::ip::address_v4::loopback(), ingestor->port()});
    asio::write(socket, asio::buffer(words));
    char bytes[100];
    asio::error_code error;
    while (!error) socket.read_some(asio::buffer(bytes), error);
  }
  CHECK(ingestor.has_fault("no TLS handshake in time"));
  Client twice{ingestor->port()};
  twice.send("\x16\x03\x01");
  CHECK(ingestor.has_fault("TLS is not taken here"));
  CHECK(twice.is_closed_properly());
}

TEST_CASE("more connections over TLS than allowed are closed, and the port goes on") {
  const Certificates files;
  MemorySink sink;
  auto options = options_with(files);
  options.tls.max_connections = 2;
  Running ingestor{sink, std::move(options)};
  Client first{ingestor->port()}, second{ingestor->port()};
  CHECK_FALSE(Client{ingestor->port()}.connected());
  CHECK(ingestor.has_fault("2 connections over TLS are open"));
  second.send(get);
  CHECK(second.read_until("here").starts_with("HTTP/1.1 200"));
}

TEST_CASE("files that are wrong are an error that names them") {
  const Certificates files;
  MemorySink sink;
  asio::io_context io;
  const auto reason = [&](const TlsOptions& tls) -> std::string {
    try {
      Ingestor ingestor{io, sink, {.tls = tls}};
    } catch (const Error& error) {
      CHECK(error.code() == Errc::bad_config);
      return error.what();
    }
    return {};
  };
  const auto certificate = files.certificate("server"), key = files.key("server");
  CHECK(reason({certificate, key}).empty());
  CHECK(reason({"/nowhere.pem", key}).find("certificate /nowhere.pem") != std::string::npos);
  CHECK(reason({certificate, "/nowhere.key"}).find("key /nowhere.key") != std::string::npos);
  CHECK(reason({certificate, files.key("client")}).find(files.key("client")) != std::string::npos);
  CHECK(reason({certificate, key, key}).find("authorities") != std::string::npos);
}

TEST_CASE("certificates are read again, and a wrong one changes nothing") {
  const Certificates files;
  MemorySink sink;
  Running ingestor{sink, options_with(files)};
  Client before{ingestor->port()};
  CHECK(before.certificate() == "/CN=localhost");
  std::ofstream{files.certificate("server")} << "nonsense";
  CHECK_THROWS_AS(ingestor->reload_tls(), Error);
  CHECK(Client{ingestor->port()}.certificate() == "/CN=localhost");
  files.make("server", "/CN=renewed", "");
  ingestor->reload_tls();
  CHECK(Client{ingestor->port()}.certificate() == "/CN=renewed");
  before.send(get);
  CHECK(before.read_until("here").starts_with("HTTP/1.1 200"));
}

TEST_CASE("stop delivers what has come over TLS and ends its connections properly") {
  const Certificates files;
  MemorySink sink;
  Running ingestor{sink, options_with(files)};
  Client sender{ingestor->port()}, silent{ingestor->port()};
  for (int i = 0; i < 500; ++i) sender.send(python_frame({.message = "x"}));
  REQUIRE(sink.wait_for(1));
  std::thread stopping{[&] { ingestor.stop(); }};
  CHECK(sender.is_closed_properly());
  CHECK(silent.is_closed_properly());
  sender.close();
  silent.close();
  stopping.join();
  CHECK(sink.size() == 500);
  CHECK(ingestor->stats().open == 0);
}

TEST_CASE("a page is read over TLS and in the clear") {
  const Certificates files;
  asio::io_context io{1};
  WebServer::Options options;
  options.tls = {.certificate_file = files.certificate("server"), .key_file = files.key("server")};
  WebServer server{io, echo(), options};
  std::thread thread{[&] { io.run(); }};
  {
    Client client{server.port()};
    client.send(get);
    CHECK(client.read_until("/a  here").starts_with("HTTP/1.1 200"));
    tcp::socket plain{io};
    plain.connect({asio::ip::address_v4::loopback(), server.port()});
    asio::write(plain, asio::buffer(get));
    char bytes[12];
    asio::read(plain, asio::buffer(bytes));
    CHECK(std::string_view{bytes, sizeof bytes} == "HTTP/1.1 200");
  }
  server.stop();
  thread.join();
}

TEST_CASE("a client over TLS that leaves ends what it has asked for") {
  const Certificates files;
  asio::io_context io{1};
  WebServer::Options options;
  options.tls = {.certificate_file = files.certificate("server"), .key_file = files.key("server")};
  std::promise<void> asked, told;
  WebServer server{io,
                   [&](const HttpRequest& request, const HttpRespond& respond) {
                     asked.set_value();
                     const std::stop_callback on_stop{request.cancel, [&] { told.set_value(); }};
                     if (told.get_future().wait_for(std::chrono::seconds{60}) == std::future_status::ready)
                       respond({200, "text/plain", {}, "you left"});
                   },
                   options};
  std::thread thread{[&] { io.run(); }};
  auto has_left = std::make_unique<Client>(server.port());
  has_left->send(get);
  asked.get_future().wait();
  const auto begun = std::chrono::steady_clock::now();
  has_left.reset();
  server.stop();
  thread.join();
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds{60});
}

TEST_SUITE_END();
