#include "store/checkpoint.hpp"

namespace psherald::store {
namespace {

constexpr std::chrono::milliseconds at_once{0}, moment{100};

}  // namespace

Checkpointer::Checkpointer(sqlite3* db, WalGuard& guard, std::chrono::milliseconds busy_timeout)
    : db_{db}, guard_{guard}, busy_timeout_{busy_timeout} {
  const auto note = [](void* pages, sqlite3*, const char*, int count) {
    *static_cast<int*>(pages) = count;
    return SQLITE_OK;
  };
  sqlite3_wal_hook(db, note, &pages_);
}

void Checkpointer::after_commit() noexcept {
  if (pages_ < seen_) next_ = due_pages;  // SQLite began the WAL anew
  seen_ = pages_;
  if (pages_ < next_) return;
  // Not at every commit: a reader that stands in the way would make each of them wait.
  next_ = pages_ + due_pages;
  if (pages_ < pressing_pages)
    run(SQLITE_CHECKPOINT_PASSIVE, at_once);
  else
    run(SQLITE_CHECKPOINT_RESTART, moment);
}

void Checkpointer::cut() noexcept { run(SQLITE_CHECKPOINT_TRUNCATE, at_once); }

void Checkpointer::before_close() noexcept {
  run(SQLITE_CHECKPOINT_TRUNCATE, moment);
  // The guard stays locked from here until its file is closed, after the connection. SQLite deletes the empty WAL
  // when this is the last connection.
  if (lock(moment)) sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
}

void Checkpointer::run(int mode, std::chrono::milliseconds wait) noexcept {
  if (!lock(wait)) return;
  sqlite3_busy_timeout(db_, static_cast<int>(wait.count()));
  sqlite3_wal_checkpoint_v2(db_, "main", mode, nullptr, nullptr);
  sqlite3_busy_timeout(db_, static_cast<int>(busy_timeout_.count()));
  guard_.unlock();
}

bool Checkpointer::lock(std::chrono::milliseconds wait) noexcept {
  try {
    return guard_.lock(WalGuard::Mode::exclusive, wait);
  } catch (const Error&) {  // then the next commit fails with it, and says so
    return false;
  }
}

}  // namespace psherald::store
