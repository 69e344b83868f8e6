#include "page/graphql_mutation.hpp"

#include <cmath>
#include <optional>

#include "page/graphql_log.hpp"
#include "psherald/query.hpp"
#include "record/json.hpp"
#include "record/number.hpp"
#include "sink/waiting.hpp"

namespace psherald::page {
namespace {

using graphql::Field;
using graphql::FieldFault;
using graphql::Out;

/// The input of addLog: the columns of a row of ps.herald, all of them texts. What many records share is kept for each
/// value once, so it has to be short.
class Input {
 public:
  static constexpr std::size_t most_shared = 512, most_kept = 4'096, most = std::string_view::npos;

  explicit Input(const graphql::Value& given) : given_{given} {}

  // Absent, where nothing is given.
  std::string_view text(std::string_view column, std::size_t most_bytes = most_shared) const {
    const auto* value = given_.member(column);
    if (!value || value->kind != graphql::Value::Kind::string) return {};
    if (value->text.size() > most_bytes) refuse(column, "may have " + std::to_string(most_bytes) + " bytes.");
    return value->text;
  }
  // Absent for "None", too: that is how ps.herald writes it.
  std::string_view name(std::string_view column, std::size_t most_bytes = most_shared) const {
    const auto value = text(column, most_bytes);
    return value == "None" ? std::string_view{} : value;
  }
  std::optional<std::int64_t> whole(std::string_view column) const { return number<std::int64_t>(column); }
  std::optional<double> real(std::string_view column) const { return number<double>(column); }

  [[noreturn]] static void refuse(std::string_view column, std::string_view why) {
    throw FieldFault{graphql::in_quotes(column) + ' ' + std::string{why}};
  }

 private:
  template <class Number>
  std::optional<Number> number(std::string_view column) const {
    const auto digits = name(column);
    if (digits.empty()) return {};
    const auto value = parse_number<Number>(digits);
    if (!value || !std::isfinite(static_cast<double>(*value)))
      refuse(column, std::is_integral_v<Number> ? "has to be a whole number." : "has to be a number.");
    return value;
  }

  const graphql::Value& given_;
};

/// What no field of a record has, kept as a row of ps.herald has it: JSON that is parsed for each row shown.
class Kept {
 public:
  void text(std::string_view column, std::string_view value, std::string_view usual) {
    if (!present(value) || value == usual) return;
    if (value.find('\0') != value.npos) Input::refuse(column, "must have no NUL in it.");
    name(column);
    append_json_string(json_, value);
  }
  void number(std::string_view column, std::optional<double> value) {
    std::string fraction;
    if (!value || !append_json_fraction(fraction, *value)) return;
    name(column);
    json_ += fraction;
  }
  std::string take() && { return json_.empty() ? std::string{} : std::move(json_) + '}'; }

 private:
  void name(std::string_view column) {
    json_ += json_.empty() ? '{' : ',';
    append_json_string(json_, column);
    json_ += ':';
  }

  std::string json_{};
};

Level level_of(const Input& input) {
  for (const auto column : {"levelno", "levelname"}) {
    const auto text = input.name(column);
    if (text.empty()) continue;
    if (const auto level = parse_level(text)) return *level;
    if (std::string_view{column} == "levelno") Input::refuse(column, "has to be a level: a number or its name.");
  }
  return Level::info;
}

std::optional<std::chrono::microseconds> relative_of(const Input& input) {
  constexpr double most = 9e15;  // above it the microseconds do not fit
  const auto milliseconds = input.real("relativecreated");
  if (!milliseconds) return {};
  if (std::abs(*milliseconds) >= most) Input::refuse("relativecreated", "is too large.");
  return std::chrono::microseconds{std::llround(*milliseconds * 1'000)};
}

RecordBatch record_of(const Input& input) {
  Record record;
  record.level = level_of(input);
  record.relative = relative_of(input);
  record.message = input.text("message", Input::most);
  record.exc_text = input.name("excText", Input::most);
  record.stack_info = input.name("stackInfo", Input::most);
  if (const auto created = input.text("created"); !created.empty()) {
    record.created = parse_local(created);
    if (!record.created) Input::refuse("created", "has to be a time such as 2026-11-22 09:10:24.318567.");
  }
  Kept kept;
  kept.text("created", input.text("created"), "");
  kept.text("args", input.text("args", Input::most_kept), "");
  kept.number("msecs", input.real("msecs"));
  kept.text("exc_info", input.text("excInfo", Input::most_kept), "None");
  kept.text("asctime", input.text("asctime", Input::most_kept), {});
  kept.text("summary", input.text("summary", Input::most_kept), {});
  const auto legacy = std::move(kept).take();
  if (!legacy.empty()) record.legacy = legacy;

  Source source;
  source.produkt_id = input.name("produktId");
  source.system_id = input.name("systemId");
  source.sub_system_id = input.name("subSystemId");
  source.sub_sub_system_id = input.name("subSubSystemId");
  source.user_spec_1 = input.name("userSpec1");
  source.user_spec_2 = input.name("userSpec2");
  source.api_version = input.name("apiVersion");
  Site site;
  site.name = input.text("name");
  site.pathname = input.text("pathname");
  site.filename = input.text("filename");
  site.module = input.text("module");
  site.funcname = input.text("funcname");
  site.levelname = input.text("levelname");
  site.package_version = input.name("packageVersion");
  site.lineno = input.whole("lineno");
  Process process;
  process.process = input.whole("process");
  process.process_name = input.text("processname");
  process.thread = input.whole("thread");
  process.thread_name = input.text("threadname");
  RecordBatch batch;
  batch.append(record, source, site, process);
  return batch;
}

/// What addLog answers.
class AddedObject : public graphql::Object {
 public:
  explicit AddedObject(const RecordBatch& batch) : batch_{batch} {}
  void resolve(const Field&, Out& out) const override {
    if (batch_.size() > 0) out.object(LogObject{batch_, batch_.records().front()});
  }

 private:
  const RecordBatch& batch_;
};

}  // namespace

void MutationObject::resolve(const Field& field, Out& out) const {
  const auto& given = *field.argument("input");
  if (const auto* id = given.member("id"); id && id->kind != graphql::Value::Kind::null)
    Input::refuse("id", "is given by the store; leave it out.");
  RecordId id = 0;
  try {
    id = write_and_wait(writer_, record_of(Input{given})).first_id;
  } catch (const Error& error) {
    throw FieldFault{error.what()};
  }
  const auto batch =
      readers_.with([&](const LogStore& reader) { return around(reader, id, {.before = 0, .after = 0}); });
  out.object(AddedObject{batch});
}

}  // namespace psherald::page
