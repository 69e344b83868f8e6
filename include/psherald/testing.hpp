#pragma once

/// For tests, ours and a host's: a sink that keeps what it gets, and frames as Python sends them.

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "psherald/sink.hpp"

namespace psherald::testing {

/// Keeps every batch in memory and confirms at once. Threads: any.
class MemorySink final : public Sink {
 public:
  void write(RecordBatch batch, Done done) override {
    Appended appended;
    {
      std::lock_guard lock{mutex_};
      appended = {records_ + 1, batch.size()};
      records_ += static_cast<RecordId>(batch.size());
      dead_letters_ += batch.dead_letters().size();
      batches_.push_back(std::move(batch));
    }
    arrived_.notify_all();
    if (done) done(appended);
  }

  std::size_t size() const {
    std::lock_guard lock{mutex_};
    return static_cast<std::size_t>(records_);
  }
  std::size_t dead_letters() const {
    std::lock_guard lock{mutex_};
    return dead_letters_;
  }
  /// The texts of all messages so far, in order.
  std::vector<std::string> messages() const {
    std::lock_guard lock{mutex_};
    std::vector<std::string> all;
    for (const auto& batch : batches_)
      for (const auto& record : batch.records()) all.emplace_back(record.message);
    return all;
  }
  /// Waits until `count` records are there. False when they do not come in time.
  bool wait_for(std::size_t count, std::chrono::milliseconds timeout = std::chrono::seconds{10}) const {
    std::unique_lock lock{mutex_};
    return arrived_.wait_for(lock, timeout, [&] { return static_cast<std::size_t>(records_) >= count; });
  }
  /// The batches, for a closer look. Not while anybody writes.
  const std::vector<RecordBatch>& batches() const noexcept { return batches_; }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable arrived_;
  std::vector<RecordBatch> batches_;
  RecordId records_ = 0;
  std::size_t dead_letters_ = 0;
};

/// What a Python program says, with the attributes that matter; makes the bytes that its SocketHandler would send.
struct PythonRecord {
  std::string message = "hello";
  std::string system_id = "test";
  int levelno = 20;
  std::string levelname = "INFO";
  std::string name = "root";
  double created = 1'795'338'000.25;
  std::vector<std::pair<std::string, std::string>> extra{};  ///< Further attributes, as text.
};
/// Length prefix and pickle (protocol 1), ready to be sent.
std::string python_frame(const PythonRecord& record);

}  // namespace psherald::testing
