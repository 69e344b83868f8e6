#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "psherald/log_store.hpp"
#include "psherald/watchdog.hpp"
#include "store/sqlite.hpp"
#include "watch/ledger.hpp"

namespace psherald::watch {

/// How the parts of a watchdog get at the store: read on the caller's thread, write in transactions on the store's.
/// Over a read-only store what is written goes into copies of the tables, and is gone at the end.
class StoreAccess {
 public:
  StoreAccess(LogStore& store, std::function<void(const std::function<void()>&)> on_store);

  sqlite3* db() const { return reader().native_handle(); }
  const LogStore& reader() const { return reader_ ? *reader_ : store_; }
  bool read_only() const noexcept { return store_.read_only(); }
  /// The newest id that the log has given.
  RecordId newest() const;
  Run run() const;  ///< After take_over().

  /// Writes that only the newest watchdog may make. @throws Error watch_lost, and what `job` throws
  void transaction(const std::function<void(sqlite3* writer)>& job);
  /// Only within a transaction: records of our own.
  void append(const RecordBatch& batch);

  /// From now on this is the newest watchdog.
  void take_over(const Run& first);
  bool has_taken_over() const noexcept { return epoch_.has_value(); }
  std::int64_t epoch() const { return *epoch_; }

 private:
  LogStore& store_;
  std::function<void(const std::function<void()>&)> on_store_;
  std::unique_ptr<LogStore> reader_;
  std::optional<std::int64_t> epoch_;
};

}  // namespace psherald::watch
