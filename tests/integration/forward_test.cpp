#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <numeric>
#include <optional>
#include <thread>

#include "forward/destination_url.hpp"
#include "psherald/psherald.hpp"
#include "psherald/testing.hpp"
#include "store/watcher.hpp"
#include "support/node.hpp"
#include "support/oracle.hpp"
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
  /// In whatever order they come: a refused connection is told by another thread than the rest.
  bool wait_for(const std::string& part) {
    std::unique_lock lock{mutex_};
    return arrived_.wait_for(lock, 10s, [&] {
      return std::any_of(texts_.begin(), texts_.end(), [&](const auto& text) { return text.find(part) != text.npos; });
    });
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
    while (forwarder.stats().last_error.empty()) std::this_thread::yield();  // it has tried
    forwarder.stop(0ms);
    CHECK(forwarder.stats().connected == false);
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

TEST_CASE(
    "only what is selected goes out, with what says that records are missing, and the cursor moves over the rest") {
  Sender sender;
  Bridge bridge;
  auto options = fast(bridge.url());
  options.where = "level>=error";
  options.confirm_window = 0ms;
  Forwarder forwarder{sender.store, sender.writer, options};
  const auto log = [&](const std::string& text, Level level, Flag flags = Flag::none) {
    RecordBatch batch;
    batch.append({.level = level, .flags = flags, .message = text}, {}, {.name = "psherald.forward"});
    sender.writer.write(std::move(batch), {});
  };
  for (int number = 1; number <= 1'000; ++number)
    log(std::to_string(number), number % 100 ? Level::info : Level::error);
  log("gap: at most 7 records of a@b are missing (backlog)", Level::warning, Flag::own | Flag::gap);
  log("no gap, whatever its logger", Level::warning);
  sender.log(1, 5'000);
  REQUIRE(bridge.wait_for(11));
  while (forwarder.stats().cursor < 6'002) std::this_thread::yield();
  CHECK(bridge.messages() == Texts{"100", "200", "300", "400", "500", "600", "700", "800", "900", "1000",
                                   "gap: at most 7 records of a@b are missing (backlog)"});
  CHECK(forwarder.stats().sent == 11);
  CHECK(forwarder.stats().lag == 0);
}

TEST_CASE("a log that is put back while it is sent goes on with what comes then") {
  const Place folder;
  Bridge bridge;
  testing::Oracle oracle;
  testing::Node sender{folder.directory(), "sender"};
  sender.forward_to(bridge.url(), [](auto& options) {
    options.rate = 1e6;
    options.confirm_window = 0ms;
  });
  const auto copy = folder.file("copy");
  const auto send_ten = [&](RecordId newest) {
    sender.write(oracle.issue("old", 10));
    return testing::wait_until([&] { return sender.forwarder().stats().cursor == newest; });
  };
  REQUIRE(send_ten(10));
  sender.stop();
  sender.copy_to(copy);
  sender.start();
  REQUIRE(send_ten(20));
  sender.restore(copy);
  REQUIRE(testing::wait_until([&] { return sender.forwarder().stats().cursor == 10; }));
  sender.write(oracle.issue("new", 3));
  REQUIRE(bridge.wait_for(23));
  CHECK(bridge.messages().back() == "new 3");
  CHECK(bridge.messages().size() == 23);
}

TEST_CASE("a filter that is wrong is refused with the place of its mistake") {
  Sender sender;
  auto options = fast("python://localhost:9019");
  options.where = "level>=";
  CHECK_THROWS_WITH_AS(Forwarder(sender.store, sender.writer, options), doctest::Contains("column 8"), Error);
}

TEST_CASE("what other stores have sent goes on only where that is asked for") {
  for (const bool relay : {false, true}) {
    CAPTURE(relay);
    Sender sender;
    Bridge bridge;
    auto options = fast(bridge.url());
    options.relay = relay;
    Forwarder forwarder{sender.store, sender.writer, options};
    sender.log(1, 2);
    RecordBatch batch;
    batch.append({.message = "foreign", .origin = "0123456789abcdef0123456789abcdef", .origin_id = 7});
    sender.writer.write(std::move(batch), {});
    sender.log(3, 4);
    REQUIRE(bridge.wait_for(relay ? 5 : 4));
    CHECK(bridge.messages() == (relay ? Texts{"1", "2", "foreign", "3", "4"} : numbers(1, 4)));
  }
}

TEST_CASE("of a backlog beyond its bound the oldest are given up, counted, told, and declared missing in their place") {
  const Place folder;
  const auto address = "unix:" + folder.file("socket");
  Sender sender{folder.file("log")};
  Faults faults;
  auto options = fast("python:" + address);
  options.on_fault = faults.keep();
  options.max_backlog_bytes = 100 * (128 + 4);
  options.confirm_window = 0ms;
  Forwarder forwarder{sender.store, sender.writer, options};
  sender.log(1'001, 1'500);
  while (forwarder.stats().skipped == 0) std::this_thread::yield();
  CHECK(forwarder.stats().skipped == 410);
  CHECK(forwarder.stats().lag == 90);
  CHECK(forwarder.stats().lag_bytes == 90 * (128 + 4));
  CHECK(forwarder.stats().oldest_unsent.has_value());
  CHECK(forwarder.needed_from() == 411);
  CHECK(faults.wait_for("410 records were given up"));

  Bridge bridge{address};
  REQUIRE(bridge.wait_for(91));
  auto expected = numbers(1'411, 1'500);
  expected.insert(expected.begin(), "gap: at most 410 records are missing (backlog)");
  CHECK(bridge.messages() == expected);
  while (forwarder.stats().cursor < 500) std::this_thread::yield();
  forwarder.stop(10s);
  CHECK(forwarder.stats().skipped == 410);
  CHECK(sender.store.cursor("peer")->skipped == 410);
}

TEST_CASE("what has waited for too long is given up in the same way, and nothing younger") {
  const Place folder;
  const auto address = "unix:" + folder.file("socket");
  Sender sender;
  auto options = fast("python:" + address);
  options.max_backlog_age = std::chrono::hours{1};
  Forwarder forwarder{sender.store, sender.writer, options};
  for (const auto age : {std::chrono::minutes{70}, std::chrono::minutes{65}, std::chrono::minutes{50}}) {
    RecordBatch batch;
    batch.append({.received = now() - age, .message = "record"});
    sender.writer.write(std::move(batch), {});
  }
  while (forwarder.stats().skipped == 0) std::this_thread::yield();
  Bridge bridge{address};
  REQUIRE(bridge.wait_for(2));
  CHECK(bridge.messages().front() == "gap: at most 2 records are missing (backlog)");
  CHECK(bridge.messages().back().find("record") == 0);
}

TEST_CASE("a destination that is none is refused with the way to write one") {
  Sender sender;
  for (const char* url : {"",
                          "python",
                          "ftp://localhost:9019",
                          "python://localhost",
                          "python://localhost:",
                          "python://:9019",
                          "python://localhost:0",
                          "python://localhost:70000",
                          "python://localhost:x",
                          "python://::1:9019",
                          "python:unix:",
                          "http://central",
                          "http://central:9024/",
                          "http://central:9024/api",
                          "http://name:secret@central:9024",
                          "http://a b:1",
                          "http://a\r\nb:1",
                          "http://unix:/run/socket",
                          "https:unix:/run/socket",
                          "HTTP://central:1"}) {
    CAPTURE(url);
    CHECK_THROWS_WITH_AS(Forwarder(sender.store, sender.writer, fast(url)), doctest::Contains("python://HOST:PORT"),
                         Error);
  }
}

TEST_CASE("a destination's URL is taken apart") {
  using Kind = forward::DestinationUrl::Kind;
  struct Case {
    const char* url;
    Kind kind;
    const char *host, *path;
    int port;
  };
  for (const auto& expected : {Case{"python://[::1]:9019", Kind::python, "::1", "", 9019},
                               Case{"python:unix:/run/bridge", Kind::python, "", "/run/bridge", 0},
                               Case{"http://central:9024", Kind::http, "central", "", 9024},
                               Case{"https://log.example.org:443", Kind::https, "log.example.org", "", 443},
                               Case{"http://[fe80::1%eth0]:1", Kind::http, "fe80::1%eth0", "", 1},
                               Case{"http:unix:/run/psherald/bridge", Kind::http, "", "/run/psherald/bridge", 0}}) {
    CAPTURE(expected.url);
    const auto url = forward::parse_destination(expected.url);
    REQUIRE(url);
    CHECK(url->kind == expected.kind);
    CHECK(url->address.host == expected.host);
    CHECK(url->address.unix_path == expected.path);
    CHECK(url->address.port == expected.port);
  }
}

TEST_SUITE_END();
