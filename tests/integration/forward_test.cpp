#include <doctest/doctest.h>
#include <unistd.h>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <numeric>
#include <optional>
#include <thread>

#include "forward/link.hpp"
#include "psherald/psherald.hpp"
#include "psherald/testing.hpp"
#include "store/watcher.hpp"
#include "support/place.hpp"

using namespace psherald;
using psherald::testing::Place;
using namespace std::chrono_literals;

TEST_SUITE_BEGIN("forward");

namespace {

using Texts = std::vector<std::string>;

/// A bridge that keeps what it gets in memory; as good as ps.herald's, which confirms nothing either.
class Bridge {
 public:
  explicit Bridge(std::string address = "127.0.0.1:0") {
    Ingestor::Options options;
    options.listen = {std::move(address)};
    ingestor_.emplace(io_, sink_, options);
    thread_ = std::thread{[this] { io_.run(); }};
  }
  ~Bridge() { stop(); }
  void stop() {
    if (!thread_.joinable()) return;
    ingestor_->stop();
    thread_.join();
    ingestor_.reset();
  }
  std::string endpoint() const { return ingestor_->endpoints().front(); }
  std::string url() const { return "python://" + endpoint(); }
  Texts messages() const { return sink_.messages(); }
  bool wait_for(std::size_t count) const { return sink_.wait_for(count); }

 private:
  asio::io_context io_{1};
  testing::MemorySink sink_;
  std::optional<Ingestor> ingestor_;
  std::thread thread_;
};

/// A store with its writer, as a program has them.
struct Sender {
  explicit Sender(const std::string& path = ":memory:") : store{{path}}, writer{store} {}
  void log(int first, int last) {
    RecordBatch batch;
    for (int number = first; number <= last; ++number) {
      const auto text = std::to_string(number);
      Record record;
      record.message = text;
      batch.append(record);
    }
    writer.write(std::move(batch), {});
    writer.flush();
  }
  LogStore store;
  QueuedSink writer;
};

Texts numbers(int first, int last) {
  Texts texts;
  for (; first <= last; ++first) texts.push_back(std::to_string(first));
  return texts;
}

/// Faults, and a way to wait for one.
class Faults {
 public:
  std::function<void(const Fault&)> keep() {
    return [this](const Fault& fault) {
      std::lock_guard lock{mutex_};
      texts_.push_back(fault.text);
      arrived_.notify_all();
    };
  }
  bool wait_for(std::size_t count) {
    std::unique_lock lock{mutex_};
    return arrived_.wait_for(lock, 10s, [&] { return texts_.size() >= count; });
  }
  Texts texts() {
    std::lock_guard lock{mutex_};
    return texts_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  Texts texts_;
};

Forwarder::Options fast(const std::string& url) {
  Forwarder::Options options;
  options.name = "peer";
  options.url = url;
  options.rate = 1e6;
  options.retry_min = options.retry_max = 1ms;
  return options;
}

}  // namespace

TEST_CASE("a new destination gets every record from then on, in order") {
  Sender sender;
  sender.log(1, 3);
  Bridge bridge;
  Forwarder forwarder{sender.store, sender.writer, fast(bridge.url())};
  sender.log(4, 600);
  REQUIRE(bridge.wait_for(597));
  CHECK(bridge.messages() == numbers(4, 600));
}

TEST_CASE("what another connection commits is sent as well") {
  const Place folder;
  Sender sender{folder.file("log")}, other{folder.file("log")};
  Bridge bridge;
  Forwarder forwarder{sender.store, sender.writer, fast(bridge.url())};
  other.log(1, 2);
  REQUIRE(bridge.wait_for(2));
  CHECK(bridge.messages() == numbers(1, 2));
}

TEST_CASE("after an orderly stop the next run goes on behind the last record") {
  const Place folder;
  Bridge bridge;
  {
    Sender sender{folder.file("log")};
    Forwarder forwarder{sender.store, sender.writer, fast(bridge.url())};
    sender.log(1, 50);
    REQUIRE(bridge.wait_for(1));  // what is not connected yet leaves everything to the next run
    forwarder.stop(10s);
    CHECK(forwarder.stats().cursor == 50);
  }
  CHECK(bridge.messages() == numbers(1, 50));
  Sender sender{folder.file("log")};
  sender.log(51, 60);
  Forwarder forwarder{sender.store, sender.writer, fast(bridge.url())};
  REQUIRE(bridge.wait_for(60));
  CHECK(bridge.messages() == numbers(1, 60));
}

TEST_CASE("while the bridge is away nothing is lost: it comes when the bridge does") {
  const Place folder;
  const auto address = "unix:" + folder.file("socket");
  Sender sender;
  Faults faults;
  auto options = fast("python:" + address);
  options.on_fault = faults.keep();
  Forwarder forwarder{sender.store, sender.writer, options};
  REQUIRE(faults.wait_for(1));
  sender.log(1, 20);
  Bridge bridge{address};
  REQUIRE(bridge.wait_for(20));
  CHECK(bridge.messages() == numbers(1, 20));
  forwarder.stop(10s);
  CHECK(faults.texts().size() == 1);  // one for the outage, not one for each try
  CHECK(faults.texts().front().find("No such file or directory") != std::string::npos);
}

TEST_CASE("after a break the records of the last seconds go out again, and none is left out") {
  const Place folder;
  const auto address = "unix:" + folder.file("socket");
  Sender sender;
  std::optional<Bridge> bridge{address};
  Forwarder forwarder{sender.store, sender.writer, fast("python:" + address)};
  sender.log(1, 10);
  REQUIRE(bridge->wait_for(10));
  bridge.emplace(address);
  sender.log(11, 20);
  REQUIRE(bridge->wait_for(20));
  CHECK(bridge->messages() == numbers(1, 20));
  CHECK(forwarder.stats().reconnects >= 1);
}

TEST_CASE("what is confirmed does not go out again") {
  const Place folder;
  const auto address = "unix:" + folder.file("socket");
  Sender sender;
  std::optional<Bridge> bridge{address};
  auto options = fast("python:" + address);
  options.confirm_window = 0ms;
  Forwarder forwarder{sender.store, sender.writer, options};
  sender.log(1, 10);
  REQUIRE(bridge->wait_for(10));
  while (forwarder.stats().cursor < 10) std::this_thread::yield();
  bridge.emplace(address);
  sender.log(11, 11);
  REQUIRE(bridge->wait_for(1));
  CHECK(bridge->messages().back() == "11");
  CHECK(bridge->messages().size() <= 2);  // 10 may stand in the window that was just closing
}

TEST_CASE("a stop without time to drain keeps what was not sent for the next run") {
  const Place folder;
  {
    Sender sender{folder.file("log")};
    Forwarder forwarder{sender.store, sender.writer, fast("python:unix:" + folder.file("nobody"))};
    sender.log(1, 5);
    forwarder.stop(0ms);
    CHECK(forwarder.stats().connected == false);
    CHECK(forwarder.stats().last_error.empty() == false);
  }
  Bridge bridge{"unix:" + folder.file("nobody")};
  Sender sender{folder.file("log")};
  Forwarder forwarder{sender.store, sender.writer, fast("python:unix:" + folder.file("nobody"))};
  CHECK(sender.store.cursor("peer").has_value());
  REQUIRE(bridge.wait_for(5));
  CHECK(bridge.messages() == numbers(1, 5));
}

TEST_CASE("two destinations go at their own pace, and one that is away costs the other nothing") {
  Sender sender;
  Bridge bridge;
  auto options = fast("python:unix:/nonexistent/socket");
  options.name = "away";
  Forwarder away{sender.store, sender.writer, options};
  Forwarder there{sender.store, sender.writer, fast(bridge.url())};
  sender.log(1, 100);
  REQUIRE(bridge.wait_for(100));
  CHECK(bridge.messages() == numbers(1, 100));
}

TEST_CASE("a destination that is none is refused with the way to write one") {
  Sender sender;
  for (const char* url : {"", "python", "http://localhost:9019", "python://localhost",
                          "python://localhost:", "python://:9019", "python://localhost:0", "python://localhost:70000",
                          "python://localhost:x", "python://::1:9019", "python:unix:"}) {
    CAPTURE(url);
    CHECK_THROWS_WITH_AS(Forwarder(sender.store, sender.writer, fast(url)), doctest::Contains("python://HOST:PORT"),
                         Error);
  }
  const auto v6 = forward::parse_destination("python://[::1]:9019");
  CHECK(v6.host == "::1");
  CHECK(v6.port == 9019);
}

TEST_SUITE_END();
