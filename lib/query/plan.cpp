#include "query/plan.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <unordered_map>

#include "query/casefold.hpp"
#include "store/dictionary_rows.hpp"

namespace psherald {
namespace {

using ast::Field;
using query::Interval;
using query::Judge;
using query::Leaf;
using query::Place;

constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min(),
                       highest = std::numeric_limits<std::int64_t>::max();
constexpr Interval anything{lowest, highest};
constexpr const char* part_type = "psherald part";

// Runs of this store give its own records their origin.
constexpr const char* origin_sql =
    "CASE e.origin_no WHEN 0 THEN (SELECT lower(hex(run)) FROM run WHERE from_id <= e.id ORDER BY from_id DESC LIMIT "
    "1) END";

// Of a table with a prefix, in the order in which read_entry reads them.
template <class Entry>
std::string columns_of() {
  std::string all;
  for (std::string_view rest = store::Table<Entry>::columns; !rest.empty();) {
    const auto comma = rest.find(", ");
    all += ", " + std::string{store::Table<Entry>::name} + '.' + std::string{rest.substr(0, comma)};
    rest = comma == rest.npos ? std::string_view{} : rest.substr(comma + 2);
  }
  return all;
}

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

bool any_leaf(const Judge& judge, bool (*wanted)(const Leaf&)) {
  if (judge.leaf) return wanted(*judge.leaf);
  return std::any_of(judge.of.begin(), judge.of.end(), [&](const Judge& part) { return any_leaf(part, wanted); });
}

// What the statement compares by itself: a column's interval, as most levels and times are.
struct Compared {
  const char* before;
  const char* after;
  Interval interval;
};
std::optional<Compared> compared(const Judge& judge) {
  const auto* numbers = judge.leaf ? std::get_if<query::Numbers>(&*judge.leaf) : nullptr;
  if (!numbers || numbers->any_of.size() != 1) return {};
  switch (numbers->field) {
    case Field::id: return Compared{"+e.id BETWEEN ", "", numbers->any_of.front()};
    case Field::level: return Compared{"e.level BETWEEN ", "", numbers->any_of.front()};
    case Field::received: return Compared{"e.received BETWEEN ", "", numbers->any_of.front()};
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

// Rows of a dictionary are judged when a record with them is met, and once: who puts a random name into each of his
// records must not make a search read them all.
template <class Entry>
class DictionaryLeaf {
 public:
  DictionaryLeaf(sqlite3* db, const Leaf& leaf) : leaf_{&leaf}, row_{db, row_sql()} {}

  bool fits_row(std::int64_t number) {
    if (number == last_ && known_.size() > 0) return last_fits_;
    if (known_.size() >= max_known) known_.clear();
    const auto [place, is_new] = known_.try_emplace(number);
    if (is_new) place->second = judge(number);
    last_ = number;
    return last_fits_ = place->second;
  }

 private:
  static constexpr std::size_t max_known = 100'000;
  static std::string row_sql() {
    return "SELECT " + std::string{store::Table<Entry>::columns} + " FROM " + std::string{store::Table<Entry>::name} +
           " WHERE id = ?1";
  }
  bool judge(std::int64_t number) {
    const bool there = row_.bind(1, number).step();
    const bool fits_it = fits(*leaf_, there ? store::read_entry<Entry>(row_, 0) : Entry{}, scratch_);
    row_.reset();
    return fits_it;
  }

  const Leaf* leaf_;
  sqlite::Statement row_;
  query::Scratch scratch_{};
  std::unordered_map<std::int64_t, bool> known_{};
  std::int64_t last_ = 0;
  bool last_fits_ = false;
};

}  // namespace

struct Plan::Leaves {
  // A part of the conjunction, as the statement's function gets it.
  struct Part {
    const Judge* judge;
    Leaves* all;
  };
  std::vector<std::unique_ptr<Part>> parts;
  std::map<const Leaf*, DictionaryLeaf<Source>> sources;
  std::map<const Leaf*, DictionaryLeaf<Site>> sites;
  std::map<const Leaf*, DictionaryLeaf<Process>> processes;
  query::Scratch scratch{};
  RecordId row = 0;  // that scratch was last set to

  void add_dictionaries(sqlite3* db, const Judge& judge) {
    for (const auto& part : judge.of) add_dictionaries(db, part);
    if (!judge.leaf) return;
    const Leaf& leaf = *judge.leaf;
    const auto place = query::place_of(leaf);
    if (place == Place::source) sources.try_emplace(&leaf, db, leaf);
    if (place == Place::site) sites.try_emplace(&leaf, db, leaf);
    if (place == Place::process) processes.try_emplace(&leaf, db, leaf);
  }
};

namespace {

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

bool matches(Plan::Leaves::Part& part, sqlite3_value** arguments) {
  const auto record = record_of(arguments);
  auto& all = *part.all;
  if (all.row == record.id)
    all.scratch.set_again(record);
  else
    all.scratch.set(record);
  all.row = record.id;
  return query::evaluate(*part.judge, [&](const Leaf& leaf) {
    switch (query::place_of(leaf)) {
      case Place::source: return all.fits_row(leaf, sqlite3_value_int64(arguments[argument::source]));
      case Place::site: return all.fits_row(leaf, sqlite3_value_int64(arguments[argument::site]));
      case Place::process: return all.fits_row(leaf, sqlite3_value_int64(arguments[argument::process]));
      default: return fits(leaf, record, all.scratch);
    }
  });
}

void psh_match(sqlite3_context* context, int, sqlite3_value** arguments) noexcept try {
  auto* part = static_cast<Plan::Leaves::Part*>(sqlite3_value_pointer(arguments[argument::part], part_type));
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

std::string part_sql(const Judge& judge, int& parameter) {
  if (const auto column = compared(judge)) {
    const auto low = std::to_string(++parameter), high = std::to_string(++parameter);
    return std::string{column->before} + '?' + low + " AND ?" + high;
  }
  std::string sql = "psh_match(?" + std::to_string(++parameter) + ", e.id";
  for (const auto& column : columns) (sql += ", ") += any_leaf(judge, column.wanted) ? column.sql : "NULL";
  return sql + ')';
}

std::string window_sql(const std::vector<const Judge*>& parts, Order order) {
  std::string sql =
      "SELECT e.id, e.received, e.created, e.flags, e.level, e.relative, e.message, e.exc_text, e.stack_info, "
      "e.extra, " +
      std::string{origin_sql} + columns_of<Source>() + columns_of<Site>() + columns_of<Process>() +
      " FROM entry e LEFT JOIN source ON source.id = e.source LEFT JOIN site ON site.id = e.site"
      " LEFT JOIN proc ON proc.id = e.proc WHERE e.id BETWEEN ?1 AND ?2";
  int parameter = 3;
  for (const auto* part : parts) sql += " AND " + part_sql(*part, parameter);
  return sql + " ORDER BY e.id " + (order == Order::newest_first ? "DESC" : "ASC") + " LIMIT ?3";
}

Interval both(Interval a, Interval b) { return {std::max(a.low, b.low), std::min(a.high, b.high)}; }
Interval either(Interval a, Interval b) {
  if (a.low > a.high) return b;
  if (b.low > b.high) return a;
  return {std::min(a.low, b.low), std::max(a.high, b.high)};
}
Necessary combined(Necessary a, const Necessary& b, Interval (*combine)(Interval, Interval)) {
  a.id = combine(a.id, b.id);
  a.received = combine(a.received, b.received);
  a.created = combine(a.created, b.created);
  a.level = combine(a.level, b.level);
  return a;
}

Necessary necessary_of(const Leaf& leaf) {
  Necessary all{anything, anything, anything, anything, {}};
  if (const auto* numbers = std::get_if<query::Numbers>(&leaf)) {
    Interval bounds{1, 0};
    for (const auto& interval : numbers->any_of) bounds = either(bounds, interval);
    if (numbers->field == Field::id) all.id = bounds;
    if (numbers->field == Field::received) all.received = bounds;
    if (numbers->field == Field::created) all.created = bounds;
    if (numbers->field == Field::level) all.level = bounds;
  }
  const auto* texts = std::get_if<query::Texts>(&leaf);
  if (!texts || texts->any_of.size() != 1) return all;
  const auto& test = texts->any_of.front();
  if (const auto* literal = std::get_if<query::Literal>(&test); literal && !literal->none)
    all.texts.push_back(literal->folded);
  if (const auto* exactly = std::get_if<query::Exactly>(&test); exactly && !exactly->none)
    all.texts.push_back(query::folded(exactly->value));
  if (const auto* wildcards = std::get_if<query::Wildcards>(&test)) all.texts = wildcards->literals();
  return all;
}

// What a judge says of a row of which only the sender is known.
struct Verdict {
  bool may, must;
};
Verdict verdict(const Judge& judge, const Source& source, query::Scratch& scratch) {
  Verdict all{true, true}, any{false, false};
  switch (judge.kind) {
    case Judge::Kind::all: return all;
    case Judge::Kind::leaf: {
      if (query::place_of(*judge.leaf) != Place::source) return {true, false};
      const bool fits_it = fits(*judge.leaf, source, scratch);
      return {fits_it, fits_it};
    }
    case Judge::Kind::negation: {
      const auto inner = verdict(judge.of.front(), source, scratch);
      return {!inner.must, !inner.may};
    }
    default: break;
  }
  for (const auto& part : judge.of) {
    const auto one = verdict(part, source, scratch);
    all = {all.may && one.may, all.must && one.must};
    any = {any.may || one.may, any.must || one.must};
  }
  return judge.kind == Judge::Kind::every ? all : any;
}

}  // namespace

Necessary necessary(const Judge& judge) {
  const Necessary nothing{anything, anything, anything, anything, {}};
  switch (judge.kind) {
    case Judge::Kind::leaf: return necessary_of(*judge.leaf);
    case Judge::Kind::every: {
      auto all = nothing;
      for (const auto& part : judge.of) {
        auto one = necessary(part);
        all = combined(std::move(all), one, both);
        std::move(one.texts.begin(), one.texts.end(), std::back_inserter(all.texts));
      }
      return all;
    }
    case Judge::Kind::any: {
      Necessary any{{1, 0}, {1, 0}, {1, 0}, {1, 0}, {}};
      for (const auto& part : judge.of) any = combined(std::move(any), necessary(part), either);
      return any;
    }
    default: return nothing;
  }
}

Plan::Plan(sqlite3* db, const Filter& filter, const Moment& moment, Order order)
    : judge_{query::compile(filter.root, moment)},
      necessary_{psherald::necessary(judge_)},
      leaves_{std::make_unique<Leaves>()} {
  define_functions(db);
  leaves_->add_dictionaries(db, judge_);
  if (any_leaf(judge_, lies_in<Place::source>)) look_at_senders(db);
  const auto parts = conjunction(judge_);
  statement_ = {db, window_sql(parts, order)};
  int parameter = 3;
  for (const auto* part : parts) {
    if (const auto column = compared(*part)) {
      statement_.bind(++parameter, column->interval.low);
      statement_.bind(++parameter, column->interval.high);
      continue;
    }
    leaves_->parts.push_back(std::make_unique<Leaves::Part>(Leaves::Part{part, leaves_.get()}));
    sqlite3_bind_pointer(statement_.get(), ++parameter, leaves_->parts.back().get(), part_type, nullptr);
  }
}

Plan::~Plan() = default;

void Plan::look_at_senders(sqlite3* db) {
  constexpr std::size_t most = 10'000;  // with more it takes longer than it saves
  std::vector<std::int64_t> possible;
  std::optional<RecordId> first;
  query::Scratch scratch;
  sqlite::Statement senders{
      db, "SELECT id, first_id, " + std::string{store::Table<Source>::columns} + " FROM source ORDER BY id"};
  for (std::size_t seen = 0; senders.step(); ++seen) {
    if (seen == most) return;
    if (!verdict(judge_, store::read_entry<Source>(senders, 2), scratch).may) continue;
    possible.push_back(senders.integer(0));
    first = std::min(first.value_or(highest), senders.integer(1));
  }
  sources_ = std::move(possible);
  first_possible_ = first;
}

sqlite::Statement& Plan::rows(RecordId from, RecordId to, std::int64_t most) {
  statement_.reset();
  return statement_.bind(1, from).bind(2, to).bind(3, most);
}

}  // namespace psherald
