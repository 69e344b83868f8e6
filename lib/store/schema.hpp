#pragma once

#include <cstdint>

#include "store/sqlite.hpp"

namespace psherald::schema {

inline constexpr std::int64_t application_id = 0x70736864;  // "pshd"
inline constexpr std::int64_t version = 6;
inline constexpr std::int64_t page_size = 16384;
/// Before the first table is made, or VACUUM.
inline constexpr const char* pages = "PRAGMA page_size = 16384; PRAGMA auto_vacuum = INCREMENTAL";

/// Makes the tables, views and triggers of docs/schema.md in an empty database, and its first run, in one transaction.
/// False and without effect when there are tables already. @throws Error
bool create(sqlite3* db);

/// The same within a transaction that is open, beside tables of other names. @throws Error
void create_objects(sqlite3* db);

/// Makes a database of an older version one of this version, in one transaction. One of version 1 gets empty summaries,
/// which are made by and by, and its views and triggers anew. @throws Error
void upgrade(sqlite3* db);
/// Gives a connection that may only read a database of an older version empty tables in place of those that it lacks.
/// @throws Error
void stand_in(sqlite3* db);

/// Gives a connection temporary copies of what the watchdog keeps, of this version, so that it can be judged without
/// changing the file. They hide the tables themselves. @throws Error
void shadow_watch_tables(sqlite3* db);

/// Writes a run that is valid from this id on: 128 random bits that nobody else has. Replaces one that starts at the
/// same id, since that one names no record. @throws Error
void draw_run(sqlite3* db, std::int64_t from_id);

}  // namespace psherald::schema
