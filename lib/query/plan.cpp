#include "query/plan.hpp"

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

}  // namespace

std::string window_sql(const Filter& filter, Order order) {
  std::string sql =
      "SELECT e.id, e.received, e.created, e.flags, e.level, e.relative, e.message, e.exc_text, e.stack_info, e.extra, "
      "e.legacy" +
      columns_of<Source>() + columns_of<Site>() + columns_of<Process>() +
      " FROM entry e LEFT JOIN source ON source.id = e.source LEFT JOIN site ON site.id = e.site"
      " LEFT JOIN proc ON proc.id = e.proc WHERE e.id BETWEEN :from AND :to";
  // The plus signs keep SQLite from collecting all records of a source before it looks at their order, should there
  // ever be an index.
  if (const auto condition = source_condition(filter); !condition.empty())
    sql += " AND +e.source IN (SELECT id FROM source" + condition + ')';
  if (filter.level) sql += " AND +e.level >= :level";
  if (filter.since) sql += " AND +e.received >= :since";
  if (!filter.pattern.empty())
    sql +=
        " AND (+e.site IN (SELECT id FROM site WHERE funcname LIKE '%' || :pattern || '%' OR module LIKE '%' || "
        ":pattern || '%') OR e.message LIKE '%' || :pattern || '%')";
  return sql + " ORDER BY e.id " + (order == Order::newest_first ? "DESC" : "ASC") + " LIMIT :rows";
}

void bind_filter(sqlite::Statement& statement, const Filter& filter) {
  bind_names(statement, filter);
  if (filter.level) statement.bind(statement.parameter(":level"), static_cast<std::int64_t>(*filter.level));
  if (filter.since)
    statement.bind(statement.parameter(":since"), std::int64_t{filter.since->time_since_epoch().count()});
  if (!filter.pattern.empty()) statement.bind(statement.parameter(":pattern"), filter.pattern);
}

void bind_window(sqlite::Statement& statement, RecordId from, RecordId to, std::int64_t rows) {
  statement.bind(statement.parameter(":from"), from);
  statement.bind(statement.parameter(":to"), to);
  statement.bind(statement.parameter(":rows"), rows);
}

std::optional<RecordId> first_possible(sqlite3* db, const Filter& filter) {
  const auto condition = source_condition(filter);
  if (condition.empty()) return 1;
  sqlite::Statement first{db, "SELECT min(first_id) FROM source" + condition};
  bind_names(first, filter);
  return first.first_integer();
}

}  // namespace psherald
