#include "exchange/record_draft.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "exchange/cells.hpp"
#include "query/fields.hpp"
#include "record/hex.hpp"
#include "record/number.hpp"

namespace psherald::exchange {
namespace {

using Kind = JsonValue::Kind;
using ast::Field;

struct Name {
  std::string_view text;
  Meaning meaning;
};
// Beside the names of the filter language. In lower case.
constexpr std::array more_names{Name{"api_version", Meaning::api_version},
                                Name{"pathname", Meaning::file},
                                Name{"filename", Meaning::filename},
                                Name{"relative_us", Meaning::relative_us},
                                Name{"relativecreated", Meaning::relative_ms},
                                Name{"flags", Meaning::flags},
                                Name{"origin_id", Meaning::origin_id},
                                Name{"attr", Meaning::attributes},
                                Name{"legacy", Meaning::legacy},
                                Name{"msg", Meaning::msg},
                                Name{"event", Meaning::msg},
                                Name{"text", Meaning::msg},
                                Name{"time", Meaning::time},
                                Name{"timestamp", Meaning::time},
                                Name{"@timestamp", Meaning::time},
                                Name{"ts", Meaning::time},
                                Name{"datetime", Meaning::time},
                                Name{"asctime", Meaning::time},
                                Name{"msecs", Meaning::ignored},
                                Name{"log.level", Meaning::level},
                                Name{"lvl", Meaning::level}};

Meaning meaning_of(Field field) {
  switch (field) {
    case Field::text: return Meaning::msg;
    case Field::message: return Meaning::message;
    case Field::exception: return Meaning::exception;
    case Field::stack: return Meaning::stack;
    case Field::product: return Meaning::product;
    case Field::system: return Meaning::system;
    case Field::subsystem: return Meaning::subsystem;
    case Field::subsubsystem: return Meaning::subsubsystem;
    case Field::user1: return Meaning::user1;
    case Field::user2: return Meaning::user2;
    case Field::level: return Meaning::level;
    case Field::level_name: return Meaning::level_name;
    case Field::logger: return Meaning::logger;
    case Field::module: return Meaning::module;
    case Field::function: return Meaning::function;
    case Field::file: return Meaning::file;
    case Field::line: return Meaning::line;
    case Field::version: return Meaning::version;
    case Field::process: return Meaning::process;
    case Field::process_name: return Meaning::process_name;
    case Field::thread: return Meaning::thread;
    case Field::thread_name: return Meaning::thread_name;
    case Field::received: return Meaning::received;
    case Field::created: return Meaning::created;
    case Field::origin: return Meaning::origin;
    case Field::id: return Meaning::id;
    case Field::attribute: break;
  }
  return Meaning::attribute;
}

bool none_is_absent(Meaning meaning) noexcept {
  return (meaning >= Meaning::product && meaning <= Meaning::version) || meaning == Meaning::exception ||
         meaning == Meaning::stack;
}

// Seconds, milliseconds, microseconds or nanoseconds since 1970: whichever lies between 1973 and 5138.
std::optional<Timestamp> since_1970(double count) {
  constexpr double least = 1e8, most = 1e11;
  for (const double unit : {1.0, 1e3, 1e6, 1e9})
    if (count >= least * unit && count < most * unit)
      return Timestamp{std::chrono::microseconds{std::llround(count / unit * 1e6)}};
  return {};
}

bool is_scalar(const JsonValue& value) noexcept {
  return value.kind == Kind::string || value.kind == Kind::number || value.kind == Kind::boolean;
}

}  // namespace

Meaning RecordDraft::meaning_of(std::string_view name) {
  constexpr std::size_t most_known = 4'096, longest = 64;
  if (name.size() > longest) return Meaning::attribute;
  if (const auto known = known_.find(name); known != known_.end()) return known->second;
  std::string lower{name};
  for (auto& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  const auto* more =
      std::find_if(more_names.begin(), more_names.end(), [&](const Name& entry) { return entry.text == lower; });
  const auto field = query::find_field(lower);
  const auto meaning = more != more_names.end() ? more->meaning
                       : field                  ? exchange::meaning_of(*field)
                                                : Meaning::attribute;
  if (known_.size() == most_known) known_.clear();
  return known_[std::string{name}] = meaning;
}

void RecordDraft::set(std::string_view name, const JsonValue& value) {
  anything_ = true;
  const auto meaning = meaning_of(name);
  if (meaning == Meaning::ignored || value.kind == Kind::null) return;
  if (meaning == Meaning::attribute) return add_attribute(name, value.raw);
  auto text = value.raw;
  if (value.kind == Kind::string) {
    text = value.raw.substr(1, value.raw.size() - 2);
    if (text.find('\\') != text.npos) text = texts_.keep(unquoted(value.raw));
  }
  if (!fits(meaning, value, text)) add_attribute(name, value.raw);
}

void RecordDraft::set_text(std::string_view name, std::string_view text) {
  anything_ = true;
  const auto meaning = meaning_of(name);
  if (meaning != Meaning::attribute && fits(meaning, {Kind::string, {}}, texts_.keep(text))) return;
  std::string json;
  append_json_text(json, text);
  add_attribute(name, json);
}

std::string_view* RecordDraft::text_field(Meaning meaning) {
  switch (meaning) {
    case Meaning::product: return &source_.produkt_id;
    case Meaning::system: return &source_.system_id;
    case Meaning::subsystem: return &source_.sub_system_id;
    case Meaning::subsubsystem: return &source_.sub_sub_system_id;
    case Meaning::user1: return &source_.user_spec_1;
    case Meaning::user2: return &source_.user_spec_2;
    case Meaning::api_version: return &source_.api_version;
    case Meaning::version: return &site_.package_version;
    case Meaning::logger: return &site_.name;
    case Meaning::module: return &site_.module;
    case Meaning::function: return &site_.funcname;
    case Meaning::file: return &site_.pathname;
    case Meaning::filename: return &site_.filename;
    case Meaning::process_name: return &process_.process_name;
    case Meaning::thread_name: return &process_.thread_name;
    case Meaning::message: return &record_.message;
    case Meaning::msg: return &msg_;
    case Meaning::exception: return &record_.exc_text;
    case Meaning::stack: return &record_.stack_info;
    default: return nullptr;
  }
}

bool RecordDraft::fits(Meaning meaning, const JsonValue& value, std::string_view text) {
  if (meaning == Meaning::attributes || meaning == Meaning::legacy) return set_object(meaning, value);
  if (!is_scalar(value)) return false;
  if (auto* field = text_field(meaning)) {
    *field = none_is_absent(meaning) && text == "None" ? std::string_view{} : text;
    return true;
  }
  switch (meaning) {
    case Meaning::ignored: return true;
    case Meaning::level: return set_level(text);
    case Meaning::level_name: return set_level_name(text);
    case Meaning::received:
    case Meaning::created:
    case Meaning::time: return set_moment(meaning, value, text);
    case Meaning::origin: return set_origin(text);
    case Meaning::id: id_json_ = value.raw; return !id_json_.empty();
    default: return fits_number(meaning, text);
  }
}

bool RecordDraft::fits_number(Meaning meaning, std::string_view text) {
  if (meaning == Meaning::relative_ms) {
    const auto milliseconds = parse_number<double>(text);
    if (!milliseconds || !(std::abs(*milliseconds) < 1e14)) return false;
    record_.relative = std::chrono::microseconds{std::llround(*milliseconds * 1e3)};
    return true;
  }
  const auto whole = parse_number<std::int64_t>(text);
  if (!whole) return false;
  switch (meaning) {
    case Meaning::line: site_.lineno = *whole; return true;
    case Meaning::process: process_.process = *whole; return true;
    case Meaning::thread: process_.thread = *whole; return true;
    case Meaning::relative_us: record_.relative = std::chrono::microseconds{*whole}; return true;
    case Meaning::flags: flags_ = *whole; return true;
    case Meaning::origin_id: origin_id_ = *whole; return true;
    default: return false;
  }
}

bool RecordDraft::set_level(std::string_view text) {
  const auto whole = parse_number<std::int32_t>(text);
  if (!whole) return set_level_name(text);
  record_.level = Level{*whole};
  return has_level_ = true;
}

bool RecordDraft::set_level_name(std::string_view text) {
  if (!present(site_.levelname)) site_.levelname = text;
  if (has_level_) return true;
  if (const auto level = parse_level(text))
    record_.level = *level;
  else if (const auto other = query::find_level(text))
    record_.level = Level{static_cast<std::int32_t>(*other)};
  return true;
}

bool RecordDraft::set_moment(Meaning meaning, const JsonValue& value, std::string_view text) {
  const auto count = value.kind == Kind::number ? parse_number<double>(text) : std::nullopt;
  const auto time = count ? since_1970(*count) : clock_.read(text);
  if (!time) return false;
  (meaning == Meaning::received ? received_ : meaning == Meaning::created ? created_ : time_) = time;
  return true;
}

bool RecordDraft::set_object(Meaning meaning, const JsonValue& value) {
  if (value.kind != Kind::object) return false;
  if (meaning == Meaning::legacy) {
    record_.legacy = value.raw;
    return true;
  }
  has_attributes_ = true;
  auto members = value.raw.substr(1, value.raw.size() - 2);
  members.remove_prefix(std::min(members.find_first_not_of(" \t"), members.size()));
  if (!members.empty()) extra_.append(extra_.empty() ? "" : ",").append(members);
  return true;
}

bool RecordDraft::set_origin(std::string_view text) {
  if (!is_run(text)) return false;
  record_.origin = text;
  return true;
}

void RecordDraft::add_attribute(std::string_view name, std::string_view json) {
  if (!extra_.empty()) extra_ += ',';
  append_json_text(extra_, name);
  extra_.append(":").append(json);
  has_attributes_ = true;
}

void RecordDraft::add_line(std::string_view& field, std::string& kept, std::string_view line) {
  if (!present(field)) {
    kept = line;
  } else {
    if (field.data() != kept.data()) kept = field;
    kept.append("\n").append(line);
  }
  field = kept;
}

void RecordDraft::complete() {
  record_.created = created_ ? created_ : time_;
  record_.received = received_ ? *received_ : record_.created.value_or(Timestamp{});
  if (!present(record_.message))
    record_.message = msg_;
  else if (present(msg_) && msg_ != record_.message) {
    std::string json;
    append_json_text(json, msg_);
    add_attribute("msg", json);
  }
  if (!has_name()) give_up_name();
  record_.flags = static_cast<Flag>(flags_.value_or(0) & 3);
  if (has_attributes_) {
    extra_.insert(extra_.begin(), '{');
    record_.extra = extra_ += '}';
  }
}

// Only what a store gave a name has the other things that stores give.
void RecordDraft::give_up_name() {
  std::string json;
  append_json_text(json, record_.origin);
  if (present(record_.origin)) add_attribute("origin", json);
  if (present(record_.legacy)) add_attribute("legacy", record_.legacy);
  if (!id_json_.empty()) add_attribute("id", id_json_);
  if (origin_id_) add_attribute("origin_id", std::to_string(*origin_id_));
  if (flags_) add_attribute("flags", std::to_string(*flags_));
  record_.legacy = record_.origin = {};
  origin_id_ = flags_ = {};
}

void RecordDraft::append_to(RecordBatch& batch, std::string_view run, RecordId id) {
  complete();
  if (!has_name()) {
    record_.origin = run;
    record_.origin_id = id;
  } else {
    record_.origin_id = *origin_id_;
  }
  batch.append(record_, source_, site_, process_);
  clear();
}

void RecordDraft::clear() {
  record_ = {};
  source_ = {};
  site_ = {};
  process_ = {};
  received_ = created_ = time_ = {};
  origin_id_ = flags_ = {};
  anything_ = has_level_ = has_attributes_ = false;
  msg_ = id_json_ = {};
  extra_.clear();
  texts_.clear();
}

}  // namespace psherald::exchange
