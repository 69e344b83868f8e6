#include "cli/sql.hpp"

#include <sysexits.h>

#include <csignal>
#include <cstdio>
#include <optional>

#include "cli/failure.hpp"
#include "cli/output.hpp"
#include "cli/selecting.hpp"
#include "psherald/sql.hpp"
#include "record/hex.hpp"
#include "record/json.hpp"
#include "record/plain.hpp"
#include "record/utf8.hpp"

namespace psherald::cli {
namespace {

constexpr std::string_view unshowable = "\xEF\xBF\xBD";

std::string valid(std::string_view text) {
  std::string utf8;
  append_utf8(utf8, text);
  return utf8;
}

FieldValue value_of(const SqlValue& value, bool json) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  if (const auto* text = std::get_if<std::string_view>(&value)) return valid(*text);
  if (const auto* blob = std::get_if<SqlBlob>(&value)) return to_hex(blob->bytes);
  if (const auto* number = std::get_if<double>(&value)) {
    std::string real;
    append_json_double(real, *number);
    return Json{real};
  }
  return json ? FieldValue{Json{"null"}} : FieldValue{};
}

/// Prints the rows of one query, whose columns are known with the first of them.
class Rows {
 public:
  explicit Rows(const OutputOptions& options) : options_{options} {}

  void write(const SqlRow& row) {
    const bool json = options_.format == Format::json || options_.format == Format::ndjson;
    std::vector<FieldValue> values;
    for (const auto& value : row.values) values.push_back(value_of(value, json));
    writer(row.columns).write(std::move(values));
  }
  void end(const std::vector<std::string>& columns) { writer(columns).end(); }

 private:
  RowWriter& writer(std::span<const std::string> columns) {
    if (writer_) return *writer_;
    std::vector<std::string> names;
    for (const auto& column : columns) names.push_back(valid(column));
    return writer_.emplace(stdout, std::move(names), options_);
  }

  OutputOptions options_;
  std::optional<RowWriter> writer_{};
};

SqlQuery query_of(const Arguments& arguments) {
  SqlQuery query;
  for (const auto& word : arguments.operands()) (query.text += query.text.empty() ? "" : " ") += word;
  if (query.text.empty()) throw UsageError{"there is no SQL"};
  if (const auto limit = arguments.number("limit")) query.max_rows = *limit;
  if (const auto seconds = arguments.number("seconds")) query.time_limit = std::chrono::seconds{*seconds};
  return query;
}

// SQLite's message may name what a database of others has in it.
SqlOutcome select_to(Rows& rows, const LogStore& store, const SqlQuery& query) try {
  return select(store, query, [&](const SqlRow& row) { rows.write(row); });
} catch (const Error& error) {
  if (error.code() != Errc::bad_query) throw;
  std::string plain;
  append_plain(plain, error.what(), unshowable);
  throw Failure{EX_USAGE, plain};
}

}  // namespace

Usage sql_usage() {
  return {"psherald sql",
          "Prints what a SELECT over the database gives. It only reads.",
          {{0, "config", "FILE", "read FILE instead of ./psherald.toml"},
           {0, "database", "FILE", "the database file"},
           {0, "limit", "N", "at most N rows (1000)"},
           {0, "seconds", "N", "end it when it takes longer than N seconds (10)"},
           {0, "format", "FORMAT", "table (the default), json, ndjson or csv"}},
          "SQL",
          "  psherald sql 'SELECT system_id, levelname, count(*) FROM log GROUP BY 1, 2 ORDER BY 3 DESC'\n"
          "  psherald sql --format=csv 'SELECT created, message FROM log WHERE levelno >= 40 ORDER BY id DESC'\n"
          "  psherald sql \"SELECT name, sql FROM sqlite_schema\"          what there is to ask\n"};
}

int sql(const Arguments& arguments, const std::string&) {
  std::signal(SIGPIPE, SIG_DFL);  // who reads the first lines only, such as head, has seen enough
  const auto query = query_of(arguments);
  Rows rows{output_options(arguments, Format::table, Of::rows)};
  const auto store = store_of(arguments);
  const auto outcome = select_to(rows, store, query);
  rows.end(outcome.columns);
  check_written();
  if (outcome.more) std::fprintf(stderr, "there are more rows than %zu; --limit=N shows more of them\n", outcome.rows);
  return EX_OK;
}

}  // namespace psherald::cli
