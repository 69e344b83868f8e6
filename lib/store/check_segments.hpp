#pragma once

#include <functional>
#include <string>

#include "store/sqlite.hpp"

namespace psherald::store {

/// Compares every summary with the records it was made of, and tells each that is wrong. @throws Error
void check_segments(sqlite3* db, const std::function<void(std::string)>& tell);

}  // namespace psherald::store
