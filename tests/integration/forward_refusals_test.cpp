/// Records that cannot go over to another store, and the room that there is for those that can.

#include <doctest/doctest.h>

#include <chrono>

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

std::int64_t count(Node& node, const std::string& from) {
  return sqlite::integer(node.reader()->native_handle(), "SELECT count(*) FROM " + from).value_or(0);
}
bool has_confirmed(Node& node, RecordId id) {
  return wait_until([&] { return node.forwarder().stats().cursor >= id; });
}
constexpr const char* own_letters = "dead_letter WHERE cursor IS NOT NULL";
constexpr const char* foreign_letters = "dead_letter WHERE stream IS NOT NULL AND cursor IS NULL";

RecordBatch one(std::string_view message) {
  RecordBatch batch;
  batch.append({.message = message});
  return batch;
}

/// A record that was in eight stores before it came here: it goes no further.
RecordBatch travelled(RecordId id) {
  std::string path;
  for (int i = 0; i < 8; ++i) path += std::string(31, 'e') + static_cast<char>('0' + i);
  RecordBatch batch;
  batch.append({.message = "has come a long way",
                .origin = std::string_view{"ffffffffffffffffffffffffffffffff"},
                .origin_id = id,
                .origin_path = path});
  return batch;
}

}  // namespace

TEST_CASE("how far a stream has come is told to nobody but its owner") {
  LogStore store{{":memory:"}};
  QueuedSink writer{store};
  ForwardReceiver::Options options;
  options.admit = [](const HttpRequest& request) {
    return ForwardReceiver::Sender{std::string{request.header("Sender").value_or("")}};
  };
  ForwardReceiver receiver{store, writer, options};
  const std::string stream(32, 'a');
  const auto ask = [&](const std::string& method, const std::string& sender, const std::string& body = {}) {
    HttpRequest request{.method = method, .path = ForwardReceiver::path, .body = body};
    if (!sender.empty()) request.headers.emplace_back("Sender", sender);
    if (method == "GET") request.parameters = {{"stream", stream}, {"after", "0"}};
    HttpResponse answer;
    receiver.handle(request, [&](HttpResponse given) { answer = std::move(given); });
    writer.flush();
    return answer;
  };
  CHECK(ask("GET", "token:anybody").status == 200);
  const auto batch = R"({"psherald":1,"stream":")" + stream + R"(","name":"n","run":")" + std::string(32, 'b') +
                     R"(","prev":{"run":null,"id":0,"tag":""},"to":1,"tag":"","n":1})" + "\n" + R"({"i":1,"m":"text"})";
  REQUIRE(ask("POST", "token:owner", batch).status == 200);
  CHECK(ask("GET", "token:owner").body.find(std::string(32, 'b')) != std::string::npos);
  for (const char* other : {"token:another", ""}) {
    const auto answer = ask("GET", other);
    CHECK(answer.status == 403);
    CHECK(answer.body.find(std::string(32, 'b')) == std::string::npos);
    CHECK(ask("POST", other, batch).status == 403);
  }
}

TEST_CASE("a record that no batch takes is declared missing and kept as a dead letter, and its neighbours arrive") {
  const Place place;
  Oracle oracle;
  Node receiver{place.directory(), "receiver", {.max_record_bytes = 10'000}}, sender{place.directory(), "sender"};
  sender.forward_to(receiver);
  for (int i = 0; i < 3; ++i) {
    sender.write(oracle.issue("a", 10));
    sender.write(one(std::string(20'000, 'x')));
    sender.write(oracle.issue("a", 10));
  }
  REQUIRE(has_confirmed(sender, 63));
  const auto verdict = oracle.judge(*receiver.reader());
  CAPTURE(verdict);
  CHECK(verdict.is_exact());
  CHECK(verdict.gap_rows == 3);
  CHECK(verdict.declared == 3);
  CHECK(wait_until([&] { return sender.forwarder().stats().refused == 3; }));
  sender.stop();
  sender.start();
  CHECK(count(sender, own_letters) == 3);
  CHECK(receiver.reader()->newest_id() == 63);
}

TEST_CASE("what is refused is a dead letter at both ends, once, though the answer that says so is lost") {
  for (const bool lost : {false, true}) {
    CAPTURE(lost);
    const Place place;
    Oracle oracle;
    Node receiver{place.directory(), "receiver"}, sender{place.directory(), "sender"};
    receiver.proxy().follow([&](int) { return lost ? Proxy::Fate{.answered_bytes = 600} : Proxy::Fate{}; });
    sender.write(oracle.issue("a", 10));
    sender.write(travelled(1));
    sender.write(oracle.issue("a", 10));
    sender.write(travelled(2));
    sender.forward_to(receiver);
    if (lost) {
      REQUIRE(wait_until([&] { return receiver.proxy().ended() > 0; }));
      receiver.proxy().follow({});
    }
    sender.write(oracle.issue("a", 1));
    REQUIRE(has_confirmed(sender, 23));
    const auto verdict = oracle.judge(*receiver.reader());
    CAPTURE(verdict);
    CHECK(verdict.is_exact());
    CHECK(verdict.gap_rows == 0);
    CHECK(count(receiver, foreign_letters) == 2);
    CHECK(wait_until([&] { return sender.forwarder().stats().refused == 2; }));
    sender.stop();
    sender.start();
    CHECK(count(sender, own_letters) == 2);
    CHECK(sqlite::integer(sender.reader()->native_handle(), "SELECT refused FROM cursor") == 2);
  }
}

TEST_CASE("what has waited for too long is declared missing, and nothing younger") {
  const Place place;
  Oracle oracle;
  Node receiver{place.directory(), "receiver"}, sender{place.directory(), "sender"};
  for (int i = 0; i < 30; ++i) {
    RecordBatch old;
    old.append({.received = now() - 2h, .message = "old"});
    sender.write(std::move(old));
  }
  sender.write(oracle.issue("a", 50));
  sender.forward_to(receiver, [](auto& options) { options.max_backlog_age = std::chrono::hours{1}; });
  REQUIRE(has_confirmed(sender, 80));
  const auto verdict = oracle.judge(*receiver.reader());
  CAPTURE(verdict);
  CHECK(verdict.is_exact());
  CHECK(verdict.gap_rows == 1);
  CHECK(verdict.declared == 30);
  CHECK(count(receiver, "entry WHERE message LIKE 'gap: at most 30 records of % are missing (age)'") == 1);
  CHECK(wait_until([&] { return sender.forwarder().stats().skipped == 30; }));
}

TEST_CASE("batches that are larger than the receiver takes are sent in pieces") {
  const Place place;
  Oracle oracle;
  ForwardReceiver::Options small;
  small.max_records = 7;
  small.max_bytes = 6'000;
  small.max_record_bytes = 1'000;
  Node receiver{place.directory(), "receiver", small}, sender{place.directory(), "sender"};
  sender.write(oracle.issue("a", 500));
  sender.forward_to(receiver);
  REQUIRE(has_confirmed(sender, 500));
  CHECK(oracle.judge(*receiver.reader()).is_exact());
  CHECK(receiver.receiver().stats().batches >= 500 / 7);
}

TEST_CASE("what arrived is confirmed by the next handshake when its answer was lost and nothing follows") {
  const Place place;
  Oracle oracle;
  Node receiver{place.directory(), "receiver"}, sender{place.directory(), "sender"};
  receiver.proxy().follow([first = true](int) mutable {
    if (!std::exchange(first, false)) return Proxy::Fate{};
    return Proxy::Fate{.answered_bytes = 1'200, .end = Proxy::End::reset};  // the handshake's is, the batch's is not
  });
  sender.write(oracle.issue("a", 500));
  sender.forward_to(receiver);
  REQUIRE(has_confirmed(sender, 500));
  CHECK(receiver.receiver().stats().duplicate == 0);
  CHECK(oracle.judge(*receiver.reader()).is_exact());
}

TEST_CASE("a link that is too slow for a whole batch within the time for an answer carries smaller ones") {
  const Place place;
  Oracle oracle;
  Node receiver{place.directory(), "receiver"}, sender{place.directory(), "sender"};
  receiver.proxy().follow([](int) { return Proxy::Fate{.bytes_a_second = 100'000}; });
  sender.write(oracle.issue("a", 5'000));
  sender.forward_to(receiver, [](auto& options) { options.answer_timeout = 2'000ms; });
  const auto began = std::chrono::steady_clock::now();
  REQUIRE(has_confirmed(sender, 5'000));
  CHECK(oracle.judge(*receiver.reader()).is_exact());
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  MESSAGE("5,000 records took ", took.count(), " s");
}

TEST_SUITE_END();
