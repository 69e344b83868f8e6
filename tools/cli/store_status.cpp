#include "cli/store_status.hpp"

#include <sysexits.h>

#include <cstdio>

#include "cli/output.hpp"
#include "cli/selecting.hpp"
#include "psherald/sql.hpp"

namespace psherald::cli {
namespace {

// Records that are there, behind where the destination is.
constexpr const char* cursors_sql = R"sql(
SELECT name, url, id AS position,
  (SELECT id FROM newest) - cursor.id - coalesce((SELECT sum(to_id - max(from_id - 1, cursor.id)) FROM removed
    WHERE to_id > cursor.id), 0) AS lag,
  coalesce(skipped, 0) AS skipped, coalesce(refused, 0) AS refused, at AS written
FROM cursor ORDER BY name)sql";

// A sender has a mark for each run of its log: the one that was written last says where it is.
constexpr const char* streams_sql = R"sql(
SELECT name, peer, token AS owner, id AS position, written FROM (
  SELECT stream.name, stream.peer, stream.token, mark.id, max(mark.at) AS written
  FROM stream LEFT JOIN mark ON mark.stream_no = stream.no GROUP BY stream.no) ORDER BY name)sql";

FieldValue value_of(const std::string& name, const SqlValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    if (name == "written") return Timestamp{std::chrono::microseconds{*number}};
    return *number;
  }
  if (const auto* text = std::get_if<std::string_view>(&value)) return std::string{*text};
  return {};
}

bool has_tables(const LogStore& store, const std::string& names, std::int64_t number) {
  bool all = false;
  const auto look = [&](const SqlRow& row) { all = std::get<std::int64_t>(row.values.front()) == number; };
  select(store, {.text = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN (" + names + ")"}, look);
  return all;
}

// Under a title, as long as there is one; else that there is none.
void print_rows(const LogStore& store, const char* title, const char* sql, const OutputOptions& options) {
  std::optional<RowWriter> writer;
  select(store, {.text = sql, .max_rows = 10'000}, [&](const SqlRow& row) {
    if (!writer) {
      std::printf("\n%s:\n", title);
      writer.emplace(stdout, std::vector<std::string>{row.columns.begin(), row.columns.end()}, options);
    }
    std::vector<FieldValue> values;
    for (std::size_t i = 0; i < row.values.size(); ++i) values.push_back(value_of(row.columns[i], row.values[i]));
    writer->write(std::move(values));
  });
  writer ? writer->end() : void(std::printf("\n%s: nobody\n", title));
}

}  // namespace

Usage status_usage() {
  return {"psherald status",
          "Prints how full the database is, and how far the passing on of records from and to it has come.",
          {{0, "config", "FILE", "read FILE instead of ./psherald.toml"}, {0, "database", "FILE", "the database file"}},
          "",
          "  psherald status\n  psherald status --database /var/lib/psherald/herald.sqlite\n"};
}

int status(const Arguments& arguments, const std::string&) {
  const auto options = output_options(arguments, Format::table, Of::rows);
  const auto store = store_of(arguments);
  std::printf("database: %s, %.1f MiB on the disk\n", one_line(store.path()).c_str(),
              static_cast<double>(store.disk_bytes()) / (1 << 20));
  std::printf("records: %lld; the newest is %lld\n", static_cast<long long>(store.count()),
              static_cast<long long>(store.newest_id()));
  print_rows(store, "passed on to", cursors_sql, options);
  if (has_tables(store, "'stream', 'mark'", 2)) print_rows(store, "received from", streams_sql, options);
  check_written();
  return EX_OK;
}

}  // namespace psherald::cli
