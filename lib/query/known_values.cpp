#include <algorithm>
#include <set>

#include "psherald/query.hpp"
#include "query/casefold.hpp"
#include "query/field_values.hpp"
#include "query/fields.hpp"
#include "store/dictionary_rows.hpp"

namespace psherald {
namespace {

using query::Kind, query::Place;

// The newest rows: who puts a random name into each record must not make this slow.
template <class Entry>
std::set<std::string> names_in(sqlite3* db, ast::Field field) {
  using Rows = store::Table<Entry>;
  std::set<std::string> names;
  sqlite::Statement rows{db, "SELECT " + std::string{Rows::columns} + " FROM " + std::string{Rows::name} +
                                 " ORDER BY id DESC LIMIT 10000"};
  while (rows.step()) {
    const auto entry = store::read_entry<Entry>(rows, 0);
    if (query::kind_of(field) == Kind::number) {
      if (const auto number = query::number_in(field, entry)) names.insert(std::to_string(*number));
    } else if (const auto name = query::name_in(field, entry); present(name)) {
      names.emplace(name);
    }
  }
  return names;
}

std::set<std::string> all_values(sqlite3* db, ast::Field field) {
  if (field == ast::Field::level) return query::all_level_names();
  switch (query::place_of(field)) {
    case Place::source: return names_in<Source>(db, field);
    case Place::site: return names_in<Site>(db, field);
    case Place::process: return names_in<Process>(db, field);
    default: throw Error{Errc::bad_query, '"' + print(ast::FieldRef{field}) + "\" has no list of values"};
  }
}

}  // namespace

std::vector<std::string> known_values(const LogStore& store, ast::Field field, std::string_view beginning,
                                      std::size_t most) {
  std::vector<std::string> values;
  const auto start = query::folded(beginning);
  for (const auto& value : all_values(store.native_handle(), field))
    if (values.size() < most && query::folded(value).starts_with(start)) values.push_back(value);
  return values;
}

}  // namespace psherald
