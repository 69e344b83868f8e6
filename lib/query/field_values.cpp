#include "query/field_values.hpp"

#include "psherald/fields.hpp"
#include "query/attributes.hpp"
#include "query/casefold.hpp"
#include "query/fields.hpp"
#include "query/judge.hpp"
#include "record/utf8.hpp"

namespace psherald {
namespace query {

using ast::Field;

std::string_view name_in(Field field, const Source& source) noexcept {
  switch (field) {
    case Field::product: return source.produkt_id;
    case Field::system: return source.system_id;
    case Field::subsystem: return source.sub_system_id;
    case Field::subsubsystem: return source.sub_sub_system_id;
    case Field::user1: return source.user_spec_1;
    default: return source.user_spec_2;
  }
}
std::string_view name_in(Field field, const Site& site) noexcept {
  switch (field) {
    case Field::version: return site.package_version;
    case Field::level_name: return site.levelname;
    case Field::logger: return site.name;
    case Field::module: return site.module;
    case Field::function: return site.funcname;
    default: return present(site.pathname) ? site.pathname : site.filename;
  }
}
std::string_view name_in(Field field, const Process& process) noexcept {
  return field == Field::process_name ? process.process_name : process.thread_name;
}
std::optional<std::int64_t> number_in(Field, const Source&) noexcept { return {}; }
std::optional<std::int64_t> number_in(Field, const Site& site) noexcept { return site.lineno; }
std::optional<std::int64_t> number_in(Field field, const Process& process) noexcept {
  return field == Field::process ? process.process : process.thread;
}

namespace {

std::optional<std::int64_t> microseconds_of(const std::optional<Timestamp>& time) {
  return time ? std::optional{std::int64_t{time->time_since_epoch().count()}} : std::nullopt;
}
}  // namespace

std::optional<std::int64_t> number_in(Field field, const Record& record) noexcept {
  switch (field) {
    case Field::id: return record.id;
    case Field::level: return static_cast<std::int64_t>(record.level);
    case Field::received: return microseconds_of(record.received);
    default: return microseconds_of(record.created);
  }
}
namespace {

std::string_view text_in(Field field, const Record& record) noexcept {
  switch (field) {
    case Field::exception: return record.exc_text;
    case Field::stack: return record.stack_info;
    case Field::origin: return record.origin;
    default: return record.message;
  }
}

FieldValue text_value(std::string_view text) {
  if (!present(text)) return {};
  std::string valid;
  append_utf8(valid, text);
  return valid;
}
FieldValue number_value(std::optional<std::int64_t> number) { return number ? FieldValue{*number} : FieldValue{}; }

template <class Entry>
FieldValue value_in(Field field, const Entry& entry) {
  return kind_of(field) == Kind::number ? number_value(number_in(field, entry)) : text_value(name_in(field, entry));
}
FieldValue value_in(Field field, const Record& record) {
  const auto kind = kind_of(field);
  if (kind == Kind::level || kind == Kind::number) return number_value(number_in(field, record));
  if (kind != Kind::time) return text_value(text_in(field, record));
  const auto time = number_in(field, record);
  return time ? FieldValue{Timestamp{std::chrono::microseconds{*time}}} : FieldValue{};
}

}  // namespace
}  // namespace query

FieldValue value_of(const RecordBatch& batch, const Record& record, const ast::FieldRef& ref) {
  const auto field = ref.field;
  if (field == ast::Field::attribute) return query::AttributeReader{}.first(query::folded(ref.name), record.extra);
  switch (query::place_of(field)) {
    case query::Place::source: return query::value_in(field, batch.source(record));
    case query::Place::site: return query::value_in(field, batch.site(record));
    case query::Place::process: return query::value_in(field, batch.process(record));
    default: return query::value_in(field, record);
  }
}

}  // namespace psherald
