#include "cli/record_writer.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "encode/sorted_json.hpp"
#include "psherald/fields.hpp"

namespace psherald::cli {
namespace {

std::vector<ast::FieldRef> all_fields() {
  const std::array first{ast::Field::id, ast::Field::received, ast::Field::created};
  std::vector<ast::FieldRef> fields;
  for (const auto field : first) fields.push_back({field});
  for (const auto field : record_fields())
    if (std::find(first.begin(), first.end(), field) == first.end()) fields.push_back({field});
  return fields;
}

// Behind all fields stand all attributes in one object, which is no field of the language.
std::vector<std::string> names_of(const std::vector<ast::FieldRef>& fields, bool chosen) {
  std::vector<std::string> names;
  for (const auto& field : fields) names.push_back(print(field));
  if (!chosen) names.emplace_back("attr");
  return names;
}

std::string level_of(const RecordBatch& batch, const Record& record) {
  const auto& own = batch.site(record).levelname;
  return present(own) && !own.empty() ? one_line(own) : level_name(record.level);
}

}  // namespace

RecordWriter::RecordWriter(std::FILE* to, const OutputOptions& options, std::vector<ast::FieldRef> fields)
    : to_{to},
      options_{options},
      chosen_{!fields.empty()},
      fields_{chosen_ ? std::move(fields) : all_fields()},
      rows_{to, names_of(fields_, chosen_), options} {}

std::string RecordWriter::coloured(std::string text, Level level) const {
  const char* colour = level >= Level::error ? "\x1b[31m" : level >= Level::warning ? "\x1b[33m" : "\x1b[2m";
  if (!options_.colours || level == Level::info) return text;
  return colour + std::move(text) + "\x1b[0m";
}

std::string RecordWriter::table_line(const RecordBatch& batch, const Record& record) const {
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
  const auto put = [&](const std::string& text) { std::fwrite(text.data(), 1, text.size(), to_); };
  const bool first = std::exchange(first_, false);
  if (options_.format == Format::log) return put(log_lines(batch, record));
  if (options_.format == Format::table && !chosen_) {
    if (first) put("received                 level     system            message\n");
    return put(table_line(batch, record));
  }
  std::vector<FieldValue> values;
  for (const auto& field : fields_) values.push_back(value_of(batch, record, field));
  if (!chosen_) values.push_back(present(record.extra) ? FieldValue{Json{sorted_json(record.extra)}} : FieldValue{});
  rows_.write(std::move(values));
}

void RecordWriter::end() {
  const bool of_rows = options_.format != Format::table || (chosen_ && !first_);
  if (of_rows) rows_.end();
}

void RecordWriter::flush() {
  rows_.flush();
  std::fflush(to_);
}

}  // namespace psherald::cli
