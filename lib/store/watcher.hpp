#pragma once

#include <string>

namespace psherald::store {

/// Tells when a database file may have got new records, whichever process wrote them: each commit writes to the WAL.
/// It may tell too often, never too seldom. Threads: one at a time.
class Watcher {
 public:
  /// Watches the directory, so a WAL that is made anew is noticed too.
  explicit Watcher(const std::string& database);
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;
  ~Watcher();

  /// Readable when there may be news; stays this object's. -1 where the system has no more watches to give: then look
  /// once a second.
  int descriptor() const noexcept { return file_; }
  /// Takes note of the news so far. True when some of it was about the database.
  bool take() noexcept;

 private:
  std::string wal_name_;
  int file_;
};

}  // namespace psherald::store
