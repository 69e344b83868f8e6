#include "forward/batch_writer.hpp"

#include <charconv>
#include <optional>

#include "forward/wire_entries.hpp"
#include "record/json.hpp"
#include "record/utf8.hpp"

namespace psherald::forward {
namespace {

void append_number(std::string& out, std::int64_t number) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void append_text(std::string& out, std::string_view text) {
  if (is_ascii(text) || is_utf8(text)) return append_json_string(out, text);
  std::string valid;  // of a row that another program wrote
  append_utf8(valid, text);
  append_json_string(out, valid);
}

/// Appends members of an object that has some already.
class Members {
 public:
  explicit Members(std::string& out) : out_{out} {}

  Members& number(std::string_view key, std::int64_t number) {
    begin(key);
    append_number(out_, number);
    return *this;
  }
  Members& number(std::string_view key, std::optional<std::int64_t> value) {
    return value ? number(key, *value) : *this;
  }
  Members& time(std::string_view key, Timestamp time) {
    return number(key, std::int64_t{time.time_since_epoch().count()});
  }
  Members& text(std::string_view key, std::string_view text) {
    if (!present(text)) return *this;
    begin(key);
    append_text(out_, text);
    return *this;
  }
  void add(std::string_view key, std::string_view value) { text(key, value); }
  void add(std::string_view key, std::optional<std::int64_t> value) { number(key, value); }
  Members& json(std::string_view key, std::string_view json) {
    if (json.empty()) return *this;
    begin(key);
    for (const char c : json) out_ += c == '\n' || c == '\r' ? ' ' : c;  // blanks, or it would not be valid
    return *this;
  }

 private:
  void begin(std::string_view key) { out_.append(",\"").append(key).append("\":"); }

  std::string& out_;
};

void append_run_list(std::string& out, std::string_view path) {
  constexpr std::size_t digits = 32;
  for (std::size_t at = 0; at < path.size(); at += digits)
    out.append("\"").append(path.substr(at, digits)).append("\",");
}

}  // namespace

BatchWriter::BatchWriter(const RecordBatch& records, std::string_view run)
    : records_{records}, run_{run}, sources_(records.sources().size()), sites_(records.sites().size()) {}

bool BatchWriter::append(const Record& record, std::size_t most) {
  const bool own = record.origin == run_ && record.origin_id == record.id;
  const auto lines = lines_.size(), numbered = ids_by_line_.size();
  const bool new_source = !sources_[record.source], new_site = !sites_[record.site];
  const auto known_origins = origins_.size();
  need(records_.sources(), record.source, sources_);
  need(records_.sites(), record.site, sites_);
  const std::size_t origin = own ? 0 : need_origin(record);
  line_.clear();
  append_record(record, origin);
  if (line_.size() > most) {
    lines_.resize(lines);
    ids_by_line_.resize(numbered);
    if (new_source) sources_[record.source] = false;
    if (new_site) sites_[record.site] = false;
    if (origins_.size() != known_origins) origins_.erase({record.origin, record.origin_path});
    return false;
  }
  (lines_ += line_) += '\n';
  ++records_written_;
  ids_by_line_.push_back(record.id);
  return true;
}

template <class Entry>
void BatchWriter::need(const Dictionary<Entry>& dictionary, std::uint32_t number, std::vector<bool>& written) {
  if (written[number]) return;
  written[number] = true;
  begin_line();
  lines_.append("{\"").append(WireEntry<Entry>::kind).append("\":");
  append_number(lines_, number);
  Members members{lines_};
  Entry entry = dictionary[number];
  each_field(entry, [&](std::string_view name, const auto& field) { members.add(name, field); });
  lines_ += "}\n";
}

std::size_t BatchWriter::need_origin(const Record& record) {
  const auto [entry, added] = origins_.try_emplace({record.origin, record.origin_path}, origins_.size() + 1);
  if (!added) return entry->second;
  begin_line();
  lines_ += "{\"origin\":";
  append_number(lines_, static_cast<std::int64_t>(entry->second));
  lines_.append(",\"is\":\"").append(record.origin).append("\",\"path\":[");
  append_run_list(lines_, record.origin_path);
  lines_.append("\"").append(run_).append("\"]}\n");
  return entry->second;
}

void BatchWriter::append_record(const Record& record, std::size_t origin) {
  const auto& process = records_.process(record);
  line_ += "{\"i\":";
  append_number(line_, record.id);
  Members members{line_};
  if (origin != 0) members.number("o", static_cast<std::int64_t>(origin)).number("j", record.origin_id);
  if (record.created) members.time("t", *record.created);
  members.time("r", record.origin_received.value_or(record.received))
      .number("s", std::int64_t{record.source})
      .number("c", std::int64_t{record.site})
      .number("l", static_cast<std::int64_t>(record.level))
      .number("p", process.process)
      .text("P", process.process_name)
      .number("h", process.thread)
      .text("T", process.thread_name);
  if (record.relative) members.number("u", std::int64_t{record.relative->count()});
  if (record.flags != Flag::none) members.number("f", static_cast<std::int64_t>(record.flags));
  members.text("m", record.message)
      .text("x", record.exc_text)
      .text("k", record.stack_info)
      .json("a", record.extra)
      .json("g", record.legacy);
  line_ += '}';
}

}  // namespace psherald::forward
