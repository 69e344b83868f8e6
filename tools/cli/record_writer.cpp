#include "cli/record_writer.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "encode/sorted_json.hpp"
#include "record/json.hpp"
#include "record/plain.hpp"
#include "record/utf8.hpp"

namespace psherald::cli {
namespace {

constexpr std::string_view unshowable = "\xEF\xBF\xBD";
constexpr std::array<std::string_view, 5> format_names{"table", "json", "ndjson", "csv", "log"};

// ---- all fields, for programs

struct Cell {
  enum class Kind { absent, text, number, json };
  std::string_view name;
  Kind kind = Kind::absent;
  std::string value{};
};

Cell text_cell(std::string_view name, std::string_view text) {
  if (!present(text)) return {name};
  Cell cell{name, Cell::Kind::text, {}};
  append_utf8(cell.value, text);
  return cell;
}
Cell number_cell(std::string_view name, std::optional<std::int64_t> number) {
  return number ? Cell{name, Cell::Kind::number, std::to_string(*number)} : Cell{name};
}

std::vector<Cell> cells_of(const RecordBatch& batch, const Record& record) {
  const auto& source = batch.source(record);
  const auto& site = batch.site(record);
  const auto& process = batch.process(record);
  std::vector<Cell> cells{
      number_cell("id", record.id),
      {"received", Cell::Kind::text, format_utc(record.received)},
      record.created ? Cell{"created", Cell::Kind::text, format_utc(*record.created)} : Cell{"created"},
      number_cell("level", static_cast<std::int64_t>(record.level)),
      text_cell("level_name", site.levelname),
      text_cell("product", source.produkt_id),
      text_cell("system", source.system_id),
      text_cell("subsystem", source.sub_system_id),
      text_cell("subsubsystem", source.sub_sub_system_id),
      text_cell("user1", source.user_spec_1),
      text_cell("user2", source.user_spec_2),
      text_cell("version", site.package_version),
      text_cell("logger", site.name),
      text_cell("module", site.module),
      text_cell("function", site.funcname),
      text_cell("file", present(site.pathname) ? site.pathname : site.filename),
      number_cell("line", site.lineno),
      number_cell("process", process.process),
      text_cell("process_name", process.process_name),
      number_cell("thread", process.thread),
      text_cell("thread_name", process.thread_name),
      text_cell("message", record.message),
      text_cell("exception", record.exc_text),
      text_cell("stack", record.stack_info),
      text_cell("origin", record.origin),
      {"attr"}};
  if (present(record.extra)) cells.back() = {"attr", Cell::Kind::json, sorted_json(record.extra)};
  return cells;
}

// What JSON allows in a string and a terminal takes for an order: DEL and U+0080 to U+009F. Outside of strings there
// are none, nor those below a space in JSON without spaces.
std::string escaped(const std::string& json) {
  constexpr char hex[] = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < json.size(); ++i) {
    auto c = static_cast<unsigned char>(json[i]);
    const auto next = i + 1 < json.size() ? static_cast<unsigned char>(json[i + 1]) : 0u;
    const bool above = c == 0xC2 && next >= 0x80 && next < 0xA0;
    if (!above && c >= 0x20 && c != 0x7f) {
      out += json[i];
      continue;
    }
    if (above) c = static_cast<unsigned char>(json[++i]);
    out += "\\u00", out += hex[c >> 4], out += hex[c & 15];
  }
  return out;
}

std::string json_object(const RecordBatch& batch, const Record& record) {
  std::string json = "{";
  for (const auto& cell : cells_of(batch, record)) {
    if (cell.kind == Cell::Kind::absent) continue;
    if (json.size() > 1) json += ',';
    append_json_string(json, cell.name);
    json += ':';
    if (cell.kind == Cell::Kind::text)
      append_json_string(json, cell.value);
    else
      json += cell.value;
  }
  return escaped(json += '}');
}

// ---- lines, for people

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (true) {
    const auto end = text.find('\n');
    std::string line{text.substr(0, end)};
    if (line.ends_with('\r')) line.pop_back();
    std::replace(line.begin(), line.end(), '\t', ' ');
    append_plain(lines.emplace_back(), line, unshowable);
    if (end == text.npos) return lines;
    text.remove_prefix(end + 1);
  }
}
std::string one_line(std::string_view text) {
  std::string all;
  for (const auto& line : lines_of(text)) (all += all.empty() ? "" : " ") += line;
  return all;
}

std::string csv_value(const std::string& text) {
  std::string out;
  for (const auto& line : lines_of(text)) (out += out.empty() ? "" : "\n") += line;
  if (out.find_first_of(",\"\n") == out.npos) return out;
  for (std::size_t at = out.find('"'); at != out.npos; at = out.find('"', at + 2)) out.insert(at, 1, '"');
  return '"' + out + '"';
}

std::string csv_row(const RecordBatch& batch, const Record& record, bool names) {
  std::string row;
  for (const auto& cell : cells_of(batch, record))
    (row += row.empty() ? "" : ",") += names ? std::string{cell.name} : csv_value(cell.value);
  return row + "\r\n";
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}
// To the left, cut and with spaces behind it.
std::string column(std::string text, std::size_t width) {
  while (characters(text) > width) text = cut_utf8(text, text.size() - 1);
  return text.append(width - characters(text), ' ');
}

std::string level_of(const RecordBatch& batch, const Record& record) {
  const auto& own = batch.site(record).levelname;
  return present(own) && !own.empty() ? one_line(own) : level_name(record.level);
}

}  // namespace

std::optional<RecordFormat> parse_record_format(std::string_view name) {
  const auto at = std::find(format_names.begin(), format_names.end(), name);
  if (at == format_names.end()) return {};
  return static_cast<RecordFormat>(at - format_names.begin());
}

std::string RecordWriter::coloured(std::string text, Level level) const {
  const char* colour = level >= Level::error ? "\x1b[31m" : level >= Level::warning ? "\x1b[33m" : "\x1b[2m";
  if (!options_.colours || level == Level::info) return text;
  return colour + std::move(text) + "\x1b[0m";
}

std::string RecordWriter::table_row(const RecordBatch& batch, const Record& record) const {
  constexpr std::size_t received = 23, level = 8, system = 16, before_message = received + level + system + 6;
  auto message = one_line(record.message);
  if (present(record.exc_text)) message += " [" + lines_of(record.exc_text).back() + ']';
  if (options_.width > before_message) message = column(std::move(message), options_.width - before_message);
  message.erase(message.find_last_not_of(' ') + 1);
  return column(format_local(record.received), received) + "  " +
         coloured(column(level_of(batch, record), level), record.level) + "  " +
         column(one_line(batch.source(record).system_id), system) + "  " + message + '\n';
}

std::string RecordWriter::log_lines(const RecordBatch& batch, const Record& record) const {
  std::string out = format_local(record.received) + ' ' + coloured(level_of(batch, record), record.level) + ' ';
  if (const auto& system = batch.source(record).system_id; present(system)) out += one_line(system) + ' ';
  if (const auto& logger = batch.site(record).name; present(logger)) out += one_line(logger) + ": ";
  const auto message = lines_of(record.message);
  out += message.front() + '\n';
  for (auto line = message.begin() + 1; line != message.end(); ++line) out += "    " + *line + '\n';
  for (const auto text : {record.exc_text, record.stack_info})
    if (present(text))
      for (const auto& line : lines_of(text)) out += "    " + line + '\n';
  return out;
}

void RecordWriter::write(const RecordBatch& batch, const Record& record) {
  switch (options_.format) {
    case RecordFormat::table:
      if (first_) put("RECEIVED                 LEVEL     SYSTEM            MESSAGE\n");
      put(table_row(batch, record));
      break;
    case RecordFormat::json: put((first_ ? "[\n" : ",\n") + json_object(batch, record)); break;
    case RecordFormat::ndjson: put(json_object(batch, record) + '\n'); break;
    case RecordFormat::csv:
      if (first_) put(csv_row(batch, record, true));
      put(csv_row(batch, record, false));
      break;
    case RecordFormat::log: put(log_lines(batch, record)); break;
  }
  first_ = false;
}

void RecordWriter::end() {
  if (options_.format == RecordFormat::json) put(first_ ? "[]\n" : "\n]\n");
}

}  // namespace psherald::cli
