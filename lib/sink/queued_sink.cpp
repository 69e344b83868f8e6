#include "psherald/queued_sink.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace psherald {
namespace {

struct Waiting {
  RecordBatch batch;
  Done done;
  std::size_t bytes;
};

}  // namespace

struct QueuedSink::Impl {
  Impl(TransactionalSink& to, Options with) : store{to}, options{with}, thread{[this] { run(); }} {}

  ~Impl() {
    {
      std::lock_guard lock{mutex};
      stopping = true;
    }
    work.notify_one();
    thread.join();
  }

  void run() {
    std::unique_lock lock{mutex};
    for (;;) {
      busy = false;
      idle.notify_all();
      work.wait(lock, [&] { return stopping || !queue.empty() || !jobs.empty(); });
      if (queue.empty() && jobs.empty()) return;
      busy = true;
      auto due = std::exchange(jobs, {});
      auto group = take_group();
      lock.unlock();
      run_jobs(due);
      write_group(group);
      lock.lock();
      for (const auto& waiting : group) held_bytes -= waiting.bytes;
    }
  }

  std::vector<Waiting> take_group() {
    std::vector<Waiting> group;
    for (std::size_t records = 0; !queue.empty() && records < options.commit_records; queue.pop_front()) {
      records += queue.front().batch.size();
      group.push_back(std::move(queue.front()));
    }
    return group;
  }

  static void run_jobs(std::vector<std::function<void()>>& due) {
    for (auto& job : due) try {
        job();
      } catch (...) {  // the header says so: a job that wants to be heard catches by itself
      }
  }

  void write_group(std::vector<Waiting>& group) {
    if (group.empty()) return;
    std::vector<Result<Appended>> outcomes;
    outcomes.reserve(group.size());
    try {
      store.begin();
      for (const auto& waiting : group) outcomes.push_back(append(waiting.batch));
      store.commit();
      ++commits;
    } catch (const std::exception& error) {
      store.rollback();
      outcomes.assign(group.size(), fault_of(error));
    }
    for (std::size_t i = 0; i < group.size(); ++i) {
      (outcomes[i] ? stored : failed) += group[i].batch.size();
      if (group[i].done) group[i].done(std::move(outcomes[i]));
    }
  }

  Result<Appended> append(const RecordBatch& batch) {
    try {
      return store.append(batch);
    } catch (const std::exception& error) {
      return fault_of(error);
    }
  }

  static Fault fault_of(const std::exception& error) {
    const auto* known = dynamic_cast<const Error*>(&error);
    return {known ? static_cast<Errc>(known->code().value()) : Errc::store_io, error.what()};
  }

  TransactionalSink& store;
  const Options options;
  std::mutex mutex;
  std::condition_variable work, idle;
  std::deque<Waiting> queue;
  std::vector<std::function<void()>> jobs;
  std::size_t held_bytes = 0;  // waiting or being written
  bool busy = false, stopping = false;
  std::atomic<std::uint64_t> stored = 0, refused = 0, failed = 0, commits = 0;
  std::thread thread;  // last: it uses all of the above
};

QueuedSink::QueuedSink(TransactionalSink& store, Options options) : impl_{std::make_unique<Impl>(store, options)} {}
QueuedSink::~QueuedSink() = default;

void QueuedSink::write(RecordBatch batch, Done done) {
  const std::size_t bytes = batch.bytes();
  {
    std::unique_lock lock{impl_->mutex};
    // A batch above the bound by itself is let in when nothing else is there, or it never could be.
    if (impl_->held_bytes == 0 || impl_->held_bytes + bytes <= impl_->options.max_bytes) {
      impl_->held_bytes += bytes;
      impl_->queue.push_back({std::move(batch), std::move(done), bytes});
      lock.unlock();
      impl_->work.notify_one();
      return;
    }
  }
  impl_->refused += batch.size();
  if (done)
    done(Fault{Errc::queue_full, "the queue in front of the store is full: " +
                                     std::to_string(impl_->options.max_bytes) + " bytes wait for the disk"});
}

bool QueuedSink::has_room() const noexcept {
  std::lock_guard lock{impl_->mutex};
  return impl_->held_bytes == 0 || impl_->held_bytes < impl_->options.max_bytes / 4 * 3;
}

void QueuedSink::post(std::function<void()> job) {
  {
    std::lock_guard lock{impl_->mutex};
    impl_->jobs.push_back(std::move(job));
  }
  impl_->work.notify_one();
}

void QueuedSink::flush() {
  std::unique_lock lock{impl_->mutex};
  impl_->idle.wait(lock, [&] { return !impl_->busy && impl_->queue.empty() && impl_->jobs.empty(); });
}

QueuedSink::Stats QueuedSink::stats() const noexcept {
  std::lock_guard lock{impl_->mutex};
  return {impl_->stored, impl_->refused, impl_->failed, impl_->commits, impl_->held_bytes};
}

}  // namespace psherald
