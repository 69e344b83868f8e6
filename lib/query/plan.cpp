#include "query/plan.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "store/dictionary_rows.hpp"

namespace psherald {
namespace {

using ast::Field;
using query::Interval;
using query::Judge;
using query::Leaf;
using query::Place;

constexpr Interval anything{std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
constexpr const char* part_type = "psherald part";  // SQLite hands a bound pointer only to who knows this name

// Runs of this store give its own records their origin; those of others have it noted.
constexpr const char* origin_sql =
    "CASE e.origin_no WHEN 0 THEN (SELECT lower(hex(run)) FROM run WHERE from_id <= e.id ORDER BY from_id DESC LIMIT "
    "1) ELSE (SELECT lower(hex(run)) FROM origin WHERE no = e.origin_no) END";

// The columns of an entry that a filter may look at, and their places among the arguments of psh_match.
struct Column {
  const char* sql;
  bool (*wanted)(const Leaf&);
};
template <Field... fields>
bool looks_at(const Leaf& leaf) {
  const auto is_one = [](Field field) { return ((field == fields) || ...); };
  if (const auto* numbers = std::get_if<query::Numbers>(&leaf)) return is_one(numbers->field);
  if (const auto* names = std::get_if<query::Names>(&leaf)) return is_one(names->field);
  if (const auto* texts = std::get_if<query::Texts>(&leaf)) return is_one(texts->field);
  const auto* presence = std::get_if<query::Presence>(&leaf);
  return presence && is_one(presence->field);
}
bool looks_at_attributes(const Leaf& leaf) { return std::holds_alternative<query::AttributeTests>(leaf); }
template <Place place>
bool lies_in(const Leaf& leaf) {
  return query::place_of(leaf) == place;
}
namespace argument {
enum { part, id, received, created, level, source, site, process, message, exc_text, stack_info, extra, origin, count };
}
constexpr std::array<Column, argument::count - 2> columns{{{"e.received", looks_at<Field::received, Field::created>},
                                                           {"e.created", looks_at<Field::created>},
                                                           {"e.level", looks_at<Field::level>},
                                                           {"e.source", lies_in<Place::source>},
                                                           {"e.site", lies_in<Place::site>},
                                                           {"e.proc", lies_in<Place::process>},
                                                           {"e.message", looks_at<Field::message, Field::text>},
                                                           {"e.exc_text", looks_at<Field::exception, Field::text>},
                                                           {"e.stack_info", looks_at<Field::stack, Field::text>},
                                                           {"e.extra", looks_at_attributes},
                                                           {origin_sql, looks_at<Field::origin>}}};

// What the statement compares by itself: a column's interval, as most levels and times are.
// The plus signs keep SQLite from ever using an index, should there be one.
struct Compared {
  const char* column;
  Interval interval;
};
std::optional<Compared> compared(const Judge& judge) {
  const auto* numbers = judge.leaf ? std::get_if<query::Numbers>(&*judge.leaf) : nullptr;
  if (!numbers || numbers->any_of.size() != 1) return {};
  switch (numbers->field) {
    case Field::id: return Compared{"+e.id", numbers->any_of.front()};
    case Field::level: return Compared{"+e.level", numbers->any_of.front()};
    case Field::received: return Compared{"+e.received", numbers->any_of.front()};
    default: return {};
  }
}

std::vector<const Judge*> conjunction(const Judge& judge) {
  std::vector<const Judge*> parts;
  if (judge.kind == Judge::Kind::all) return parts;
  if (judge.kind != Judge::Kind::every) return {&judge};
  for (const auto& part : judge.of) parts.push_back(&part);
  return parts;
}

std::string_view text_of(sqlite3_value* value) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
  return text ? std::string_view{text, static_cast<std::size_t>(sqlite3_value_bytes(value))} : std::string_view{};
}

Record record_of(sqlite3_value** arguments) {
  Record record;
  record.id = sqlite3_value_int64(arguments[argument::id]);
  record.received = Timestamp{std::chrono::microseconds{sqlite3_value_int64(arguments[argument::received])}};
  if (auto* ago = arguments[argument::created]; sqlite3_value_type(ago) != SQLITE_NULL)
    record.created = record.received - std::chrono::microseconds{sqlite3_value_int64(ago)};
  record.level = static_cast<Level>(sqlite3_value_int64(arguments[argument::level]));
  record.message = text_of(arguments[argument::message]);
  record.exc_text = text_of(arguments[argument::exc_text]);
  record.stack_info = text_of(arguments[argument::stack_info]);
  record.extra = text_of(arguments[argument::extra]);
  record.origin = text_of(arguments[argument::origin]);
  return record;
}

}  // namespace

// A part of the conjunction, as the statement's function gets it.
struct Plan::Part {
  const Judge* judge;
  query::DictionaryJudge* dictionaries;
  struct Row {
    query::Scratch scratch{};
    RecordId id = 0;  // that scratch was last set to
  };
  std::shared_ptr<Row> row;  // of all parts: they judge it one after the other
};

namespace {

bool matches(const Plan::Part& part, sqlite3_value** arguments) {
  const auto record = record_of(arguments);
  auto& scratch = part.row->scratch;
  if (std::exchange(part.row->id, record.id) == record.id)
    scratch.set_again(record);
  else
    scratch.set(record);
  return query::evaluate(*part.judge, [&](const Leaf& leaf) {
    const auto number = [&](int column) { return sqlite3_value_int64(arguments[column]); };
    switch (query::place_of(leaf)) {
      case Place::source: return part.dictionaries->fits_row(leaf, number(argument::source));
      case Place::site: return part.dictionaries->fits_row(leaf, number(argument::site));
      case Place::process: return part.dictionaries->fits_row(leaf, number(argument::process));
      default: return fits(leaf, record, scratch);
    }
  });
}

void psh_match(sqlite3_context* context, int, sqlite3_value** arguments) noexcept try {
  const auto* part = static_cast<const Plan::Part*>(sqlite3_value_pointer(arguments[argument::part], part_type));
  sqlite3_result_int(context, part && matches(*part, arguments) ? 1 : 0);
} catch (const std::bad_alloc&) {
  sqlite3_result_error_nomem(context);
} catch (const std::exception& error) {
  sqlite3_result_error(context, error.what(), -1);
}

// Once a connection: to define a function again is an error while a statement runs.
void define_functions(sqlite3* db) {
  sqlite3_stmt* known = nullptr;
  const bool defined =
      sqlite3_prepare_v2(db, "SELECT psh_match(0,0,0,0,0,0,0,0,0,0,0,0,0)", -1, &known, nullptr) == SQLITE_OK;
  sqlite3_finalize(known);
  if (defined) return;
  if (sqlite3_create_function_v2(db, "psh_match", argument::count, SQLITE_UTF8 | SQLITE_DIRECTONLY, nullptr, psh_match,
                                 nullptr, nullptr, nullptr) != SQLITE_OK)
    throw sqlite::error_of(db, "define a function in");
}

// The window and the number of rows are the first parameters.
constexpr int window_parameters = 3;

std::string part_sql(const Judge& judge, int& parameter) {
  if (const auto compare = compared(judge)) {
    const auto low = std::to_string(++parameter), high = std::to_string(++parameter);
    return std::string{compare->column} + " BETWEEN ?" + low + " AND ?" + high;
  }
  std::string sql = "psh_match(?" + std::to_string(++parameter) + ", e.id";
  for (const auto& column : columns) (sql += ", ") += query::any_leaf(judge, column.wanted) ? column.sql : "NULL";
  return sql + ')';
}

Interval bounds(const Judge& judge, Field field) {
  if (judge.kind == Judge::Kind::every) {
    auto all = anything;
    for (const auto& part : judge.of) {
      const auto one = bounds(part, field);
      all = {std::max(all.low, one.low), std::min(all.high, one.high)};
    }
    return all;
  }
  const auto* numbers = judge.leaf ? std::get_if<query::Numbers>(&*judge.leaf) : nullptr;
  if (!numbers || numbers->field != field) return anything;
  Interval any{anything.high, anything.low};
  for (const auto& one : numbers->any_of) any = {std::min(any.low, one.low), std::max(any.high, one.high)};
  return any;
}

}  // namespace

Plan::Plan(sqlite3* db, const Filter& filter, const TimeBase& base)
    : db_{db},
      judge_{query::compile(filter.root, base)},
      dictionaries_{db, judge_},
      first_possible_{query::DictionaryJudge::first_possible(db, judge_)} {
  const auto row = std::make_shared<Part::Row>();
  for (const auto* part : conjunction(judge_))
    parts_.push_back(std::make_unique<Part>(Part{part, &dictionaries_, row}));
  if (!parts_.empty()) define_functions(db);
}

Plan::~Plan() = default;

Interval Plan::ids() const { return bounds(judge_, Field::id); }
Interval Plan::received() const { return bounds(judge_, Field::received); }

std::string Plan::conditions() const {
  std::string sql = " WHERE e.id BETWEEN ?1 AND ?2";
  int parameter = window_parameters;
  for (const auto& part : parts_) sql += " AND " + part_sql(*part->judge, parameter);
  return sql;
}

void Plan::bind(sqlite::Statement& statement) const {
  int parameter = window_parameters;
  for (const auto& part : parts_) {
    if (const auto compare = compared(*part->judge)) {
      statement.bind(++parameter, compare->interval.low);
      statement.bind(++parameter, compare->interval.high);
    } else {
      sqlite3_bind_pointer(statement.get(), ++parameter, part.get(), part_type, nullptr);
    }
  }
}

std::string Plan::rows_sql(Order order) const {
  return "SELECT e.id, e.received, e.created, e.flags, e.level, e.relative, e.message, e.exc_text, "
         "e.stack_info, e.extra, e.legacy, e.origin_no, e.origin_id, e.origin_received, e.path_no, e.source, "
         "e.site, e.proc FROM entry e" +
         conditions() + " ORDER BY e.id " + (order == Order::newest_first ? "DESC" : "ASC") + " LIMIT ?3";
}

sqlite::Statement Plan::columns(std::string_view columns) {
  sqlite::Statement statement{db_, "SELECT " + std::string{columns} + " FROM entry e" + conditions()};
  bind(statement);
  return statement;
}

void bind_window(sqlite::Statement& statement, RecordId from, RecordId to) { statement.bind(1, from).bind(2, to); }
void bind_window(sqlite::Statement& statement, RecordId from, RecordId to, std::int64_t most) {
  statement.bind(1, from).bind(2, to).bind(3, most);
}

}  // namespace psherald
