#include "psherald/query.hpp"
#include "store/sqlite.hpp"

namespace psherald {
namespace {

std::vector<std::string> distinct(sqlite3* db, const std::string& column) {
  std::vector<std::string> values;
  sqlite::Statement rows{db, "SELECT DISTINCT coalesce(" + column + ", 'None') FROM (SELECT " + column +
                                 " FROM source ORDER BY id DESC LIMIT 10000) ORDER BY 1"};
  while (rows.step()) values.emplace_back(rows.text(0));
  return values;
}

}  // namespace

SourceNames source_names(const LogStore& store) {
  const auto list = [db = store.native_handle()](const char* column) { return distinct(db, column); };
  return {list("produkt_id"),        list("system_id"),   list("sub_system_id"),
          list("sub_sub_system_id"), list("user_spec_1"), list("user_spec_2")};
}

}  // namespace psherald
