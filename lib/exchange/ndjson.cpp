#include <charconv>
#include <optional>
#include <vector>

#include "exchange/cells.hpp"
#include "exchange/json_scanner.hpp"
#include "exchange/utc.hpp"
#include "psherald/exchange.hpp"
#include "record/utf8.hpp"

namespace psherald {
namespace {

/// Appends members of an object; each begins with a comma.
class Members {
 public:
  explicit Members(std::string& out) : out_{out} {}

  void text(std::string_view name, std::string_view text) {
    if (!present(text)) return;
    begin(name);
    if (is_ascii(text) || is_utf8(text)) return exchange::append_json_text(out_, text);
    std::string valid;  // a row that another program wrote
    append_utf8(valid, text);
    exchange::append_json_text(out_, valid);
  }
  void number(std::string_view name, std::int64_t number) {
    begin(name);
    char digits[24];
    out_.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
  }
  void number(std::string_view name, std::optional<std::int64_t> number) {
    if (number) this->number(name, *number);
  }
  void time(std::string_view name, Timestamp time) {
    begin(name);
    out_ += '"';
    exchange::append_utc(out_, time);
    out_ += '"';
  }
  void json(std::string_view name, std::string_view json) {
    if (!present(json)) return;
    if (!is_utf8(json) || !exchange::is_json_object(json)) return text(name, json);
    begin(name);
    exchange::append_json_line(out_, json);
  }

 private:
  void begin(std::string_view name) { out_.append(",\"").append(name).append("\":"); }

  std::string& out_;
};

std::string members_of(const Source& source) {
  std::string all;
  Members members{all};
  members.text("product", source.produkt_id);
  members.text("system", source.system_id);
  members.text("subsystem", source.sub_system_id);
  members.text("subsubsystem", source.sub_sub_system_id);
  members.text("user1", source.user_spec_1);
  members.text("user2", source.user_spec_2);
  members.text("api_version", source.api_version);
  return all;
}

std::string members_of(const Site& site) {
  std::string all;
  Members members{all};
  members.text("level_name", site.levelname);
  members.text("version", site.package_version);
  members.text("logger", site.name);
  members.text("module", site.module);
  members.text("function", site.funcname);
  members.text("file", site.pathname);
  members.text("filename", site.filename);
  members.number("line", site.lineno);
  return all;
}

std::string members_of(const Process& process) {
  std::string all;
  Members members{all};
  members.number("process", process.process);
  members.text("process_name", process.process_name);
  members.number("thread", process.thread);
  members.text("thread_name", process.thread_name);
  return all;
}

template <class Entry>
std::vector<std::string> members_of_all(const Dictionary<Entry>& dictionary) {
  std::vector<std::string> all;
  for (const auto& entry : dictionary) all.push_back(members_of(entry));
  return all;
}

void append_begin(std::string& out, const Record& record) {
  out += "{\"id\":" + std::to_string(record.id);
  Members members{out};
  members.time("received", record.received);
  if (record.created) members.time("created", *record.created);
  members.number("level", static_cast<std::int64_t>(record.level));
}

void append_rest(std::string& out, const Record& record) {
  Members members{out};
  members.text("message", record.message);
  members.text("exception", record.exc_text);
  members.text("stack", record.stack_info);
  if (record.relative) members.number("relative_us", record.relative->count());
  if (record.flags != Flag::none) members.number("flags", static_cast<std::int64_t>(record.flags));
  members.text("origin", record.origin);
  if (present(record.origin)) members.number("origin_id", record.origin_id);
  members.json("attr", record.extra);
  members.json("legacy", record.legacy);
  out += "}\n";
}

}  // namespace

// What records share is written once a batch.
void append_ndjson(std::string& out, const RecordBatch& batch) {
  const auto sources = members_of_all(batch.sources()), sites = members_of_all(batch.sites()),
             processes = members_of_all(batch.processes());
  for (const auto& record : batch.records()) {
    append_begin(out, record);
    out.append(sources[record.source]).append(sites[record.site]).append(processes[record.process]);
    append_rest(out, record);
  }
}

}  // namespace psherald
