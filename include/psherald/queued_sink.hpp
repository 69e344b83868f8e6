#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "psherald/sink.hpp"

namespace psherald {

/// A bounded queue and one thread in front of a store: group commit. What is waiting when the thread comes back from
/// the disk becomes the next transaction, so a lone record is on disk after one fsync and a flood costs one fsync for
/// thousands. A batch that fails, fails alone; when a commit fails, all of its batches do, and each `done` hears why.
/// A store that is busy or full is tried again with each new transaction; nothing is kept back for it.
///
/// Threads: write, has_room, post, flush and stats from any; `done` and jobs run on the sink's own thread. Memory: what
/// waits and what is being written is at most `max_bytes`, as RecordBatch::bytes counts. Lifetime: `store` outlives
/// this object.
class QueuedSink final : public Sink {
 public:
  struct Options {
    std::size_t max_bytes = 16u << 20;  ///< Above it write() answers queue_full at once: bytes of RecordBatch::bytes.
    std::size_t commit_records =
        10'000;  ///< At most so many records in one transaction: more gain nothing and wait longer.
  };
  struct Stats {
    std::uint64_t stored = 0;   ///< Records committed.
    std::uint64_t refused = 0;  ///< Records not taken: the queue was full or stopping.
    std::uint64_t failed = 0;   ///< Records taken that the store could not keep.
    std::uint64_t commits = 0;
    std::size_t waiting_bytes = 0;
  };

  QueuedSink(TransactionalSink& store, Options options);
  explicit QueuedSink(TransactionalSink& store) : QueuedSink{store, Options{}} {}
  QueuedSink(const QueuedSink&) = delete;
  QueuedSink& operator=(const QueuedSink&) = delete;
  ~QueuedSink() override;  ///< Writes what is waiting, then ends the thread.

  /// Never waits. Without room `done` is told queue_full before write returns, on the caller's thread.
  void write(RecordBatch batch, Done done) override;
  /// False from three quarters of the bound on.
  bool has_room() const noexcept override;
  /// Runs `job` between two transactions, on the thread that owns the store: how pruning and other writes get their
  /// turn. Jobs keep their order among themselves. What a job throws is lost: it must catch what it wants to tell.
  void post(std::function<void()> job);
  /// Returns when all that was written or posted before has been dealt with. Not from within a job or `done`.
  void flush();
  Stats stats() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace psherald
