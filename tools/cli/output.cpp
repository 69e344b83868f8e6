#include "cli/output.hpp"

#include <sys/ioctl.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "cli/failure.hpp"
#include "record/plain.hpp"
#include "record/utf8.hpp"

namespace psherald::cli {
namespace {

constexpr std::string_view unshowable = "\xEF\xBF\xBD";
constexpr std::array<std::string_view, 5> format_names{"table", "json", "ndjson", "csv", "log"};

}  // namespace

OutputOptions output_options(const Arguments& arguments, Format format, Of of) {
  OutputOptions options{.format = format};
  if (const auto name = arguments.value("format")) {
    const auto known = of == Of::records ? format_names.end() : format_names.end() - 1;
    const auto at = std::find(format_names.begin(), known, *name);
    if (at == known)
      throw UsageError{"\"" + *name + "\" is no format; there are table, json, ndjson" +
                       (of == Of::records ? ", csv and log" : " and csv")};
    options.format = static_cast<Format>(at - format_names.begin());
  }
  if (!::isatty(STDOUT_FILENO)) return options;
  const char* no_colour = std::getenv("NO_COLOR");
  options.colours = !no_colour || !*no_colour;
  ::winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) options.width = size.ws_col;
  return options;
}

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
std::string shown(const FieldValue& value) {
  const auto* time = std::get_if<Timestamp>(&value);
  return time ? format_local(*time) : one_line(plain_text(value));
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}
std::string column(std::string text, std::size_t width) {
  while (characters(text) > width) text = cut_utf8(text, text.size() - 1);
  return text.append(width - characters(text), ' ');
}

void RowWriter::write(std::vector<FieldValue> values) {
  constexpr std::size_t most_held = 200;
  switch (options_.format) {
    case Format::json: put((first_ ? "[\n" : ",\n") + json_object(names_, values)); break;
    case Format::ndjson: put(json_object(names_, values) + '\n'); break;
    case Format::csv:
      if (first_) put(csv_line({names_.begin(), names_.end()}));
      put(csv_line(values));
      break;
    default:
      held_.push_back(std::move(values));
      if (held_.size() == most_held || !columns_.empty()) flush();
      break;
  }
  first_ = false;
}

void RowWriter::flush() {
  std::vector<std::vector<std::string>> rows;
  for (const auto& values : held_) {
    auto& cells = rows.emplace_back();
    for (const auto& value : values) cells.push_back(shown(value));
  }
  if (columns_.empty() && !rows.empty()) put_header(rows);
  held_.clear();
  for (const auto& cells : rows) put_line(cells);
}

void RowWriter::put_header(const std::vector<std::vector<std::string>>& rows) {
  constexpr std::size_t widest = 60;
  std::vector<std::string> header;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    header.push_back(one_line(names_[i]));
    Column column{characters(header[i]), true};
    for (std::size_t row = 0; row < rows.size(); ++row) {
      column.width = std::max(column.width, std::min(characters(rows[row][i]), widest));
      column.of_numbers = column.of_numbers && (is_number(held_[row][i]) || rows[row][i].empty());
    }
    columns_.push_back(column);
  }
  put_line(header);
}

// The last column takes what is left of the line.
void RowWriter::put_line(const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line += "  ";
    const auto [width, of_numbers] = columns_[i];
    const auto missing = width - std::min(characters(cells[i]), width);
    if (of_numbers)
      line += std::string(missing, ' ') + cells[i];
    else
      line += i + 1 == cells.size() ? cells[i] : column(cells[i], width);
  }
  if (options_.width > 0) line = column(std::move(line), options_.width);
  line.erase(line.find_last_not_of(' ') + 1);
  put(line + '\n');
}

void RowWriter::end() {
  flush();
  if (first_ && options_.format == Format::csv) put(csv_line({names_.begin(), names_.end()}));
  if (first_ && options_.format == Format::table) put_header({});
  if (options_.format == Format::json) put(first_ ? "[]\n" : "\n]\n");
}

void check_written() {
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) throw Failure{EX_IOERR, "the output cannot be written"};
}

}  // namespace psherald::cli
