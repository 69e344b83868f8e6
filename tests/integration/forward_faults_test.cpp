/// Links between two stores that break, hang and lose things: what arrives is judged record by record.

#include <doctest/doctest.h>
#include <stdlib.h>

#include <atomic>
#include <chrono>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include "psherald/psherald.hpp"
#include "store/sqlite.hpp"
#include "support/node.hpp"
#include "support/oracle.hpp"
#include "support/place.hpp"

using namespace psherald;
using namespace psherald::testing;
using namespace std::chrono_literals;

TEST_SUITE_BEGIN("forward");

namespace {

using Clock = std::chrono::steady_clock;

/// So many in a run of all tests; PSHERALD_SOAK asks for more.
int times(int usually, int in_soak) { return ::getenv("PSHERALD_SOAK") ? in_soak : usually; }

/// Two stores, and what the first one has.
struct Pair {
  explicit Pair(const std::function<void(Forwarder::Options&)>& change = {}) { sender.forward_to(receiver, change); }
  void write(std::int64_t count) { sender.write(oracle.issue("a", count)); }
  /// Something is on its way always, and never more than can arrive in the end, however slow the machine is.
  void keep_busy(const LogStore& arrived, std::int64_t count) {
    if (oracle.issued("a") - arrived.count() < 2'000) return write(count);
    std::this_thread::sleep_for(1ms);
  }
  bool arrives(std::int64_t count) {
    const auto reader = receiver.reader();
    return wait_until([&] { return reader->count() >= count; });
  }
  Oracle::Verdict judge(const Oracle::Expected& expected = {}) { return oracle.judge(*receiver.reader(), expected); }

  Place place;
  Oracle oracle;
  Node receiver{place.directory(), "receiver"}, sender{place.directory(), "sender"};
};

}  // namespace

TEST_CASE("wherever connections break, each record arrives once and in order") {
  Pair pair{[](auto& options) { options.batch_records = 50; }};
  auto& proxy = pair.receiver.proxy();
  proxy.follow(cut_anywhere(4711, 60'000, 3'000));
  proxy.end_all();
  const auto reader = pair.receiver.reader();
  for (const int cuts = times(60, 1'000); proxy.ended() < cuts;) pair.keep_busy(*reader, 25);
  proxy.follow({});
  proxy.end_all();
  const auto issued = pair.oracle.issued("a");
  REQUIRE(pair.arrives(issued));
  const auto verdict = pair.judge();
  CAPTURE(verdict);
  CHECK(verdict.is_exact());
  CHECK(verdict.gap_rows == 0);
  CHECK(pair.receiver.receiver().stats().stored == static_cast<std::uint64_t>(issued));
}

TEST_CASE("a batch whose answer is lost is stored, and is not sent a second time") {
  Pair pair{[](auto& options) { options.batch_records = 50; }};
  auto& proxy = pair.receiver.proxy();
  REQUIRE(wait_until([&] { return pair.sender.forwarder().stats().connected; }));
  proxy.follow([](int) { return Proxy::Fate{.answered_bytes = 1'200, .end = Proxy::End::reset}; });
  proxy.end_all();
  const auto reader = pair.receiver.reader();
  for (const int lost = times(40, 500); proxy.ended() < lost;) pair.keep_busy(*reader, 50);
  proxy.follow({});
  const auto issued = pair.oracle.issued("a");
  REQUIRE(pair.arrives(issued));
  const auto verdict = pair.judge();
  CAPTURE(verdict);
  CHECK(verdict.is_exact());
  CHECK(pair.receiver.receiver().stats().duplicate == 0);
  REQUIRE(wait_until([&] { return pair.sender.forwarder().stats().cursor == issued; }));
}

TEST_CASE("a peer that hangs is found, and another destination keeps its rate meanwhile") {
  struct Case {
    std::string name;
    Proxy::Fate fate;
  };
  const Case cases[]{
      {"reads nothing", {.never_read = true}},
      {"reads all and says nothing", {.request_bytes = 0, .end = Proxy::End::silence}},
      {"never answers a batch", {.answered_bytes = 700, .end = Proxy::End::silence}},
      {"vanishes in the middle of a batch", {.request_bytes = 2'000, .end = Proxy::End::silence}},
      {"loses all replies", {.drop_replies = true}},
  };
  for (const auto& one : cases) {
    CAPTURE(one.name);
    Pair pair{[](auto& options) { options.connect_timeout = options.answer_timeout = 200ms; }};
    Node second{pair.place.directory(), "second"};
    pair.sender.forward_to(second);
    pair.receiver.proxy().follow([&](int) { return one.fate; });
    pair.receiver.proxy().end_all();
    const int before = pair.receiver.proxy().connections();
    // Found: each time by a new connection. There is always something to send, or one batch might take it all.
    REQUIRE(wait_until([&] {
      pair.write(20);
      return pair.receiver.proxy().connections() >= before + 3;
    }));
    const auto issued = pair.oracle.issued("a");
    const auto reader = second.reader();
    REQUIRE(wait_until([&] { return reader->count() == issued; }));
    CHECK(pair.sender.forwarder(0).stats().last_error != "");
    CHECK(pair.sender.forwarder(1).stats().last_error == "");
    CHECK(wait_until([&] { return pair.sender.forwarder(1).stats().lag == 0; }));

    pair.receiver.proxy().follow({});
    pair.receiver.proxy().end_all();
    REQUIRE(pair.arrives(issued));
    const auto verdict = pair.judge();
    CAPTURE(verdict);
    CHECK(verdict.is_exact());
    CHECK(pair.oracle.judge(*reader).is_exact());
  }
}

TEST_CASE("whatever a busy receiver answers, the batch comes again and is stored once") {
  for (const int status : {503, 507, 429, 500, 502, 400}) {
    CAPTURE(status);
    Pair pair;
    std::atomic<int> refusals = 3;
    pair.receiver.intercept([&](ForwardReceiver& receiver, HttpRequest request, const HttpRespond& respond) {
      if (request.method == "POST" && refusals-- > 0) {
        HttpResponse busy;
        busy.status = status;
        busy.body = "not now";
        return respond(busy);
      }
      receiver.handle(std::move(request), respond);
    });
    pair.write(500);
    REQUIRE(pair.arrives(500));
    const auto verdict = pair.judge();
    CAPTURE(verdict);
    CHECK(verdict.is_exact());
    CHECK(pair.sender.forwarder().stats().answers.at(status) == 3);
  }
}

TEST_CASE("an answer that is none counts as no answer") {
  for (const char* body : {"", "ok", "{\"mark\":{}}", "{\"mark\":{\"run\":\"\",\"id\":1,\"tag\":\"\"}}", "[]"}) {
    CAPTURE(body);
    Pair pair;
    std::atomic<int> wrong = 3;
    pair.receiver.intercept([&](ForwardReceiver& receiver, HttpRequest request, const HttpRespond& respond) {
      if (request.method == "POST" && wrong-- > 0) {
        HttpResponse nonsense;
        nonsense.content_type = "application/json";
        nonsense.body = body;
        return respond(nonsense);
      }
      receiver.handle(std::move(request), respond);
    });
    pair.write(300);
    REQUIRE(pair.arrives(300));
    CHECK(pair.judge().is_exact());
  }
}

TEST_CASE("a request of an old connection that arrives late changes nothing") {
  Pair pair{[](auto& options) { options.batch_records = 10; }};
  std::mutex mutex;
  std::vector<HttpRequest> requests;
  pair.receiver.intercept([&](ForwardReceiver& receiver, HttpRequest request, const HttpRespond& respond) {
    {
      std::lock_guard lock{mutex};
      if (request.method == "POST") requests.push_back(request);
    }
    receiver.handle(std::move(request), respond);
  });
  pair.write(100);
  REQUIRE(pair.arrives(100));
  auto& receiver = const_cast<ForwardReceiver&>(pair.receiver.receiver());
  std::lock_guard lock{mutex};
  for (const auto& late : requests) {
    std::promise<int> status;
    receiver.handle(late, [&](const HttpResponse& answer) { status.set_value(answer.status); });
    CHECK(status.get_future().get() == 409);
  }
  const auto verdict = pair.judge();
  CAPTURE(verdict);
  CHECK(verdict.is_exact());
}

TEST_CASE("of a backlog beyond its bound exactly what is missing is declared") {
  Pair pair{[](auto& options) { options.max_backlog_bytes = 100'000; }};
  pair.receiver.stop();
  pair.write(3'000);
  REQUIRE(wait_until([&] { return pair.sender.forwarder().needed_from() > 1; }));
  const auto needed = pair.sender.forwarder().needed_from();
  pair.receiver.start();
  const auto left = 3'000 - (needed - 1);
  REQUIRE(pair.arrives(left + 1));
  const auto verdict = pair.judge();
  CAPTURE(verdict);
  CHECK(verdict.is_honest());
  CHECK(verdict.stored == left);
  CHECK(verdict.lost == needed - 1);
  CHECK(verdict.declared == needed - 1);
  CHECK(verdict.gap_rows == 1);
  REQUIRE(
      wait_until([&] { return pair.sender.forwarder().stats().skipped == static_cast<std::uint64_t>(needed - 1); }));
}

TEST_CASE("what was deleted before it was sent is declared missing") {
  Pair pair;
  pair.receiver.stop();
  pair.write(1'000);
  pair.sender.stop();
  pair.sender.execute("DELETE FROM log WHERE id BETWEEN 11 AND 30 OR id BETWEEN 500 AND 507");
  pair.sender.start();
  pair.receiver.start();
  REQUIRE(pair.arrives(972 + 2));
  const auto verdict = pair.judge();
  CAPTURE(verdict);
  CHECK(verdict.is_honest());
  CHECK(verdict.lost == 28);
  CHECK(verdict.declared == 28);
  CHECK(verdict.gap_rows == 2);
}

TEST_CASE("where little is selected the mark moves on all the same") {
  Pair pair{[](auto& options) { options.where = "level>=error"; }};
  for (int i = 0; i < 100; ++i) pair.write(7);
  const auto errors = [](const std::string&, std::int64_t number) { return number % 10 == 0; };
  REQUIRE(pair.arrives(70));
  REQUIRE(wait_until([&] { return pair.sender.forwarder().stats().cursor == 700; }));
  const auto reader = pair.receiver.reader();
  CHECK(sqlite::integer(reader->native_handle(), "SELECT id FROM mark") == 700);
  const auto verdict = pair.judge(errors);
  CAPTURE(verdict);
  CHECK(verdict.is_exact());
}

TEST_SUITE_END();
