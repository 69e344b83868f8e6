#include "query/judge.hpp"

#include <algorithm>
#include <limits>

#include "query/field_values.hpp"
#include "query/times.hpp"

namespace psherald::query {
namespace {

using ast::Field;
using ast::Op;

constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min(),
                       highest = std::numeric_limits<std::int64_t>::max();

// A scalar's first value and the one behind its last.
struct Ends {
  std::int64_t first, last;
};
Ends ends_of(const ast::Scalar& scalar, const TimeBase& base) {
  if (const auto* number = std::get_if<ast::Number>(&scalar)) return {number->value, number->value};
  const auto span = span_of(std::get<ast::Time>(scalar), base);
  return {span.start, span.end - 1};
}

Interval interval_of(const ast::Value& value, Op op, const TimeBase& base) {
  constexpr Interval empty{1, 0};
  if (const auto* range = std::get_if<ast::Range>(&value))
    return {range->low ? ends_of(*range->low, base).first : lowest,
            range->high ? ends_of(*range->high, base).last : highest};
  const auto ends = ends_of(std::get<ast::Scalar>(value), base);
  switch (op) {
    case Op::less: return ends.first == lowest ? empty : Interval{lowest, ends.first - 1};
    case Op::less_equal: return {lowest, ends.last};
    case Op::greater: return ends.last == highest ? empty : Interval{ends.last + 1, highest};
    case Op::greater_equal: return {ends.first, highest};
    default: return {ends.first, ends.last};
  }
}

Leaf leaf_of(const ast::Term& term, const TimeBase& base) {
  const auto field = term.field.field;
  const auto kind = kind_of(field);
  if (kind == Kind::attribute) return attribute_tests(term, base);
  if (kind == Kind::number || kind == Kind::level || kind == Kind::time) {
    Numbers numbers{field, {}};
    for (const auto& value : term.any_of) numbers.any_of.push_back(interval_of(value, term.op, base));
    return numbers;
  }
  const auto extent = kind == Kind::text ? Extent::part : kind == Kind::path ? Extent::tail : Extent::whole;
  std::vector<TextTest> tests;
  for (const auto& value : term.any_of) tests.push_back(text_test(value, term.op, extent, none_is_absent(field)));
  if (kind == Kind::text) return Texts{field, std::move(tests)};
  return Names{field, extent, std::move(tests)};
}

// Rises with what it takes to judge: numbers of the row, names, presence, message, the longer texts, attributes.
int cost_of(const Leaf& leaf) {
  if (std::holds_alternative<Numbers>(leaf)) return place_of(leaf) == Place::entry ? 1 : 2;
  if (const auto* names = std::get_if<Names>(&leaf)) return names->field == Field::origin ? 4 : 3;
  if (std::holds_alternative<Presence>(leaf)) return 5;
  if (const auto* texts = std::get_if<Texts>(&leaf)) {
    const bool regex = std::any_of(texts->any_of.begin(), texts->any_of.end(),
                                   [](const TextTest& test) { return std::holds_alternative<CompiledRegex>(test); });
    return (texts->field == Field::message ? 10 : 20) + (regex ? 100 : 0);
  }
  return 200;
}

Judge leaf_judge(Leaf leaf) {
  Judge judge{Judge::Kind::leaf, {}, std::move(leaf), {}, 0};
  judge.cost = cost_of(*judge.leaf);
  return judge;
}

struct Compile {
  const TimeBase& base;

  Judge operator()(const ast::All&) const { return {}; }
  Judge operator()(const ast::Exists& exists) const {
    if (exists.field.field == Field::attribute) return leaf_judge(attribute_presence(exists.field));
    return leaf_judge(Presence{exists.field.field});
  }
  Judge operator()(const ast::Term& term) const {
    auto judge = leaf_judge(leaf_of(term, base));
    const auto* attribute = std::get_if<AttributeTests>(&*judge.leaf);
    if (kind_of(term.field.field) == Kind::time || (attribute && attribute->dated)) judge.timed = term;
    return judge;
  }
  Judge operator()(const ast::And& all) const { return joined(Judge::Kind::every, all.of); }
  Judge operator()(const ast::Or& any) const { return joined(Judge::Kind::any, any.of); }
  Judge operator()(const ast::Not& negation) const { return joined(Judge::Kind::negation, negation.of); }

  Judge joined(Judge::Kind kind, const std::vector<ast::Node>& nodes) const {
    Judge judge;
    judge.kind = kind;
    for (const auto& node : nodes) judge.of.push_back(compile(node, base));
    std::stable_sort(judge.of.begin(), judge.of.end(), [](const Judge& a, const Judge& b) { return a.cost < b.cost; });
    for (const auto& part : judge.of) judge.cost += part.cost;
    return judge;
  }
};

bool fits(const Names& names, std::string_view value, Scratch& scratch) {
  scratch.name.set(value);
  return std::any_of(names.any_of.begin(), names.any_of.end(),
                     [&](const TextTest& test) { return fits(test, names.extent, scratch.name); });
}

bool fits(const Texts& texts, Scratch& scratch) {
  const auto fits_one = [&](Subject& subject) {
    return std::any_of(texts.any_of.begin(), texts.any_of.end(),
                       [&](const TextTest& test) { return fits(test, Extent::part, subject); });
  };
  switch (texts.field) {
    case Field::message: return fits_one(scratch.message);
    case Field::exception: return fits_one(scratch.exception);
    case Field::stack: return fits_one(scratch.stack);
    default: return fits_one(scratch.message) || fits_one(scratch.exception) || fits_one(scratch.stack);
  }
}

template <class Entry>
bool fits_entry(const Leaf& leaf, const Entry& entry, Scratch& scratch) {
  if (const auto* numbers = std::get_if<Numbers>(&leaf)) return numbers->contains(number_in(numbers->field, entry));
  if (const auto* names = std::get_if<Names>(&leaf)) return fits(*names, name_in(names->field, entry), scratch);
  const auto field = std::get<Presence>(leaf).field;
  return kind_of(field) == Kind::number ? number_in(field, entry).has_value() : present(name_in(field, entry));
}

bool is_there(Field field, const Record& record) {
  switch (field) {
    case Field::message: return present(record.message);
    case Field::exception: return present(record.exc_text);
    case Field::stack: return present(record.stack_info);
    case Field::created: return record.created.has_value();
    case Field::origin: return present(record.origin);
    default: return true;
  }
}

}  // namespace

bool Numbers::contains(std::optional<std::int64_t> number) const noexcept {
  return number && std::any_of(any_of.begin(), any_of.end(),
                               [&](const Interval& i) { return i.low <= *number && *number <= i.high; });
}

bool fits(const Leaf& leaf, const Record& record, Scratch& scratch) {
  if (const auto* numbers = std::get_if<Numbers>(&leaf)) return numbers->contains(number_in(numbers->field, record));
  if (const auto* names = std::get_if<Names>(&leaf)) return fits(*names, record.origin, scratch);
  if (const auto* texts = std::get_if<Texts>(&leaf)) return fits(*texts, scratch);
  if (const auto* attribute = std::get_if<AttributeTests>(&leaf))
    return scratch.attributes.fits(*attribute, record.extra);
  return is_there(std::get<Presence>(leaf).field, record);
}
bool fits(const Leaf& leaf, const Source& source, Scratch& scratch) { return fits_entry(leaf, source, scratch); }
bool fits(const Leaf& leaf, const Site& site, Scratch& scratch) { return fits_entry(leaf, site, scratch); }
bool fits(const Leaf& leaf, const Process& process, Scratch& scratch) { return fits_entry(leaf, process, scratch); }

Place place_of(const Leaf& leaf) noexcept {
  Field field = Field::text;
  if (const auto* numbers = std::get_if<Numbers>(&leaf)) field = numbers->field;
  if (const auto* names = std::get_if<Names>(&leaf)) field = names->field;
  if (const auto* presence = std::get_if<Presence>(&leaf)) field = presence->field;
  return place_of(field);
}

Judge compile(const ast::Node& node, const TimeBase& base) { return std::visit(Compile{base}, node.is); }

void rebind(Judge& judge, const TimeBase& base) {
  if (judge.timed) judge.leaf = leaf_of(*judge.timed, base);
  for (auto& part : judge.of) rebind(part, base);
}

}  // namespace psherald::query

namespace psherald {

struct Matcher::Impl {
  query::Judge judge;
};

Matcher::Matcher(const Filter& filter, const TimeBase& base)
    : impl_{std::make_unique<Impl>(Impl{query::compile(filter.root, base)})} {}
Matcher::Matcher(Matcher&&) noexcept = default;
Matcher& Matcher::operator=(Matcher&&) noexcept = default;
Matcher::~Matcher() = default;

bool Matcher::operator()(const RecordBatch& batch, const Record& record) const {
  query::Scratch scratch;
  scratch.set(record);
  return query::evaluate(impl_->judge, [&](const query::Leaf& leaf) {
    switch (query::place_of(leaf)) {
      case query::Place::source: return fits(leaf, batch.source(record), scratch);
      case query::Place::site: return fits(leaf, batch.site(record), scratch);
      case query::Place::process: return fits(leaf, batch.process(record), scratch);
      default: return fits(leaf, record, scratch);
    }
  });
}

void Matcher::rebind(const TimeBase& base) { query::rebind(impl_->judge, base); }

}  // namespace psherald
