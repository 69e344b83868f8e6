#pragma once

#include <cstdint>
#include <string>

#include "psherald/query.hpp"
#include "store/sqlite.hpp"

namespace psherald {

/// The statement that finds a filter's records within a window of ids. Its text depends on which fields are set, never
/// on their values: these are bound.
std::string window_sql(const Filter& filter, Order order);
/// Binds the filter, which has to live as long as the statement. Window and number of rows come with each use.
void bind_filter(sqlite::Statement& statement, const Filter& filter);
void bind_window(sqlite::Statement& statement, RecordId from, RecordId to, std::int64_t rows);

/// The oldest record that the filter's names can be in: nothing when nobody of these names ever sent one.
std::optional<RecordId> first_possible(sqlite3* db, const Filter& filter);

/// The columns of window_sql.
namespace column {
enum { id, received, created, flags, level, relative, message, exc_text, stack_info, extra, legacy, source };
}

}  // namespace psherald
