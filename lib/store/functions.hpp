#pragma once

#include <vector>

#include "store/sqlite.hpp"

namespace psherald::store {

/// Numbers of dictionary rows, rising.
using Rows = std::vector<std::int64_t>;

/// Gives the connection `psh_in(rows, number)`: 1 where the number is one of the rows, else 0. @throws Error
void add_functions(sqlite3* db);
/// Binds rows for psh_in. They live as long as the statement is used.
void bind_rows(sqlite::Statement& statement, int index, const Rows& rows);

}  // namespace psherald::store
