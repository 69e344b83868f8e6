#pragma once

#include <string>

#include "psherald/query.hpp"
#include "query/plan.hpp"
#include "query/row_reader.hpp"
#include "query/windows.hpp"
#include "store/sqlite.hpp"

namespace psherald::query {

/// Searches one connection again and again, by statements that stay prepared: to prepare them takes longer than a short
/// search. Threads: the connection's, which outlives it.
class Finder {
 public:
  explicit Finder(sqlite3* db) : db_{db}, range_{db, search_range_sql}, statements_{db} {}

  /// As psherald::find. What has thrown is not to be used again: a statement may go on reading.
  Page find(const Query& query);

 private:
  sqlite::Statement& rows_for(const Plan& plan, Order order);

  sqlite3* db_;
  sqlite::LazyStatement range_;
  RowStatements statements_;
  std::string rows_sql_{};
  sqlite::Statement rows_{};  // of the last search; most are like the one before
};

}  // namespace psherald::query
