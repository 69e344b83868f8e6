#include "cli/sql.hpp"

#include <sysexits.h>

#include <algorithm>
#include <csignal>
#include <cstdio>

#include "cli/failure.hpp"
#include "cli/migration_log.hpp"
#include "cli/service.hpp"
#include "exchange/cells.hpp"
#include "psherald/sql.hpp"
#include "record/json.hpp"
#include "record/plain.hpp"
#include "record/utf8.hpp"

namespace psherald::cli {
namespace {

constexpr std::string_view unshowable = "\xEF\xBF\xBD";

std::string hex_of(std::string_view bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    hex += digits[byte >> 4], hex += digits[byte & 15];
  }
  return hex;
}

std::string valid(std::string_view text) {
  std::string utf8;
  append_utf8(utf8, text);
  return utf8;
}

/// What a value is as text; empty for NULL.
std::string text_of(const SqlValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* text = std::get_if<std::string_view>(&value)) return std::string{*text};
  if (const auto* blob = std::get_if<SqlBlob>(&value)) return hex_of(blob->bytes);
  std::string real;
  if (const auto* number = std::get_if<double>(&value)) append_json_double(real, *number);
  return real;
}
bool is_number(const SqlValue& value) {
  return std::holds_alternative<std::int64_t>(value) || std::holds_alternative<double>(value);
}

/// Prints the rows of one query.
class Printer {
 public:
  virtual ~Printer() = default;
  virtual void row(const SqlRow& row) = 0;
  virtual void end(const std::vector<std::string>& columns) = 0;

 protected:
  static void put(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }
};

class JsonPrinter : public Printer {
 public:
  explicit JsonPrinter(bool array) : array_{array} {}
  void row(const SqlRow& row) override {
    std::string line = !array_ ? "" : first_ ? "[\n" : ",\n";
    for (std::size_t i = 0; i < row.values.size(); ++i) {
      line += i == 0 ? '{' : ',';
      exchange::append_json_text(line, valid(row.columns[i]));
      line += ':';
      append(line, row.values[i]);
    }
    put(line += array_ ? "}" : "}\n");
    first_ = false;
  }
  void end(const std::vector<std::string>&) override {
    if (array_) put(first_ ? "[]\n" : "\n]\n");
  }

 private:
  static void append(std::string& line, const SqlValue& value) {
    if (std::holds_alternative<std::monostate>(value))
      line += "null";
    else if (is_number(value))
      line += text_of(value);
    else
      exchange::append_json_text(line, valid(text_of(value)));
  }

  bool array_, first_ = true;
};

class CsvPrinter : public Printer {
 public:
  void row(const SqlRow& row) override {
    head(row.columns);
    std::string line;
    for (std::size_t i = 0; i < row.values.size(); ++i) {
      if (i > 0) line += ',';
      is_number(row.values[i]) ? void(line += text_of(row.values[i]))
                               : exchange::append_csv_text(line, text_of(row.values[i]));
    }
    put(line + "\r\n");
  }
  void end(const std::vector<std::string>& columns) override { head(columns); }

 private:
  void head(std::span<const std::string> columns) {
    if (std::exchange(headed_, true)) return;
    std::string line;
    for (const auto& column : columns) {
      if (!line.empty()) line += ',';
      exchange::append_csv_text(line, column);
    }
    put(line + "\r\n");
  }

  bool headed_ = false;
};

/// Columns as wide as the first rows need.
class TablePrinter : public Printer {
 public:
  void row(const SqlRow& row) override {
    std::vector<std::string> cells;
    for (const auto& value : row.values) cells.push_back(cell(text_of(value)));
    lines_.push_back(std::move(cells));
    if (!widths_.empty() || lines_.size() == measured_rows) flush(row.columns);
  }
  void end(const std::vector<std::string>& columns) override { flush(columns); }

 private:
  static constexpr std::size_t measured_rows = 200, widest = 60;

  static std::string cell(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
    std::string plain;
    append_plain(plain, text, unshowable);
    return plain;
  }
  static std::size_t characters(const std::string& text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
  }

  void flush(std::span<const std::string> columns) {
    if (widths_.empty()) {
      auto& names = *lines_.emplace(lines_.begin());
      for (const auto& column : columns) names.push_back(cell(column));
      widths_.resize(columns.size());
      for (const auto& line : lines_)
        for (std::size_t i = 0; i < line.size(); ++i)
          widths_[i] = std::min(widest, std::max(widths_[i], characters(line[i])));
    }
    for (const auto& line : lines_) put(padded(line));
    lines_.clear();
  }
  std::string padded(const std::vector<std::string>& line) const {
    std::string text;
    for (std::size_t i = 0; i < line.size(); ++i) {
      text += (i == 0 ? "" : "  ") + line[i];
      text.append(widths_[i] - std::min(widths_[i], characters(line[i])), ' ');
    }
    text.erase(text.find_last_not_of(' ') + 1);
    return text + '\n';
  }

  std::vector<std::vector<std::string>> lines_;
  std::vector<std::size_t> widths_;
};

std::unique_ptr<Printer> printer_of(const std::string& format) {
  if (format == "table") return std::make_unique<TablePrinter>();
  if (format == "json" || format == "ndjson") return std::make_unique<JsonPrinter>(format == "json");
  if (format == "csv") return std::make_unique<CsvPrinter>();
  throw UsageError{"\"" + format + "\" is no format; there are table, json, ndjson and csv"};
}

SqlQuery query_of(const Arguments& arguments) {
  SqlQuery query;
  for (const auto& word : arguments.operands()) (query.text += query.text.empty() ? "" : " ") += word;
  if (query.text.empty()) throw UsageError{"there is no SQL"};
  if (const auto limit = arguments.number("limit")) query.max_rows = *limit;
  if (const auto seconds = arguments.number("seconds")) query.time_limit = std::chrono::seconds{*seconds};
  return query;
}

// SQLite's message may name what a database of others has in it.
SqlOutcome select_to(Printer& printer, const LogStore& store, const SqlQuery& query) try {
  return select(store, query, [&](const SqlRow& row) { printer.row(row); });
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
  const auto printer = printer_of(arguments.value("format").value_or("table"));
  auto options = load_config(config_sources(arguments, {})).store;
  options.on_migration = show_progress;
  const auto store = open_to_look(std::move(options));
  const auto outcome = select_to(*printer, store, query);
  printer->end(outcome.columns);
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) throw Failure{EX_IOERR, "the output cannot be written"};
  if (outcome.more) std::fprintf(stderr, "there are more rows than %zu; --limit=N shows more of them\n", outcome.rows);
  return EX_OK;
}

}  // namespace psherald::cli
