#include "store/legacy_row.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "record/json.hpp"
#include "record/number.hpp"
#include "record/utf8.hpp"

namespace psherald::store {
namespace {

constexpr std::string_view none = "None", empty = "";

bool fits_json(std::string_view text) {
  // SQLite's JSON ends a text at a NUL.
  return text.size() <= LegacyRows::max_json_text && text.find('\0') == text.npos && is_utf8(text);
}

template <class Number>
Level nearest_level(Number number) {
  using Range = std::numeric_limits<std::int32_t>;
  return Level{static_cast<std::int32_t>(
      std::clamp<Number>(number, static_cast<Number>(Range::min()), static_cast<Number>(Range::max())))};
}

}  // namespace

LegacyRows::LegacyRows(sqlite3* target, Timestamp before)
    : keep_aside_{target, "INSERT INTO legacy_value VALUES(?1, ?2, ?3)"}, previous_{before} {}

void LegacyRows::add(const sqlite::Statement& row, RecordId id, RecordBatch& batch) {
  row_ = &row;
  id_ = id;
  batch_ = &batch;
  legacy_.clear();

  if (whole(C::id) != id) keep(C::id);
  Record record;
  record.id = id;
  record.received = received();
  record.relative = relative();
  expect_null(C::msecs);
  expect_text(C::args, empty);
  expect_text(C::exc_info, none);
  expect_null(C::asctime);
  record.level = level();
  record.message = text(C::message);
  record.exc_text = text(C::exc_text, none);
  record.stack_info = text(C::stack_info, none);
  const auto from = source();
  const auto where = site();
  const auto by = process();
  summary(from);
  if (!legacy_.empty()) record.legacy = legacy_ += '}';
  batch.append(record, from, where, by);
}

// Reads the value as what it is: once it was read as text, SQLite has made one of it.
void LegacyRows::keep(C column) {
  legacy_ += legacy_.empty() ? '{' : ',';
  append_json_string(legacy_, log_columns[static_cast<std::size_t>(column)]);
  legacy_ += ':';
  switch (type(column)) {
    case SQLITE_NULL: legacy_ += "null"; return;
    case SQLITE_INTEGER: legacy_ += std::to_string(whole(column)); return;
    case SQLITE_FLOAT:
      if (append_json_fraction(legacy_, real(column))) return;
      return keep_aside(column);
    case SQLITE_TEXT:
      if (const auto value = bytes(column); fits_json(value)) return append_json_string(legacy_, value);
      return keep_aside(column);
    default: return keep_aside(column);
  }
}

void LegacyRows::keep_aside(C column) {
  legacy_ += "{}";
  keep_aside_.bind(1, id_).bind(2, log_columns[static_cast<std::size_t>(column)]);
  sqlite3_bind_value(keep_aside_.get(), 3, sqlite3_column_value(row_->get(), static_cast<int>(column)));
  keep_aside_.run();
}

// `when_absent` is what the view shows for a text that is absent.
std::string_view LegacyRows::text(C column, std::string_view when_absent) {
  const int kind = type(column);
  if (kind == SQLITE_NULL) {
    if (present(when_absent)) keep(column);
    return {};
  }
  if (kind == SQLITE_TEXT)
    if (const auto value = bytes(column); is_utf8(value))
      return present(when_absent) && value == when_absent ? std::string_view{} : value;
  keep(column);
  return readable(column);
}

std::string_view LegacyRows::readable(C column) {
  std::string text;
  append_utf8(text, bytes(column).substr(0, max_readable));
  return batch_->keep(text);
}

std::optional<std::int64_t> LegacyRows::integer(C column) {
  const int kind = type(column);
  if (kind == SQLITE_NULL) return {};
  if (kind == SQLITE_INTEGER) return whole(column);
  keep(column);
  return kind == SQLITE_TEXT ? parse_number<std::int64_t>(bytes(column)) : std::nullopt;
}

Timestamp LegacyRows::received() {
  keep(C::created);
  return previous_ = clock_.read(*row_, static_cast<int>(C::created)).value_or(previous_);
}

Level LegacyRows::level() {
  const int kind = type(C::levelno);
  if (kind == SQLITE_INTEGER) {
    const auto number = whole(C::levelno);
    const auto nearest = nearest_level(number);
    if (static_cast<std::int64_t>(nearest) != number) keep(C::levelno);
    return nearest;
  }
  keep(C::levelno);
  if (kind == SQLITE_FLOAT) return nearest_level(real(C::levelno));
  for (const auto column : {C::levelno, C::levelname})
    if (type(column) == SQLITE_TEXT)
      if (const auto level = parse_level(bytes(column))) return *level;
  return Level::info;
}

std::optional<std::chrono::microseconds> LegacyRows::relative() {
  const int kind = type(C::relativecreated);
  if (kind == SQLITE_NULL) return {};
  constexpr double most = 9e15;  // milliseconds; above it the microseconds do not fit
  const double milliseconds = real(C::relativecreated);
  const bool number = (kind == SQLITE_FLOAT || kind == SQLITE_INTEGER) && std::abs(milliseconds) < most;
  const std::int64_t microseconds = number ? std::llround(milliseconds * 1'000) : 0;
  const bool given_back = number && kind == SQLITE_FLOAT &&
                          static_cast<double>(microseconds) / 1'000.0 == milliseconds && !std::signbit(milliseconds);
  if (!given_back) keep(C::relativecreated);
  return number ? std::optional{std::chrono::microseconds{microseconds}} : std::nullopt;
}

void LegacyRows::expect_text(C column, std::string_view usual) {
  if (type(column) != SQLITE_TEXT || bytes(column) != usual) keep(column);
}

void LegacyRows::expect_null(C column) {
  if (type(column) != SQLITE_NULL) keep(column);
}

Source LegacyRows::source() {
  Source s;
  s.produkt_id = text(C::produkt_id, none);
  s.system_id = text(C::system_id, none);
  s.sub_system_id = text(C::sub_system_id, none);
  s.sub_sub_system_id = text(C::sub_sub_system_id, none);
  s.user_spec_1 = text(C::user_spec_1, none);
  s.user_spec_2 = text(C::user_spec_2, none);
  s.api_version = text(C::api_version, none);
  return s;
}

Site LegacyRows::site() {
  Site s;
  s.name = text(C::name);
  s.pathname = text(C::pathname);
  s.filename = text(C::filename);
  s.module = text(C::module);
  s.funcname = text(C::funcname);
  if (type(C::levelname) == SQLITE_NULL) keep(C::levelname);  // the view would show Python's name of the level
  s.levelname = text(C::levelname);
  s.package_version = text(C::package_version, none);
  s.lineno = integer(C::lineno);
  return s;
}

Process LegacyRows::process() {
  Process p;
  p.process = integer(C::process);
  p.process_name = text(C::processname);
  p.thread = integer(C::thread);
  p.thread_name = text(C::threadname);
  return p;
}

void LegacyRows::summary(const Source& source) {
  std::string usual{none};
  for (const auto name : {source.produkt_id, source.system_id, source.sub_system_id, source.sub_sub_system_id,
                          source.user_spec_1, source.user_spec_2})
    usual += present(name) ? name : none;
  expect_text(C::summary, usual);
}

}  // namespace psherald::store
