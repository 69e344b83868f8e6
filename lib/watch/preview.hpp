#pragma once

#include "store/sqlite.hpp"

namespace psherald::watch {

/// Puts copies of all tables that the watchdog writes into the connection's own temporary database, where they stand
/// before those of the file: what is written from now on leaves the file as it is. Works on a read-only connection.
void shadow_tables(sqlite3* db);

}  // namespace psherald::watch
