#pragma once

#include <memory>
#include <string>

#include "psherald/log_store.hpp"
#include "store/aside.hpp"
#include "store/legacy.hpp"
#include "store/sqlite.hpp"
#include "store/wal_guard.hpp"

namespace psherald::store {

/// A database that was opened for reading.
struct Readable {
  std::string file;  ///< It, or a copy of it in `directory`.
  std::unique_ptr<TemporaryDirectory> directory;
  sqlite::Connection db;
  bool legacy;  ///< It is one of ps.herald 1.4.2, to be imported.
};
/// Opens a database of psherald or ps.herald for reading. Beside it nothing is made but what SQLite needs for one of
/// psherald. @throws Error
Readable open_to_read(const std::string& file, const LogStore::Options& options);

struct Writable {
  std::unique_ptr<WalGuard> guard;  // outlives the connection
  sqlite::Connection db;
  bool created;                          ///< It was not there before, or empty, or one of ps.herald.
  std::unique_ptr<Migration> migration;  ///< One of ps.herald: to be finished, and then to be given to prepare().
};
/// Opens a database of psherald for writing, makes one where there is none, or begins to make one of ps.herald's. What
/// is not ours stays as it is, and nothing appears beside it. @throws Error
Writable open_to_write(const std::string& file, const LogStore::Options& options);
/// Sets up the database and the connection for writing. @throws Error
void prepare(sqlite3* db, WalGuard& guard, const std::string& file, const LogStore::Options& options);

}  // namespace psherald::store
