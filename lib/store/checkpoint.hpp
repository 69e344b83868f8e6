#pragma once

#include <chrono>

#include "store/sqlite.hpp"
#include "store/wal_guard.hpp"

namespace psherald::store {

/// Moves the WAL into the database now and then: the only place that does, and never while anybody commits.
class Checkpointer {
 public:
  /// Pages of WAL after which a commit is followed by a checkpoint: 16 MiB.
  static constexpr int due_pages = 1'000;
  /// From here on it waits a moment for readers, since SQLite begins the WAL anew only without them: 64 MiB.
  static constexpr int pressing_pages = 4 * due_pages;

  Checkpointer(sqlite3* db, WalGuard& guard, std::chrono::milliseconds busy_timeout);
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  /// After each commit, with the guard free. What cannot be done now is done after a later commit.
  void after_commit() noexcept;
  /// As after a commit, without waiting until it is due; and the WAL gets empty, where no reader is in the way.
  void cut() noexcept;
  /// The last call before the connection is closed: a small WAL stays, or none where nobody else has the file open.
  void before_close() noexcept;

 private:
  void run(int mode, std::chrono::milliseconds wait) noexcept;
  bool lock(std::chrono::milliseconds wait) noexcept;

  sqlite3* db_;
  WalGuard& guard_;
  std::chrono::milliseconds busy_timeout_;
  int pages_ = 0;  // in the WAL, as SQLite said at the last commit
  int seen_ = 0, next_ = due_pages;
};

}  // namespace psherald::store
