#pragma once

/// What people tell a watchdog, through the store: it may be another process, and need not run. Functions write rows;
/// transactions are their callers'.

#include <optional>
#include <string>

#include "store/sqlite.hpp"
#include "watch/ledger.hpp"

namespace psherald::watch {

/// Somebody takes care of an incident that goes on. False: there is none of that number, or it is over.
bool acknowledge(sqlite3* db, std::int64_t incident, const std::string& who, const std::string& note, Timestamp now);
/// Returns its id.
std::int64_t add_silence(sqlite3* db, const Silence& silence);
/// It ends now. False: there is none of that number that still lasts.
bool end_silence(sqlite3* db, std::int64_t id, Timestamp now);
/// A key is no longer waited for, until it speaks. False: the rule does not know it.
bool retire(sqlite3* db, const std::string& rule, const std::string& key);

}  // namespace psherald::watch
