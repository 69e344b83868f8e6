#include "http_questions.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <asio/io_context.hpp>
#include <charconv>
#include <iterator>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <vector>

#include "measure.hpp"
#include "psherald/psherald.hpp"

using namespace psherald;

namespace {

/// A connection that is asked one question again and again.
class Client {
 public:
  explicit Client(std::uint16_t port) : socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)}, buffer_(1u << 18) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail();
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { ::close(socket_); }

  /// How long the body was. @throws std::runtime_error: not answered by 200
  std::size_t ask(std::string_view request) {
    if (::send(socket_, request.data(), request.size(), MSG_NOSIGNAL) != ssize_t(request.size())) fail();
    std::size_t there = 0, head = std::string_view::npos;
    while (head == std::string_view::npos) {
      there += receive(there);
      head = std::string_view{buffer_.data(), there}.find("\r\n\r\n");
    }
    const std::string_view text{buffer_.data(), head};
    constexpr std::string_view name = "Content-Length: ";
    const auto length = text.find(name);
    std::size_t body = 0;
    if (!text.starts_with("HTTP/1.1 200") || length == text.npos) fail();
    std::from_chars(text.data() + length + name.size(), text.data() + text.size(), body);
    for (std::size_t got = there - head - 4; got < body;) got += receive(0);
    return body;
  }

 private:
  std::size_t receive(std::size_t at) {
    const auto size = ::recv(socket_, buffer_.data() + at, buffer_.size() - at, 0);
    if (size <= 0) fail();
    return std::size_t(size);
  }
  [[noreturn]] static void fail() { throw std::runtime_error{"the server of the benchmark does not answer"}; }

  int socket_;
  std::vector<char> buffer_;
};

struct Question {
  const char* name;
  std::string request;
};

struct Answers {
  std::vector<double> milliseconds{}, rates{}, cpu_milliseconds{};
  std::size_t bytes = 0;
};

void ask_alone(std::uint16_t port, const Question& question, Answers& answers) {
  Client client{port};
  for (int i = 0; i < 200; ++i)
    answers.milliseconds.push_back(seconds_of([&] { answers.bytes = client.ask(question.request); }) * 1e3);
}

void ask_together(std::uint16_t port, const Question& question, Answers& answers) {
  constexpr int clients = 4, times = 500;
  const double cpu = cpu_seconds();
  const double seconds = seconds_of([&] {
    std::vector<std::thread> threads;
    for (int i = 0; i < clients; ++i)
      threads.emplace_back([&] {
        Client client{port};
        for (int asked = 0; asked < times; ++asked) client.ask(question.request);
      });
    for (auto& thread : threads) thread.join();
  });
  answers.rates.push_back(clients * times / seconds);
  answers.cpu_milliseconds.push_back((cpu_seconds() - cpu) * 1e3 / (clients * times));
}

}  // namespace

void ask_over_http(const std::string& database) {
  LogStore store{{.path = database}};
  WebApp app{store, nullptr, {}};
  asio::io_context io{1};
  WebServer server{io, answer_at_once([&](const HttpRequest& request) { return app.handle(request); }), {}};
  std::thread serving{[&] { io.run(); }};

  const std::string graphql =
      R"({"query":"{ getLogs(first: 50) { id created levelno levelname produktId systemId subSystemId name module )"
      R"(funcname filename lineno process processname threadname packageVersion message excText } }"})";
  const Question questions[]{
      {"records, the newest 50", "GET /api/v1/records HTTP/1.1\r\nHost: localhost\r\n\r\n"},
      {"GraphQL getLogs(first: 50)",
       "POST /graph_ql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(graphql.size()) + "\r\n\r\n" + graphql}};
  Answers all[std::size(questions)];
  for (int round = 0; round < 5; ++round)
    for (std::size_t i = 0; i < std::size(questions); ++i) {
      ask_alone(server.port(), questions[i], all[i]);
      ask_together(server.port(), questions[i], all[i]);
    }
  for (std::size_t i = 0; i < std::size(questions); ++i)
    std::printf(
        "  %lld rows: %9.2f ms, %.0f requests/s by four clients, %.2f ms CPU each with its client   %s (%zu bytes)\n",
        static_cast<long long>(store.count()), median(all[i].milliseconds), median(all[i].rates),
        median(all[i].cpu_milliseconds), questions[i].name, all[i].bytes);
  std::printf("  GraphQL takes %.2f of the time of records\n",
              median(all[1].milliseconds) / median(all[0].milliseconds));
  server.stop();
  serving.join();
}
