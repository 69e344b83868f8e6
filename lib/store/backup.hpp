#pragma once

#include <functional>
#include <string>

#include "store/sqlite.hpp"

namespace psherald::store {

/// Copies the database, as it is at this moment, to a new file. It is there under its name when it is whole and on the
/// disk. `progress` hears a fraction between 0 and 1. @throws Error
void backup(sqlite3* db, const std::string& to, const std::function<void(double)>& progress);

}  // namespace psherald::store
