#pragma once

#include <optional>
#include <string>

#include "psherald/log_store.hpp"
#include "store/sqlite.hpp"
#include "store/wal_guard.hpp"

namespace psherald::store {

/// A directory of our own under TMPDIR, gone with everything in it at the end.
class TemporaryDirectory {
 public:
  TemporaryDirectory();  ///< @throws Error store_open
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory();
  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

/// Opens a database of psherald for reading; nothing beside it is made but what SQLite needs. @throws Error
sqlite::Connection open_to_read(const std::string& file, const LogStore::Options& options);

struct Writable {
  std::unique_ptr<WalGuard> guard;  // outlives the connection
  sqlite::Connection db;
  bool created;  ///< It was not there before, or empty.
};
/// Opens a database of psherald for writing, or makes one where there is none. What is not ours stays as it is, and
/// nothing appears beside it. @throws Error
Writable open_to_write(const std::string& file, const LogStore::Options& options);

}  // namespace psherald::store
