// What docs/forward-protocol.md calls refuted, and how each fails. A scenario says what is wrong; with its line in
// place nothing is, and without it something.

#include <doctest/doctest.h>

#include <asio/io_context.hpp>
#include <atomic>
#include <filesystem>
#include <functional>
#include <future>
#include <thread>

#include "psherald/psherald.hpp"
#include "record/variant.hpp"
#include "store/sqlite.hpp"
#include "store/streams.hpp"
#include "support/place.hpp"

namespace {
std::string_view tried;
}
bool psherald::variant::is(std::string_view name) noexcept { return name == tried; }

using namespace psherald;
using psherald::testing::Place;
using namespace std::chrono_literals;

namespace {

const std::string stream = "51c07e22a94d0b63d8f1e5527b1c9a04", run = "8f3a61d0c94be27715aa02bd6e90f3c1",
                  other_stream = "61c07e22a94d0b63d8f1e5527b1c9a04";

/// A store whose commit fails when it is told to, as one that dies does.
class FragileSink final : public TransactionalSink {
 public:
  explicit FragileSink(LogStore& store) : store_{store} {}
  void begin() override { store_.begin(); }
  Appended append(const RecordBatch& batch) override { return store_.append(batch); }
  void commit() override {
    if (commits_before_end_-- == 0) throw Error{Errc::store_full, "it dies"};
    store_.commit();
  }
  void rollback() noexcept override { store_.rollback(); }
  void die_after(int commits) { commits_before_end_ = commits; }

 private:
  LogStore& store_;
  int commits_before_end_ = -1;
};

struct Collector {
  explicit Collector(const std::string& path = ":memory:")
      : store{{path}}, sink{store}, writer{sink}, receiver{store, writer, {}} {}

  HttpResponse post(const std::string& body) {
    std::promise<HttpResponse> response;
    std::atomic<bool> answered = false;
    receiver.handle({.method = "POST", .path = ForwardReceiver::path, .body = body}, [&](HttpResponse made) {
      if (!answered.exchange(true)) response.set_value(std::move(made));
    });
    auto answer = response.get_future().get();
    writer.flush();
    return answer;
  }
  std::int64_t count(const std::string& message) {
    const auto reader = store.reader();
    sqlite::Statement rows{reader->native_handle(), "SELECT count(*) FROM entry WHERE message = ?1"};
    return rows.bind(1, std::string_view{message}).first_integer().value_or(0);
  }
  RecordId mark(const std::string& of = stream) {
    const auto marks = store::marks_of(store.reader()->native_handle(), of, 1);
    return marks.empty() ? 0 : marks.front().id;
  }

  LogStore store;
  FragileSink sink;
  QueuedSink writer;
  ForwardReceiver receiver;
};

struct Batch {
  RecordId from = 1, to = 1;
  std::string prev_tag = "1:a", tag = "1:a", text = "record", by = stream;
};
std::string body_of(const Batch& batch) {
  const bool first = batch.from == 1;
  std::string body = R"({"psherald":1,"stream":")" + batch.by + R"(","name":"errors","run":")" + run +
                     R"(","prev":{"run":)" + (first ? "null" : '"' + run + '"') +
                     ",\"id\":" + std::to_string(batch.from - 1) + ",\"tag\":\"" + (first ? "" : batch.prev_tag) +
                     "\"},\"to\":" + std::to_string(batch.to) + ",\"tag\":\"" + batch.tag +
                     "\",\"n\":" + std::to_string(batch.to - batch.from + 1) + "}\n";
  for (RecordId id = batch.from; id <= batch.to; ++id)
    body +=
        "{\"i\":" + std::to_string(id) + ",\"r\":1,\"l\":20,\"m\":\"" + batch.text + " " + std::to_string(id) + "\"}\n";
  return body;
}

std::string unless(bool good, const std::string& wrong) { return good ? "" : wrong; }

// ---- the receiver

std::string acknowledged_before_the_commit() {
  Collector collector;
  collector.sink.die_after(0);
  const auto status = collector.post(body_of({})).status;
  return unless(status != 200, "it was acknowledged, and is not on the disk");
}

std::string a_mark_without_its_records() {
  Collector collector;
  collector.sink.die_after(1);
  collector.post(body_of({}));
  return unless(collector.mark() == 0 || collector.count("record 1") == 1, "the mark claims what never came");
}

std::string an_old_request_comes_late() {
  Collector collector;
  collector.post(body_of({}));
  collector.post(body_of({.from = 2, .to = 2}));
  const auto late = collector.post(body_of({})).status;
  return unless(late == 409 && collector.mark() == 2, "it has set the mark back");
}

std::string a_copy_with_its_memory() {
  Collector collector;
  collector.post(body_of({.to = 2, .tag = "1:mine"}));
  const auto other = collector.post(body_of({.from = 3, .to = 3, .prev_tag = "1:theirs"})).status;
  return unless(other == 409, "a record 2 of another history counts as stored");
}

std::string the_same_record_by_two_ways() {
  Collector collector;
  if (!tried.empty()) sqlite::execute(collector.store.native_handle(), "DROP INDEX entry_origin");
  collector.post(body_of({}));
  collector.post(body_of({.by = other_stream}));
  return unless(collector.count("record 1") == 1, "it is stored twice");
}

// Its row is gone here, so the unique index knows nothing of it.
std::string a_record_comes_back_that_was_removed() {
  Collector collector;
  RecordBatch own;
  own.append({.message = "own"});
  collector.writer.write(std::move(own), {});
  collector.writer.flush();
  const auto own_run = collector.store.run();
  sqlite::execute(collector.store.native_handle(), "DELETE FROM log");
  collector.post(R"({"psherald":1,"stream":")" + stream + R"(","name":"back","run":")" + run +
                 R"(","prev":{"run":null,"id":0,"tag":""},"to":1,"tag":"","n":1})" + "\n" + R"({"origin":1,"is":")" +
                 own_run + R"(","path":[")" + run + R"("]})" + "\n" + R"({"i":1,"o":1,"j":1,"r":1,"l":20,"m":"own"})" +
                 "\n");
  return unless(collector.count("own") == 0, "it goes round for ever");
}

// ---- the sender

/// Serves a collector over loopback; the first answers may get lost.
class Server {
 public:
  Server(Collector& collector, int lost)
      : collector_{collector},
        lost_{lost},
        server_{io_, answer_at_once([this](const HttpRequest& request) { return answer(request); }), {}} {
    thread_ = std::thread{[this] { io_.run(); }};
  }
  ~Server() {
    server_.stop();
    thread_.join();
  }
  std::string url() const { return "http://" + server_.endpoints().front(); }

 private:
  HttpResponse answer(const HttpRequest& request) {
    std::promise<HttpResponse> response;
    collector_.receiver.handle(request, [&](HttpResponse made) { response.set_value(std::move(made)); });
    auto made = response.get_future().get();
    if (request.method == "POST" && lost_ > 0) --lost_, made.status = 500;
    return made;
  }

  Collector& collector_;
  std::atomic<int> lost_;
  asio::io_context io_{1};
  WebServer server_;
  std::thread thread_;
};

struct Sender {
  explicit Sender(const std::string& path) : store{{path}}, writer{store} {}
  void write(const std::string& text) {
    RecordBatch batch;
    batch.append({.message = text});
    writer.write(std::move(batch), {});
    writer.flush();
  }
  LogStore store;
  QueuedSink writer;
};

Forwarder::Options to(const std::string& url) {
  Forwarder::Options options;
  options.name = "central";
  options.url = url;
  options.linger = 0ms;
  options.retry_min = 1ms;
  options.retry_max = 5ms;
  return options;
}

template <class Condition>
bool becomes(Condition condition, std::chrono::milliseconds within = 5s) {
  for (const auto end = std::chrono::steady_clock::now() + within; std::chrono::steady_clock::now() < end;) {
    if (condition()) return true;
    std::this_thread::sleep_for(2ms);
  }
  return false;
}

std::string an_answer_gets_lost() {
  Collector collector;
  const Server server{collector, 1};
  Sender sender{":memory:"};
  sender.write("one");
  Forwarder forwarder{sender.store, sender.writer, to(server.url())};
  const bool sent = becomes([&] { return forwarder.stats().lag == 0 || forwarder.stats().answers[409] > 5; });
  return unless(sent && forwarder.stats().answers[409] <= 5, "it is told to go elsewhere for ever");
}

std::string nobody_answers() {
  Collector collector;
  const Server server{collector, 1'000'000};
  const Place place;
  {
    Sender sender{place.file()};
    sender.write("one");
    auto once = to(server.url());  // a second handshake would tell that it has arrived
    once.retry_min = once.retry_max = 1h;
    Forwarder forwarder{sender.store, sender.writer, once};
    becomes([&] { return forwarder.stats().answers[500] > 0; });
  }
  return unless(LogStore{{.path = place.file(), .read_only = true}}.cursor("central")->id == 0,
                "the cursor is ahead of the answers");
}

// With its cursor, so with the stream that the collector knows, or without.
std::string a_file_is_put_back(bool with_cursor) {
  Collector collector;
  const Server server{collector, 0};
  const Place place;
  const auto older = place.file() + "-older";
  {
    Sender sender{place.file()};
    sender.write("one");
    if (with_cursor) Forwarder{sender.store, sender.writer, to(server.url())}.stop(1s);
    sender.store.backup(older);
    Forwarder forwarder{sender.store, sender.writer, to(server.url())};
    sender.write("two");
    becomes([&] { return collector.count("two") == 1; });
    forwarder.stop(1s);
  }
  Sender sender{older};
  sender.write("another two");
  Forwarder forwarder{sender.store, sender.writer, to(server.url())};
  const bool came = becomes([&] { return collector.count("another two") == 1; }, tried.empty() ? 5s : 1s);
  return unless(came, "the new record 2 counts as the old one, and is never sent");
}

struct Scenario {
  std::string_view variant;
  const char* name;
  std::function<std::string()> run;
};
const std::vector<Scenario> scenarios{
    {variant::ack_first, "acknowledged before the commit", acknowledged_before_the_commit},
    {variant::mark_alone, "a mark in a transaction of its own", a_mark_without_its_records},
    {variant::cursor_early, "the cursor moves when a batch is sent", nobody_answers},
    {variant::own_cursor, "a sender resumes at its own cursor", an_answer_gets_lost},
    {variant::no_new_run, "a restart goes on under the old run", [] { return a_file_is_put_back(false); }},
    {variant::late_run, "a new run only when the mark is ahead", [] { return a_file_is_put_back(true); }},
    {variant::no_prev, "a receiver takes any batch", an_old_request_comes_late},
    {variant::no_tag, "no tag is compared", a_copy_with_its_memory},
    {variant::no_index, "nobody looks whether a record is here", the_same_record_by_two_ways},
    {variant::no_path, "nobody looks where a record has been", a_record_comes_back_that_was_removed}};

}  // namespace

TEST_SUITE("variants") {
  TEST_CASE("with all its lines the protocol holds") {
    for (const auto& scenario : scenarios) {
      CAPTURE(scenario.name);
      tried = {};
      CHECK(scenario.run() == "");
    }
  }

  TEST_CASE("without any one of them something is lost, doubled or stuck") {
    for (const auto& scenario : scenarios) {
      CAPTURE(scenario.name);
      tried = scenario.variant;
      CHECK(scenario.run() != "");
      tried = {};
    }
  }
}
