#include <doctest/doctest.h>

#include <condition_variable>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "psherald/queued_sink.hpp"
#include "psherald/testing.hpp"

using namespace psherald;

namespace {

RecordBatch batch_of(std::initializer_list<std::string_view> messages) {
  RecordBatch batch;
  for (const auto message : messages) {
    Record record;
    record.message = message;
    batch.append(record);
  }
  return batch;
}

/// A store that stops at its gate in begin() until the test opens it, fails when told to, and notes what it was asked.
class GatedStore final : public TransactionalSink {
 public:
  void begin() override {
    std::unique_lock lock{mutex_};
    ++begun_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_; });
    if (fail_begin) throw Error{Errc::store_busy, "busy"};
    pending_.clear();
  }
  Appended append(const RecordBatch& batch) override {
    for (const auto& record : batch.records())
      if (record.message == "poison") throw Error{Errc::store_io, "poisoned"};
    const auto first = static_cast<RecordId>(kept.size() + pending_.size() + 1);
    for (const auto& record : batch.records()) pending_.emplace_back(record.message);
    return {first, batch.size()};
  }
  void commit() override {
    if (fail_commit) throw Error{Errc::store_full, "disk full"};
    kept.insert(kept.end(), pending_.begin(), pending_.end());
    transactions.push_back(pending_.size());
  }
  void rollback() noexcept override { pending_.clear(); }

  void open() {
    std::lock_guard lock{mutex_};
    open_ = true;
    changed_.notify_all();
  }
  void close() {
    std::lock_guard lock{mutex_};
    open_ = false;
  }
  void wait_for_begin(int times) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return begun_ >= times; });
  }

  std::vector<std::string> kept;
  std::vector<std::size_t> transactions;  // records of each commit
  bool fail_begin = false, fail_commit = false;

 private:
  std::vector<std::string> pending_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
  int begun_ = 0;
};

/// Collects what `done` was told, in order.
struct Outcomes {
  Done operator()() {
    return [this](const Result<Appended>& result) {
      std::lock_guard lock{mutex};
      all.push_back(result ? "stored " + std::to_string(result->stored) + " from " + std::to_string(result->first_id)
                           : result.error().text);
    };
  }
  std::mutex mutex;
  std::vector<std::string> all;
};

}  // namespace

TEST_SUITE_BEGIN("sink");

TEST_CASE("write of a transactional sink is begin, append and commit, and tells what was stored") {
  GatedStore store;
  Outcomes outcomes;
  store.write(batch_of({"a", "b"}), outcomes());
  CHECK(store.kept == std::vector<std::string>{"a", "b"});
  CHECK(outcomes.all == std::vector<std::string>{"stored 2 from 1"});
}

TEST_CASE("write of a transactional sink tells the reason when it fails, and keeps nothing") {
  GatedStore store;
  store.fail_commit = true;
  Outcomes outcomes;
  store.write(batch_of({"a"}), outcomes());
  CHECK(store.kept.empty());
  CHECK(outcomes.all == std::vector<std::string>{"disk full"});
}

TEST_CASE("what waits while the disk is busy becomes one transaction") {
  GatedStore store;
  store.close();
  Outcomes outcomes;
  QueuedSink queue{store};
  queue.write(batch_of({"first"}), outcomes());
  store.wait_for_begin(1);
  for (int i = 0; i < 5; ++i) queue.write(batch_of({"x", "y"}), outcomes());
  store.open();
  queue.flush();
  CHECK(store.transactions == std::vector<std::size_t>{1, 10});
  CHECK(outcomes.all.size() == 6);
  CHECK(outcomes.all.back() == "stored 2 from 10");
  CHECK(queue.stats().stored == 11);
  CHECK(queue.stats().commits == 2);
}

TEST_CASE("a transaction takes no batch more when it has enough records") {
  GatedStore store;
  store.close();
  QueuedSink queue{store, {.commit_records = 3}};
  queue.write(batch_of({"first"}), {});
  store.wait_for_begin(1);
  for (int i = 0; i < 4; ++i) queue.write(batch_of({"x", "y"}), {});
  store.open();
  queue.flush();
  CHECK(store.transactions == std::vector<std::size_t>{1, 4, 4});
}

TEST_CASE("a batch that fails, fails alone") {
  GatedStore store;
  store.close();
  Outcomes outcomes;
  QueuedSink queue{store};
  queue.write(batch_of({"a"}), outcomes());
  store.wait_for_begin(1);
  queue.write(batch_of({"b"}), outcomes());
  queue.write(batch_of({"poison"}), outcomes());
  queue.write(batch_of({"c"}), outcomes());
  store.open();
  queue.flush();
  CHECK(store.kept == std::vector<std::string>{"a", "b", "c"});
  CHECK(outcomes.all == std::vector<std::string>{"stored 1 from 1", "stored 1 from 2", "poisoned", "stored 1 from 3"});
  CHECK(queue.stats().failed == 1);
}

TEST_CASE("when begin or commit fails, every batch of the transaction hears why, and the next one is tried again") {
  GatedStore store;
  Outcomes outcomes;
  QueuedSink queue{store};
  SUBCASE("begin") { store.fail_begin = true; }
  SUBCASE("commit") { store.fail_commit = true; }
  queue.write(batch_of({"a"}), outcomes());
  queue.flush();
  CHECK(store.kept.empty());
  CHECK(queue.stats().failed == 1);
  store.fail_begin = store.fail_commit = false;
  queue.write(batch_of({"b"}), outcomes());
  queue.flush();
  CHECK(store.kept == std::vector<std::string>{"b"});
  CHECK(outcomes.all.size() == 2);
  CHECK(outcomes.all.back() == "stored 1 from 1");
}

TEST_CASE("above its bound the queue refuses at once, on the caller's thread, and takes again when there is room") {
  GatedStore store;
  store.close();
  Outcomes outcomes;
  QueuedSink queue{store, {.max_bytes = 1}};
  queue.write(batch_of({"in, because nothing else is there"}), {});
  store.wait_for_begin(1);
  std::optional<std::thread::id> told_on;
  std::optional<Errc> reason;
  queue.write(batch_of({"refused", "refused"}), [&](const Result<Appended>& result) {
    told_on = std::this_thread::get_id();
    if (!result) reason = result.error().code;
  });
  CHECK(told_on == std::this_thread::get_id());
  CHECK(reason == Errc::queue_full);
  CHECK(queue.stats().refused == 2);
  CHECK(queue.stats().waiting_bytes > 0);
  store.open();
  queue.flush();
  CHECK(queue.stats().waiting_bytes == 0);
  queue.write(batch_of({"taken"}), outcomes());
  queue.flush();
  CHECK(outcomes.all == std::vector<std::string>{"stored 1 from 2"});
}

TEST_CASE("jobs run on the store's thread, in order, between transactions, and a job that throws harms nobody") {
  GatedStore store;
  QueuedSink queue{store};
  std::vector<int> order;
  std::thread::id job_thread;
  queue.post([&] { order.push_back(1); });
  queue.post([] { throw std::runtime_error{"lost"}; });
  queue.post([&] {
    order.push_back(2);
    job_thread = std::this_thread::get_id();
  });
  queue.flush();
  CHECK(order == std::vector<int>{1, 2});
  CHECK(job_thread != std::this_thread::get_id());
}

TEST_CASE("the destructor writes what is waiting and runs what was posted") {
  GatedStore store;
  store.close();
  bool ran = false;
  {
    QueuedSink queue{store};
    queue.write(batch_of({"a"}), {});
    store.wait_for_begin(1);
    queue.write(batch_of({"b"}), {});
    queue.post([&] { ran = true; });
    store.open();
  }
  CHECK(store.kept == std::vector<std::string>{"a", "b"});
  CHECK(ran);
}

TEST_CASE("many threads write at once, and every record is stored once") {
  GatedStore store;
  std::atomic<int> confirmed = 0;
  {
    QueuedSink queue{store};
    std::vector<std::thread> writers;
    for (int i = 0; i < 4; ++i)
      writers.emplace_back([&] {
        for (int j = 0; j < 250; ++j)
          queue.write(batch_of({"x"}), [&](const Result<Appended>& result) { confirmed += result.has_value(); });
      });
    for (auto& writer : writers) writer.join();
  }
  CHECK(store.kept.size() == 1000);
  CHECK(confirmed == 1000);
}

TEST_CASE("the memory sink keeps batches and confirms them") {
  psherald::testing::MemorySink sink;
  Outcomes outcomes;
  sink.write(batch_of({"a"}), outcomes());
  sink.write(batch_of({"b", "c"}), outcomes());
  CHECK(sink.wait_for(3));
  CHECK_FALSE(sink.wait_for(4, std::chrono::milliseconds{1}));
  CHECK(sink.messages() == std::vector<std::string>{"a", "b", "c"});
  CHECK(outcomes.all == std::vector<std::string>{"stored 1 from 1", "stored 2 from 2"});
}

TEST_SUITE_END();
