#pragma once

#include <string>

#include "psherald/log_store.hpp"
#include "store/sqlite.hpp"
#include "store/writer.hpp"

namespace psherald::store {

/// Whether the database is one of ps.herald 1.4.2: a table `log` with all its columns, whatever else is in it.
/// @throws Error
bool is_ps_herald(sqlite3* db);

/// Why psherald cannot take over such a database without losing something of it, as the end of a sentence that begins
/// with "it is"; empty when it can. @throws Error
std::string obstacle_to_migration(sqlite3* db);

/// Turns a database of ps.herald into one of psherald, in place. The pages come first, where there is room for that,
/// and all else is one transaction: whenever the process ends, the file is the old one or the new one.
class Migration {
 public:
  /// Changes page size and auto_vacuum, then leaves a transaction open in which the new tables stand beside the old
  /// ones. Nobody else of psherald has the file open. @throws Error store_busy, store_full, store_io
  Migration(sqlite3* db, std::string file, const LogStore::Options& options);
  /// Moves the rows and commits. `writer` is on the same connection. @throws Error store_full, store_io
  void finish(Writer& writer);

 private:
  void set_page_cache(std::size_t bytes);
  void change_pages();
  void rename_old_tables();

  sqlite3* db_;
  std::string file_;
  const LogStore::Options& options_;
};

/// Copies a database of ps.herald into a new one of psherald at `to`, which nobody reads meanwhile. `from` is not
/// locked for longer than a few thousand rows take. @throws Error store_full, store_io
void import(sqlite3* from, const std::string& to, const LogStore::Options& options);

}  // namespace psherald::store
