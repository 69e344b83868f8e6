#include "watch/preview.hpp"

#include <string>

namespace psherald::watch {
namespace {

constexpr std::string_view plain = "CREATE TABLE ", temporary = "CREATE TEMP TABLE ";

std::string as_temporary(std::string_view sql) { return std::string{temporary}.append(sql.substr(plain.size())); }

}  // namespace

void shadow_tables(sqlite3* db) {
  std::string script;
  sqlite::Statement rows{
      db,
      "SELECT name, sql FROM main.sqlite_schema m WHERE type = 'table' AND (name GLOB 'watch_*' OR name = "
      "'heartbeat') AND NOT EXISTS (SELECT 1 FROM sqlite_temp_schema t WHERE t.name = m.name)"};
  while (rows.step()) {
    const std::string name{rows.text(0)};
    script += as_temporary(rows.text(1)) + "; INSERT INTO temp." + name + " SELECT * FROM main." + name + ";";
  }
  sqlite::execute(db, script.c_str());
}

}  // namespace psherald::watch
