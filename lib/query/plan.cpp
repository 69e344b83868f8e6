#include "query/plan.hpp"

#include <algorithm>
#include <array>

#include "store/dictionary_rows.hpp"

namespace psherald {
namespace {

struct NameFilter {
  const char* condition;  // on table source
  const char* parameter;
  std::optional<std::string> Filter::*value;
};
// Absent and "None" are the same.
constexpr std::array names{
    NameFilter{"coalesce(produkt_id, 'None') = :produkt_id", ":produkt_id", &Filter::produkt_id},
    NameFilter{"coalesce(system_id, 'None') = :system_id", ":system_id", &Filter::system_id},
    NameFilter{"coalesce(sub_system_id, 'None') = :sub_system_id", ":sub_system_id", &Filter::sub_system_id},
    NameFilter{"coalesce(sub_sub_system_id, 'None') = :sub_sub_system_id", ":sub_sub_system_id",
               &Filter::sub_sub_system_id},
    NameFilter{"coalesce(user_spec_1, 'None') = :user_spec_1", ":user_spec_1", &Filter::user_spec_1},
    NameFilter{"coalesce(user_spec_2, 'None') = :user_spec_2", ":user_spec_2", &Filter::user_spec_2}};

// A condition on table source; empty when any source will do.
std::string source_condition(const Filter& filter) {
  std::string all;
  for (const auto& name : names)
    if (filter.*name.value) all += (all.empty() ? " WHERE " : " AND ") + std::string{name.condition};
  return all;
}

// Of a table with a prefix, in the order in which read_entry reads them.
template <class Entry>
std::string columns_of() {
  std::string all;
  for (std::string_view rest = store::Table<Entry>::columns; !rest.empty();) {
    const auto comma = rest.find(", ");
    all += ", " + std::string{store::Table<Entry>::name} + '.' + std::string{rest.substr(0, comma)};
    rest = comma == rest.npos ? std::string_view{} : rest.substr(comma + 2);
  }
  return all;
}

void bind_names(sqlite::Statement& statement, const Filter& filter) {
  for (const auto& name : names)
    if (const auto& value = filter.*name.value) statement.bind(statement.parameter(name.parameter), *value);
}

// Looks at a table of one dictionary from its beginning to its end: they are small.
store::Rows row_ids(sqlite::Statement& statement) {
  store::Rows ids;
  while (statement.step()) ids.push_back(statement.integer(0));
  return ids;
}

store::Rows sources_of(sqlite3* db, const Filter& filter, const std::string& condition) {
  sqlite::Statement rows{db, "SELECT id FROM source" + condition + " ORDER BY id"};
  bind_names(rows, filter);
  return row_ids(rows);
}

store::Rows sites_of(sqlite3* db, const std::string& pattern) {
  sqlite::Statement rows{db,
                         "SELECT id FROM site WHERE funcname LIKE '%' || ?1 || '%' OR module LIKE '%' || ?1 || '%' "
                         "ORDER BY id"};
  rows.bind(1, pattern);
  return row_ids(rows);
}

// What a row within the window has to be. The plus signs keep SQLite from ever using an index, should there be one.
std::string conditions(const Filter& filter) {
  std::string sql = " WHERE e.id BETWEEN :from AND :to";
  if (!source_condition(filter).empty()) sql += " AND psh_in(:sources, e.source)";
  if (filter.level) sql += " AND +e.level >= :level";
  if (filter.since) sql += " AND +e.received >= :since";
  if (!filter.pattern.empty())
    sql += " AND (psh_in(:sites, e.site) OR coalesce(e.message LIKE '%' || :pattern || '%', 0))";
  return sql;
}

}  // namespace

void check_pattern(sqlite3* db, const std::string& pattern) {
  const auto most = static_cast<std::size_t>(sqlite3_limit(db, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, -1)) - 2;
  if (pattern.size() > most)
    throw Error{Errc::bad_query, "cannot search for a pattern of " + std::to_string(pattern.size()) +
                                     " bytes: the longest has " + std::to_string(most)};
}

Names find_names(sqlite3* db, const Filter& filter) {
  Names names;
  if (const auto condition = source_condition(filter); !condition.empty())
    names.sources = sources_of(db, filter, condition);
  if (!filter.pattern.empty()) names.sites = sites_of(db, filter.pattern);
  return names;
}

std::string window_sql(const Filter& filter, Order order) {
  return "SELECT e.id, e.received, e.created, e.flags, e.level, e.relative, e.message, e.exc_text, e.stack_info, "
         "e.extra, e.legacy" +
         columns_of<Source>() + columns_of<Site>() + columns_of<Process>() +
         " FROM entry e LEFT JOIN source ON source.id = e.source LEFT JOIN site ON site.id = e.site"
         " LEFT JOIN proc ON proc.id = e.proc" +
         conditions(filter) + " ORDER BY e.id " + (order == Order::newest_first ? "DESC" : "ASC") + " LIMIT :rows";
}

std::string count_sql(const Filter& filter) { return "SELECT count(*) FROM entry e" + conditions(filter); }

void bind_filter(sqlite::Statement& statement, const Filter& filter, const Names& names) {
  if (names.sources) store::bind_rows(statement, statement.parameter(":sources"), *names.sources);
  if (filter.level) statement.bind(statement.parameter(":level"), static_cast<std::int64_t>(*filter.level));
  if (filter.since)
    statement.bind(statement.parameter(":since"), std::int64_t{filter.since->time_since_epoch().count()});
  if (!filter.pattern.empty()) {
    statement.bind(statement.parameter(":pattern"), filter.pattern);
    store::bind_rows(statement, statement.parameter(":sites"), names.sites);
  }
}

void bind_window(sqlite::Statement& statement, RecordId from, RecordId to, std::int64_t rows) {
  statement.bind(statement.parameter(":from"), from);
  statement.bind(statement.parameter(":to"), to);
  if (const int limit = statement.parameter(":rows"); limit != 0) statement.bind(limit, rows);
}

std::optional<RecordId> first_possible(sqlite3* db, const Names& names) {
  if (!names.sources) return 1;
  sqlite::Statement first{db, "SELECT first_id FROM source WHERE id = ?1"};
  std::optional<RecordId> oldest;
  for (const auto row : *names.sources)
    if (const auto id = first.bind(1, row).first_integer()) oldest = std::min(*id, oldest.value_or(*id));
  return oldest;
}

}  // namespace psherald
