#include "psherald/saved_search.hpp"

#include <algorithm>

#include "psherald/filter.hpp"
#include "query/range.hpp"
#include "record/utf8.hpp"
#include "store/in_transaction.hpp"
#include "store/sqlite.hpp"

namespace psherald {
namespace {

constexpr const char* columns = "SELECT name, query, time, oldest_first, saved FROM saved_search ";

SavedSearch row_of(const sqlite::Statement& row) {
  return {std::string{row.text(0)}, std::string{row.text(1)}, std::string{row.text(2)},
          row.integer(3) != 0 ? Order::oldest_first : Order::newest_first,
          Timestamp{std::chrono::microseconds{row.integer(4)}}};
}

[[noreturn]] void refuse(const std::string& why) { throw Error{Errc::bad_query, "cannot save the search: " + why}; }

void check_name(std::string_view name) {
  const auto is_no_part = [](char c) { return c == '/' || (c >= 0 && c < ' ') || c == 0x7f; };
  if (name.empty()) refuse("it has no name");
  if (name.starts_with('~')) refuse("names that begin with ~ are those of links");
  if (!is_utf8(name) || std::any_of(name.begin(), name.end(), is_no_part))
    refuse("a name has no / and no control characters");
  const auto is_first_byte = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
  if (std::count_if(name.begin(), name.end(), is_first_byte) > 64) refuse("its name is longer than 64 characters");
}

void check_text(const SavedSearch& search) {
  if (const auto filter = parse_filter(search.query); !filter) refuse(filter.error().text);
  if (const auto range = query::range_query(search.time); !range) refuse(range.error().text);
}

void insert(sqlite3* db, const SavedSearch& search) {
  sqlite::Statement{db, "INSERT OR REPLACE INTO saved_search VALUES(?1, ?2, ?3, ?4, ?5)"}
      .bind(1, search.name)
      .bind(2, search.query)
      .bind(3, search.time)
      .bind(4, std::int64_t{search.order == Order::oldest_first})
      .bind(5, now().time_since_epoch().count())
      .run();
}

bool holds(sqlite3* db, std::string_view name) {
  return sqlite::Statement{db, "SELECT 1 FROM saved_search WHERE name = ?1"}.bind(1, name).first_integer().has_value();
}

std::optional<std::string> link_to(sqlite3* db, const SavedSearch& search) {
  sqlite::Statement same{db,
                         "SELECT name FROM saved_search WHERE name GLOB '~*' AND query = ?1 AND time = ?2 AND "
                         "oldest_first = ?3"};
  same.bind(1, search.query).bind(2, search.time).bind(3, std::int64_t{search.order == Order::oldest_first});
  if (!same.step()) return {};
  return std::string{same.text(0)};
}

std::string new_link_name(sqlite3* db) {
  sqlite::Statement random{db, "SELECT '~' || lower(hex(randomblob(4)))"};
  for (;;) {
    random.step();
    std::string name{random.text(0)};
    random.reset();
    if (!holds(db, name)) return name;
  }
}

}  // namespace

std::vector<SavedSearch> saved_searches(const LogStore& store) {
  std::vector<SavedSearch> all;
  sqlite::Statement rows{store.native_handle(),
                         std::string{columns} + "WHERE name NOT GLOB '~*' ORDER BY lower(name), name"};
  while (rows.step()) all.push_back(row_of(rows));
  return all;
}

std::optional<SavedSearch> find_saved(const LogStore& store, std::string_view name) {
  sqlite::Statement row{store.native_handle(), std::string{columns} + "WHERE name = ?1"};
  row.bind(1, name);
  if (!row.step()) return {};
  return row_of(row);
}

void save(LogStore& store, SavedSearch search) {
  check_name(search.name);
  check_text(search);
  store::in_transaction(store, [&](sqlite3* db) {
    const auto there = sqlite::integer(db, "SELECT count(*) FROM saved_search WHERE name NOT GLOB '~*'").value_or(0);
    if (there >= static_cast<std::int64_t>(max_saved_searches) && !holds(db, search.name))
      refuse("there are " + std::to_string(there) + " already; remove one first");
    insert(db, search);
  });
}

std::string save_link(LogStore& store, SavedSearch search) {
  check_text(search);
  return store::in_transaction(store, [&](sqlite3* db) {
    search.name = link_to(db, search).value_or("");
    if (search.name.empty()) search.name = new_link_name(db);
    insert(db, search);
    sqlite::Statement{db,
                      "DELETE FROM saved_search WHERE name IN (SELECT name FROM saved_search WHERE name GLOB '~*' "
                      "ORDER BY saved DESC, name LIMIT -1 OFFSET ?1)"}
        .bind(1, static_cast<std::int64_t>(max_saved_links))
        .run();
    return search.name;
  });
}

bool remove_saved(LogStore& store, std::string_view name) {
  return store::in_transaction(store, [&](sqlite3* db) {
    const bool there = holds(db, name);
    sqlite::Statement{db, "DELETE FROM saved_search WHERE name = ?1"}.bind(1, name).run();
    return there;
  });
}

}  // namespace psherald
