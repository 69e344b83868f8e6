#pragma once

#include <cstdint>
#include <string>

#include "psherald/query.hpp"
#include "store/functions.hpp"
#include "store/sqlite.hpp"

namespace psherald {

/// @throws Error bad_query: longer than SQLite takes.
void check_pattern(sqlite3* db, const std::string& pattern);

/// What a filter says of dictionaries, looked up once a search: a record's rows have to be among these.
struct Names {
  std::optional<store::Rows> sources{};  ///< Nothing: any source will do.
  store::Rows sites{};                   ///< Whose function or module has the pattern.
};
Names find_names(sqlite3* db, const Filter& filter);

/// The statement that finds a filter's records within a window of ids. Its text depends on which fields are set, never
/// on their values: these are bound.
std::string window_sql(const Filter& filter, Order order);
/// The statement that counts them.
std::string count_sql(const Filter& filter);
/// Binds filter and names, which have to live as long as the statement. The window comes with each use, and the number
/// of rows where the statement has one.
void bind_filter(sqlite::Statement& statement, const Filter& filter, const Names& names);
void bind_window(sqlite::Statement& statement, RecordId from, RecordId to, std::int64_t rows);

/// The oldest record that these sources can be in; nothing when there are none.
std::optional<RecordId> first_possible(sqlite3* db, const Names& names);

/// The columns of window_sql.
namespace column {
enum { id, received, created, flags, level, relative, message, exc_text, stack_info, extra, legacy, source };
}

}  // namespace psherald
