#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#include "encode/pickled_dict.hpp"
#include "encode/sorted_json.hpp"
#include "psherald/encode.hpp"
#include "record/utf8.hpp"

namespace psherald {
namespace {

constexpr std::string_view cut_mark = " [cut by psherald]";
constexpr std::size_t most_message = 24'576, most_exception = 16'384, most_stack = 8'192, most_name = 512;
constexpr std::chrono::minutes late{1};

// A C program there would end a text at its NUL.
std::string without_nul(std::string_view text) {
  constexpr std::string_view symbol_for_null = "\u2400";
  std::string shown;
  for (auto nul = text.find('\0'); nul != text.npos; nul = text.find('\0')) {
    shown.append(text.substr(0, nul)).append(symbol_for_null);
    text.remove_prefix(nul + 1);
  }
  return shown += text;
}

std::string cut(std::string_view text, std::size_t most) {
  std::string shown = without_nul(text);
  if (shown.size() <= most) return shown;
  return std::string{cut_utf8(shown, most - cut_mark.size())}.append(cut_mark);
}

std::string time_mark(Timestamp time) {
  // format_utc has the letter T and the Z that ps.herald's users know from nowhere else: unmistakably not its own.
  return " [logged " + format_utc(time) + "]";
}

std::string message_of(const Record& record, Timestamp created, Timestamp now) {
  std::string message = cut(record.message, most_message);
  if (!record.extra.empty()) message = cut(message + ' ' + sorted_json(record.extra), most_message);
  if (now - created <= late) return message;
  const auto mark = time_mark(created);
  return std::string{cut_utf8(message, most_message - mark.size())}.append(mark);
}

double milliseconds(std::chrono::microseconds time) { return static_cast<double>(time.count()) / 1'000; }

}  // namespace

void append_bridge_frame(std::string& out, const RecordBatch& batch, const Record& record, Timestamp now) {
  const auto& source = batch.source(record);
  const auto& site = batch.site(record);
  const auto& process = batch.process(record);
  const Timestamp created = record.created.value_or(record.received);
  const auto level = static_cast<std::int32_t>(record.level);

  PickledDict dict;
  const auto text = [&](std::string_view key, std::string_view value) { dict.text(key, cut(value, most_name)); };
  const auto text_or_none = [&](std::string_view key, std::string_view value, std::size_t most) {
    value.empty() ? dict.none(key) : dict.text(key, cut(value, most));
  };
  const auto id = [&](std::string_view key, std::string_view value) {
    dict.text(key, value.empty() ? "None" : cut(value, most_name));
  };
  text("name", site.name);
  dict.text("msg", message_of(record, created, now));
  dict.none("args");
  text("levelname", present(site.levelname) ? std::string{site.levelname} : level_name(record.level));
  dict.integer("levelno", level);
  text("pathname", site.pathname);
  text("filename", site.filename);
  text("module", site.module);
  dict.none("exc_info");
  text_or_none("exc_text", record.exc_text, most_exception);
  text_or_none("stack_info", record.stack_info, most_stack);
  dict.integer("lineno", site.lineno.value_or(0));
  text("funcName", site.funcname);
  dict.real("created", static_cast<double>(created.time_since_epoch().count()) / 1e6);
  dict.real("msecs", milliseconds(created - std::chrono::floor<std::chrono::seconds>(created)));
  dict.real("relativeCreated", milliseconds(record.relative.value_or(std::chrono::microseconds{0})));
  dict.integer("thread", process.thread.value_or(0));
  text("threadName", process.thread_name);
  text("processName", process.process_name);
  dict.integer("process", process.process.value_or(0));
  id("PRODUKT_ID", source.produkt_id);
  id("SYSTEM_ID", source.system_id);
  id("SUB_SYSTEM_ID", source.sub_system_id);
  id("SUB_SUB_SYSTEM_ID", source.sub_sub_system_id);
  id("USER_SPEC_1", source.user_spec_1);
  id("USER_SPEC_2", source.user_spec_2);
  id("api_version", source.api_version);
  id("package_version", site.package_version);
  dict.append_frame(out);
}

}  // namespace psherald
