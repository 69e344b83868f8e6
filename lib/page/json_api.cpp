#include "page/json_api.hpp"

#include <algorithm>

#include "page/json_members.hpp"
#include "record/json.hpp"

namespace psherald::page {
namespace {

constexpr std::size_t rows_at_once = 1'000, bytes_at_once = 8u << 20;

std::string_view or_none(std::string_view text) { return present(text) ? text : "None"; }

class RowWriter {
 public:
  explicit RowWriter(std::string& out) : out_{out} {}

  void write(const RecordBatch& batch, const Record& record) {
    const auto& source = batch.source(record);
    const auto& site = batch.site(record);
    const auto& process = batch.process(record);
    legacy_.clear();
    out_ += '{';
    number("id", record.id);
    legacy_ = raw_json_members(record.legacy);
    text("created", format_local(record.received));
    text("threadname", process.thread_name);
    text("api_version", or_none(source.api_version));
    text("package_version", or_none(site.package_version));
    text("name", site.name);
    milliseconds("relativecreated", record.relative);
    number("process", process.process);
    text("args", "");
    text("module", site.module);
    text("funcname", site.funcname);
    number("levelno", static_cast<std::int64_t>(record.level));
    text("processname", process.process_name);
    number("thread", process.thread);
    milliseconds("msecs", fraction(record));
    text("message", record.message);
    text("exc_text", or_none(record.exc_text));
    text("exc_info", "None");
    text("stack_info", or_none(record.stack_info));
    text("pathname", site.pathname);
    text("filename", site.filename);
    text("asctime", {});
    text("levelname", present(site.levelname) ? std::string{site.levelname} : level_name(record.level));
    number("lineno", site.lineno);
    for (const auto& [name, value] : names(source)) text(name, or_none(value));
    std::string summary = "None";
    for (const auto& [name, value] : names(source)) summary += or_none(value);
    text("summary", summary);
    out_.back() = '}';
  }

 private:
  struct Name {
    std::string_view name, value;
  };
  static std::array<Name, 6> names(const Source& s) {
    return {Name{"produkt_id", s.produkt_id},   {"system_id", s.system_id},
            {"sub_system_id", s.sub_system_id}, {"sub_sub_system_id", s.sub_sub_system_id},
            {"user_spec_1", s.user_spec_1},     {"user_spec_2", s.user_spec_2}};
  }

  static std::optional<std::chrono::microseconds> fraction(const Record& record) {
    if (!record.created) return {};
    return *record.created - std::chrono::floor<std::chrono::seconds>(*record.created);
  }

  // A row of ps.herald keeps the value that it had, where JSON has a form for that.
  bool legacy(std::string_view name) {
    const auto found = std::find_if(legacy_.begin(), legacy_.end(), [&](const auto& m) { return m.name == name; });
    if (found == legacy_.end() || found->value.starts_with('{')) return false;
    if (const auto number = parse_json_fraction(found->value))
      append_json_double(out_, *number);
    else
      out_ += found->value;
    return true;
  }
  template <class Write>
  void member(std::string_view name, Write write) {
    append_json_string(out_, name);
    out_ += ':';
    if (!legacy(name)) write();
    out_ += ',';
  }
  // An absent text is null.
  void text(std::string_view name, std::string_view value) {
    member(name, [&] { present(value) ? append_json_string(out_, value) : void(out_ += "null"); });
  }
  void number(std::string_view name, std::optional<std::int64_t> value) {
    member(name, [&] { out_ += value ? std::to_string(*value) : "null"; });
  }
  void milliseconds(std::string_view name, std::optional<std::chrono::microseconds> value) {
    member(name, [&] {
      value ? append_json_double(out_, static_cast<double>(value->count()) / 1'000) : void(out_ += "null");
    });
  }

  std::string& out_;
  std::vector<JsonMember> legacy_{};  // of the row being written
};

}  // namespace

JsonRows list_json(const LogStore& store, const Search& search, std::chrono::milliseconds budget, ListLimits limits) {
  const auto end = std::chrono::steady_clock::now() + budget;
  JsonRows rows{"["};
  RowWriter writer{rows.text};
  auto query = search.query();
  query.max_bytes = bytes_at_once;
  std::size_t left = std::min(search.rows, limits.rows);
  for (Page page; left > 0 && rows.cut.empty(); query.cursor = page.next) {
    query.limit = std::min(left, rows_at_once);
    query.budget =
        std::max(std::chrono::milliseconds{0},
                 std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()));
    page = find(store, query);
    for (const auto& record : page.batch.records()) {
      if (rows.text.size() > 1) rows.text += ',';
      writer.write(page.batch, record);
      --left;
      if (rows.text.size() < limits.bytes) continue;
      rows.cut = std::to_string(limits.bytes) + " bytes";
      break;
    }
    if (page.cut) rows.cut = "time budget";
    if (page.next == 0) break;
    if (left == 0 && search.rows > limits.rows) rows.cut = std::to_string(limits.rows) + " rows";
  }
  rows.text += ']';
  return rows;
}

std::string options_json(const SourceNames& names) {
  std::string out = "{";
  for (const auto& field : name_fields) {
    append_json_string(out, std::string{field.api} + 's');
    out += ":[";
    for (const auto& name : names.*field.names) {
      append_json_string(out, name);
      out += ',';
    }
    append_json_string(out, not_selected);
    out += "],";
  }
  out.back() = '}';
  return out;
}

}  // namespace psherald::page
