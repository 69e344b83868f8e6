#include <doctest/doctest.h>
#include <sys/socket.h>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "psherald/log_store.hpp"
#include "support/oracle.hpp"
#include "support/proxy.hpp"

using namespace psherald;
using namespace psherald::testing;
using namespace std::chrono_literals;
using asio::ip::tcp;

TEST_SUITE_BEGIN("support");

namespace {

using Clock = std::chrono::steady_clock;

/// Answers each byte with itself, one connection after the other.
class Echo {
 public:
  Echo() : acceptor_{io_, tcp::endpoint{asio::ip::address_v4::loopback(), 0}} {
    thread_ = std::thread{[this] { serve(); }};
  }
  ~Echo() {
    going_ = false;
    asio::error_code ignored;
    tcp::socket{io_}.connect(acceptor_.local_endpoint(), ignored);
    thread_.join();
  }
  std::string endpoint() const { return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()); }
  std::size_t bytes() const { return bytes_; }

 private:
  void serve() {
    while (going_) {
      asio::error_code error;
      tcp::socket socket{io_};
      acceptor_.accept(socket, error);
      char piece[1024];
      while (!error) {
        const auto size = socket.read_some(asio::buffer(piece), error);
        bytes_ += size;
        if (!error) asio::write(socket, asio::buffer(piece, size), error);
      }
    }
  }

  asio::io_context io_;
  tcp::acceptor acceptor_;
  std::atomic<bool> going_ = true;
  std::atomic<std::size_t> bytes_ = 0;
  std::thread thread_;
};

/// What comes back when so many bytes were sent, until the stream ends, or for a second.
struct Answer {
  std::size_t bytes = 0;
  asio::error_code end{};  ///< would_block: none came.
};

Answer ask(const std::string& endpoint, std::size_t bytes) {
  asio::io_context io;
  tcp::socket socket{io};
  socket.connect({asio::ip::make_address("127.0.0.1"), static_cast<std::uint16_t>(std::stoul(endpoint.substr(10)))});
  const timeval patience{1, 0};
  ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  asio::error_code error;
  asio::write(socket, asio::buffer(std::string(bytes, 'x')), error);
  Answer answer;
  std::string piece(4096, ' ');
  while (answer.bytes < bytes) {
    const auto size = ::recv(socket.native_handle(), piece.data(), piece.size(), 0);
    if (size <= 0) {
      answer.end =
          size == 0 ? asio::error_code{asio::error::eof} : asio::error_code{errno, asio::error::get_system_category()};
      break;
    }
    answer.bytes += static_cast<std::size_t>(size);
  }
  return answer;
}

void write(LogStore& store, RecordBatch batch) { store.write(std::move(batch), {}); }
void write(LogStore& store, std::string_view message, Flag flags = Flag::none) {
  RecordBatch batch;
  batch.append({.flags = flags, .message = message}, {}, {.name = Oracle::logger});
  write(store, std::move(batch));
}

}  // namespace

TEST_CASE("a proxy without a script changes nothing") {
  Echo echo;
  Proxy proxy{echo.endpoint()};
  CHECK(ask(proxy.endpoint(), 100'000).bytes == 100'000);
  CHECK(proxy.connections() == 1);
  CHECK(proxy.ended() == 0);
}

TEST_CASE("a connection ends at the byte that its fate says, in the way that it says") {
  struct Case {
    const char* name;
    Proxy::Fate fate;
    std::size_t arrived, answered;
    asio::error_code end;
  };
  const asio::error_code eof = asio::error::eof, reset = asio::error::connection_reset,
                         nothing = asio::error::would_block;
  using End = Proxy::End;
  const Case cases[]{
      {"before the first byte", {.request_bytes = 0}, 0, 0, eof},
      {"in a request", {.request_bytes = 300, .end = End::close}, 300, 0, eof},
      {"in a reply", {.reply_bytes = 200}, 1'000, 200, eof},
      {"a reply is lost", {.reply_bytes = 0}, 1'000, 0, eof},
      {"the reply to what comes too late is lost", {.answered_bytes = 999}, 1'000, 0, eof},
      {"by a reset", {.request_bytes = 0, .end = End::reset}, 0, 0, reset},
      {"by a reset in a reply", {.reply_bytes = 0, .end = End::reset}, 1'000, 0, reset},
      {"by silence", {.request_bytes = 0, .end = End::silence}, 0, 0, nothing},
      {"without any reply", {.drop_replies = true}, 1'000, 0, nothing},
      {"without being read", {.never_read = true}, 0, 0, nothing},
  };
  for (const auto& one : cases) {
    CAPTURE(one.name);
    Echo echo;
    Proxy proxy{echo.endpoint(), [&](int) { return one.fate; }};
    const auto answer = ask(proxy.endpoint(), 1'000);
    // What was passed on before the end may still be on its way back, so there the answer is anything up to it.
    if (one.fate.request_bytes.value_or(0) == 0) CHECK(answer.bytes == one.answered);
    CHECK(answer.end == one.end);
    while (echo.bytes() < one.arrived) std::this_thread::yield();
    CHECK(echo.bytes() == one.arrived);
  }
}

TEST_CASE("each connection has its own fate, and may go to another peer") {
  Echo first, second;
  Proxy proxy{first.endpoint(),
              [](int connection) { return Proxy::Fate{.request_bytes = connection == 1 ? 0u : 1'000u}; }};
  CHECK(ask(proxy.endpoint(), 10).bytes == 10);
  CHECK(ask(proxy.endpoint(), 10).bytes == 0);
  proxy.aim_at(second.endpoint());
  CHECK(ask(proxy.endpoint(), 10).bytes == 10);
  CHECK(first.bytes() == 10);
  CHECK(second.bytes() == 10);
  proxy.aim_at("127.0.0.1:1");
  CHECK(ask(proxy.endpoint(), 10).bytes == 0);
  CHECK(proxy.connections() == 4);
  CHECK(proxy.ended() == 1);
}

TEST_CASE("a slow connection takes its time") {
  Echo echo;
  Proxy proxy{echo.endpoint(), [](int connection) {
                return connection == 0 ? Proxy::Fate{.delay = 50ms} : Proxy::Fate{.bytes_a_second = 10'000};
              }};
  for (int i = 0; i < 2; ++i) {
    const auto began = Clock::now();
    CHECK(ask(proxy.endpoint(), 1'000).bytes == 1'000);
    CHECK(Clock::now() - began >= 100ms);
  }
}

TEST_CASE("the same seed cuts at the same bytes") {
  const auto fates = [](std::uint64_t seed) {
    std::vector<std::pair<std::uint64_t, Proxy::End>> all;
    const auto script = cut_anywhere(seed, 1'000, 100);
    for (int i = 0; i < 100; ++i) {
      const auto fate = script(i);
      CHECK(fate.request_bytes.has_value() != fate.reply_bytes.has_value());
      CHECK(fate.request_bytes.value_or(0) <= 1'000);
      CHECK(fate.reply_bytes.value_or(0) <= 100);
      all.push_back({fate.request_bytes.value_or(1'001) + fate.reply_bytes.value_or(0), fate.end});
    }
    return all;
  };
  CHECK(fates(1) == fates(1));
  CHECK(fates(1) != fates(2));
}

TEST_CASE("the oracle finds nothing wrong with a store that has everything") {
  Oracle oracle;
  LogStore store{{":memory:"}};
  write(store, oracle.issue("a", 30));
  write(store, oracle.issue("b", 5));
  write(store, oracle.issue("a", 6'000));
  write(store, "not of the oracle");
  const auto verdict = oracle.judge(store, {});
  CHECK(verdict.stored == 6'035);
  CHECK(verdict.unexpected == 1);  // since this one has its logger
  CHECK(verdict.lost == 0);
  CHECK(verdict.doubled == 0);
  CHECK(verdict.out_of_order == 0);
  CHECK(oracle.issued("a") == 6'030);
  CHECK(oracle.issued("c") == 0);
}

TEST_CASE("the oracle counts exactly what is lost, doubled, out of order and declared missing") {
  struct Case {
    const char* name;
    std::vector<std::string> stored;
    std::int64_t lost, doubled, out_of_order, unexpected, declared;
    bool exact, honest;
  };
  const Case cases[]{
      {"all", {"a 1", "a 2", "a 3"}, 0, 0, 0, 0, 0, true, true},
      {"none", {}, 3, 0, 0, 0, 0, false, false},
      {"one lost", {"a 1", "a 3"}, 1, 0, 0, 0, 0, false, false},
      {"one doubled at once", {"a 1", "a 1", "a 2", "a 3"}, 0, 1, 0, 0, 0, false, false},
      {"one doubled later", {"a 1", "a 2", "a 3", "a 1"}, 0, 1, 0, 0, 0, false, false},
      {"out of order", {"a 2", "a 1", "a 3"}, 0, 0, 1, 0, 0, false, false},
      {"declared", {"gap: at most 2 records of s@x are missing (backlog)", "a 3"}, 2, 0, 0, 0, 2, false, true},
      {"declared too little", {"gap: at most 1 records of s@x are missing (age)", "a 3"}, 2, 0, 0, 0, 1, false, false},
      {"declared in vain",
       {"a 1", "a 2", "gap: at most 9 records are missing (backlog)", "a 3"},
       0,
       0,
       0,
       0,
       9,
       true,
       true},
      {"never issued", {"a 1", "a 2", "a 3", "a 4", "b 1", "a 0", "nonsense"}, 0, 0, 0, 4, 0, false, false},
  };
  for (const auto& one : cases) {
    CAPTURE(one.name);
    Oracle oracle;
    oracle.issue("a", 3);
    LogStore store{{":memory:"}};
    for (const auto& message : one.stored) write(store, message, message.starts_with("gap") ? Flag::gap : Flag::none);
    const auto verdict = oracle.judge(store);
    CAPTURE(verdict);
    CHECK(verdict.lost == one.lost);
    CHECK(verdict.stored == 3 - one.lost);
    CHECK(verdict.doubled == one.doubled);
    CHECK(verdict.out_of_order == one.out_of_order);
    CHECK(verdict.unexpected == one.unexpected);
    CHECK(verdict.declared == one.declared);
    CHECK(verdict.is_exact() == one.exact);
    CHECK(verdict.is_honest() == one.honest);
    CHECK(verdict.examples.empty() == (one.lost + one.doubled + one.out_of_order + one.unexpected == 0));
  }
}

TEST_CASE("what a filter leaves out is not lost, and is unexpected when it is there") {
  Oracle oracle;
  LogStore store{{":memory:"}};
  const auto batch = oracle.issue("a", 100);
  const auto errors = [](const std::string&, std::int64_t number) { return number % 10 == 0; };
  CHECK(oracle.judge(store, errors).lost == 10);
  RecordBatch selected;
  for (const auto& record : batch.records())
    if (record.level == Level::error) selected.append(record, batch.source(record), batch.site(record));
  write(store, std::move(selected));
  CHECK(oracle.judge(store, errors).is_exact());
  write(store, "a 1");
  CHECK(oracle.judge(store, errors).unexpected == 1);
}

TEST_SUITE_END();
