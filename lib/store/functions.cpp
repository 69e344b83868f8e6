#include "store/functions.hpp"

#include <algorithm>

namespace psherald::store {
namespace {

// SQLite hands a bound pointer only to who knows this name.
constexpr const char* pointer_type = "psherald rows";

void in_rows(sqlite3_context* context, int, sqlite3_value** values) {
  const auto* rows = static_cast<const Rows*>(sqlite3_value_pointer(values[0], pointer_type));
  const bool found = rows != nullptr && std::binary_search(rows->begin(), rows->end(), sqlite3_value_int64(values[1]));
  sqlite3_result_int(context, found ? 1 : 0);
}

}  // namespace

void add_functions(sqlite3* db) {
  constexpr int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
  if (sqlite3_create_function_v2(db, "psh_in", 2, flags, nullptr, in_rows, nullptr, nullptr, nullptr) != SQLITE_OK)
    throw sqlite::error_of(db, "open");
}

void bind_rows(sqlite::Statement& statement, int index, const Rows& rows) {
  sqlite3_bind_pointer(statement.get(), index, const_cast<Rows*>(&rows), pointer_type, nullptr);
}

}  // namespace psherald::store
