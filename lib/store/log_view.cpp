#include "store/log_view.hpp"

namespace psherald::store {
namespace {

// What a record's own columns give, one expression for each of log_columns.
constexpr std::array<std::string_view, log_columns.size()> from_record{
    "e.id",
    "strftime('%Y-%m-%d %H:%M:%S', e.received / 1000000, 'unixepoch', 'localtime')"
    " || printf('.%06d', e.received % 1000000)",
    "p.thread_name",
    "coalesce(s.api_version, 'None')",
    "coalesce(t.package_version, 'None')",
    "t.name",
    "e.relative / 1000.0",
    "p.process",
    "''",
    "t.module",
    "t.funcname",
    "e.level",
    "p.process_name",
    "p.thread",
    "(e.received - e.created) % 1000000 / 1000.0",
    "e.message",
    "coalesce(e.exc_text, 'None')",
    "'None'",
    "coalesce(e.stack_info, 'None')",
    "t.pathname",
    "t.filename",
    "NULL",
    "coalesce(t.levelname, CASE e.level WHEN 0 THEN 'NOTSET' WHEN 10 THEN 'DEBUG' WHEN 20 THEN 'INFO'"
    " WHEN 30 THEN 'WARNING' WHEN 40 THEN 'ERROR' WHEN 50 THEN 'CRITICAL' ELSE 'Level ' || e.level END)",
    "t.lineno",
    "coalesce(s.produkt_id, 'None')",
    "coalesce(s.system_id, 'None')",
    "coalesce(s.sub_system_id, 'None')",
    "coalesce(s.sub_sub_system_id, 'None')",
    "coalesce(s.user_spec_1, 'None')",
    "coalesce(s.user_spec_2, 'None')",
    "'None' || coalesce(s.produkt_id, 'None') || coalesce(s.system_id, 'None') || coalesce(s.sub_system_id, 'None')"
    " || coalesce(s.sub_sub_system_id, 'None') || coalesce(s.user_spec_1, 'None') || coalesce(s.user_spec_2, 'None')"};

// A JSON null there is a NULL that the row had; [m,e] is m / 2^e; an object says that the value stands in legacy_value.
// Not CASE but UNION: so a column that is one of a table keeps its affinity, and levelno >= '30' compares numbers as it
// does in ps.herald.
std::string prefer_legacy(const std::string& column, const std::string& from_record) {
  const auto path = "(e.legacy, '$." + column + "')";
  return "(SELECT CASE json_type" + path +
         " WHEN 'object' THEN (SELECT value FROM legacy_value WHERE id = e.id AND name = '" + column +
         "') WHEN 'array' THEN CAST(json_extract(e.legacy, '$." + column +
         "[0]') AS REAL) / (1 << json_extract(e.legacy, '$." + column + "[1]')) ELSE json_extract" + path +
         " END WHERE json_type" + path + " IS NOT NULL UNION ALL SELECT " + from_record + " LIMIT 1)";
}

}  // namespace

std::string log_view_sql() {
  std::string sql = "CREATE VIEW log AS SELECT\n  e.id AS id,\n";
  for (std::size_t i = 1; i < log_columns.size(); ++i) {
    const std::string column{log_columns[i]};
    sql += "  " + prefer_legacy(column, std::string{from_record[i]}) + " AS " + column + ",\n";
  }
  return sql +
         "  strftime('%Y-%m-%d %H:%M:%S', (e.received - e.created) / 1000000, 'unixepoch', 'localtime')\n"
         "    || printf('.%06d', (e.received - e.created) % 1000000) AS sender_created\n"
         "FROM entry e LEFT JOIN source s ON s.id = e.source LEFT JOIN site t ON t.id = e.site\n"
         "  LEFT JOIN proc p ON p.id = e.proc";
}

}  // namespace psherald::store
