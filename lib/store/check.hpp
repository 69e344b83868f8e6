#pragma once

#include <functional>
#include <string>
#include <vector>

#include "store/sqlite.hpp"

namespace psherald::store {

/// What is wrong with the database, a sentence each. @throws Error when it cannot be read at all
std::vector<std::string> check(sqlite3* db, const std::function<void(double)>& progress);

}  // namespace psherald::store
