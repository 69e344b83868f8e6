#pragma once

#include <chrono>
#include <string>

namespace psherald::store {

/// A lock on `<database>.psherald.lock`, shared for a write transaction, exclusive for a checkpoint, so that no two of
/// them overlap among psherald's connections and processes: SQLite up to 3.51.2 can lose commits otherwise.
/// Source: sqlite.org/wal.html, "The WAL-reset bug". Each object is an owner of its own, also within one process.
class WalGuard {
 public:
  enum class Mode { shared, exclusive };

  /// @throws Error store_open, store_read_only
  explicit WalGuard(const std::string& database);
  WalGuard(const WalGuard&) = delete;
  WalGuard& operator=(const WalGuard&) = delete;
  ~WalGuard();

  /// False when others held it all the time. @throws Error store_io
  bool lock(Mode mode, std::chrono::milliseconds timeout);
  void unlock() noexcept;
  const std::string& path() const noexcept { return path_; }

 private:
  bool try_lock(Mode mode);

  std::string path_;
  int file_;
};

}  // namespace psherald::store
