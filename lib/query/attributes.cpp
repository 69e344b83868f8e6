#include "query/attributes.hpp"

#include <simdjson.h>

#include <algorithm>

#include "query/casefold.hpp"
#include "query/times.hpp"

namespace psherald::query {
namespace {

namespace json = simdjson::ondemand;
using Kind = Measure::Kind;

// One scalar of the JSON.
struct Value {
  std::string_view text;
  enum { string, number, boolean } kind;
};

// The ends of a literal: a date is a span.
struct Ends {
  Amount start, end;
  bool is_span;
};
Ends ends_of(const Measure& measure, const Zone& zone) {
  if (measure.kind != Kind::date) return {measure.amount, measure.amount, false};
  const auto span = span_of(measure.date, zone);
  return {Amount{span.start}, Amount{span.end}, true};
}

MeasureRange range_of(const ast::Range& range, const Zone& zone) {
  MeasureRange made{};
  if (range.low) {
    const auto measure = *parse_measure(std::get<ast::Quantity>(*range.low).spelling);
    made.kind = measure.kind;
    made.low = {ends_of(measure, zone).start, true};
  }
  if (range.high) {
    const auto measure = *parse_measure(std::get<ast::Quantity>(*range.high).spelling);
    const auto ends = ends_of(measure, zone);
    made.kind = measure.kind;
    made.high = {ends.end, !ends.is_span};
  }
  return made;
}

MeasureRange range_of(const ast::Quantity& quantity, ast::Op op, const Zone& zone) {
  const auto measure = *parse_measure(quantity.spelling);
  const auto ends = ends_of(measure, zone);
  MeasureRange made{measure.kind, {}, {}};
  switch (op) {
    case ast::Op::less: made.high = {ends.start, false}; break;
    case ast::Op::less_equal: made.high = {ends.end, !ends.is_span}; break;
    case ast::Op::greater: made.low = {ends.end, ends.is_span}; break;
    default:
      made.low = {ends.start, true};
      if (op != ast::Op::greater_equal) made.high = {ends.end, !ends.is_span};
  }
  return made;
}

// What the value is in the terms of this kind; nothing when it is of another.
std::optional<Amount> amount_of(const Value& value, Kind kind, std::int64_t unit) {
  const auto whole = [](std::optional<std::int64_t> number) {
    return number ? std::optional{Amount{*number}} : std::nullopt;
  };
  if (value.kind != Value::number && value.kind != Value::string) return {};
  // A string that is a number counts as that number.
  if (kind != Kind::date)
    if (const auto number = parse_number(value.text)) return kind == Kind::duration ? scaled(*number, unit) : *number;
  if (value.kind != Value::string || kind == Kind::number) return {};
  if (kind == Kind::duration) return whole(parse_duration(value.text));
  if (kind == Kind::size) return whole(parse_size(value.text));
  const auto date = parse_civil(value.text);
  return date ? std::optional{Amount{span_of(*date, Zone::utc()).start}} : std::nullopt;
}

bool within(const MeasureRange& range, const Value& value, std::int64_t unit) {
  const auto amount = amount_of(value, range.kind, unit);
  if (!amount) return false;
  if (range.low && !(range.low->included ? *amount >= range.low->amount : *amount > range.low->amount)) return false;
  return !range.high || (range.high->included ? *amount <= range.high->amount : *amount < range.high->amount);
}

}  // namespace

AttributeTests attribute_presence(const ast::FieldRef& field) { return {folded(field.name), 0, true, false, {}}; }

AttributeTests attribute_tests(const ast::Term& term, const TimeBase& base) {
  AttributeTests tests{folded(term.field.name), 0, false, false, {}};
  tests.unit = unit_of_name(tests.path);
  for (const auto& value : term.any_of) {
    auto& test = tests.any_of.emplace_back();
    if (const auto* range = std::get_if<ast::Range>(&value)) {
      test.measure = range_of(*range, base.zone);
    } else if (const auto* scalar = std::get_if<ast::Scalar>(&value)) {
      test.measure = range_of(std::get<ast::Quantity>(*scalar), term.op, base.zone);
    } else {
      test.text = text_test(value, term.op, Extent::whole, false);
      const auto* text = std::get_if<ast::Text>(&value);
      const auto measure = text ? parse_measure(text->value) : std::nullopt;
      if (measure && measure->kind != Kind::date)
        test.measure = range_of(ast::Quantity{text->value}, ast::Op::equal, base.zone);
    }
    tests.dated |= test.measure && test.measure->kind == Kind::date;
  }
  return tests;
}

struct AttributeReader::Impl {
  json::parser parser;
  std::vector<char> padded;
  std::string key;
  Subject subject;

  bool fits_value(const AttributeTests& tests, const Value& value) {
    subject.set(value.text);
    return std::any_of(tests.any_of.begin(), tests.any_of.end(), [&](const AttributeTests::Test& test) {
      return (test.text && query::fits(*test.text, Extent::whole, subject)) ||
             (test.measure && within(*test.measure, value, tests.unit));
    });
  }

  // Visits the scalars of a value, those of a list one by one, until one is enough. Others have no text.
  template <class Visit>
  static bool scalars(json::value value, const Visit& visit) {
    std::string_view text;
    bool truth = false;
    switch (type_of(value)) {
      case json::json_type::array:
        return each_element(value, [&](json::value element) { return scalars(element, visit); });
      case json::json_type::string:
        return !value.get_string().get(text) && visit(Value{text.data() ? text : "", Value::string});
      case json::json_type::boolean:
        return !value.get_bool().get(truth) && visit(Value{truth ? "true" : "false", Value::boolean});
      case json::json_type::number:
        text = value.raw_json_token();
        return visit(Value{text.substr(0, text.find_first_of(" \t\r\n")), Value::number});
      default: return false;
    }
  }

  // What cannot be read is as good as null.
  static json::json_type type_of(json::value& value) {
    json::json_type type{};
    return value.type().get(type) ? json::json_type::null : type;
  }

  template <class Visit>
  static bool each_element(json::value value, const Visit& visit) {
    json::array elements;
    if (value.get_array().get(elements)) return false;
    for (auto item : elements) {
      json::value element;
      if (std::move(item).get(element)) return false;
      if (visit(element)) return true;
    }
    return false;
  }

  // An object or a list below which the rest of the path may lead on.
  template <class Visit>
  bool below(json::value value, std::string_view rest, const Visit& visit) {
    const auto type = type_of(value);
    if (type == json::json_type::array)
      return each_element(value, [&](json::value element) { return below(element, rest, visit); });
    json::object object;
    return type == json::json_type::object && !value.get_object().get(object) && members(object, rest, visit);
  }

  // Visits the values of members that have the whole name, until one is enough.
  template <class Visit>
  bool members(json::object& object, std::string_view rest, const Visit& visit) {
    for (auto item : object) {
      json::field field;
      std::string_view raw;
      if (std::move(item).get(field) || field.unescaped_key().get(raw)) return false;
      key.clear();
      append_folded(key, raw);
      const bool whole = key == rest;
      const bool prefix = rest.size() > key.size() && rest.starts_with(key) && rest[key.size()] == '.';
      const auto left = prefix ? rest.substr(key.size() + 1) : std::string_view{};
      json::value value = field.value();
      if (whole && visit(value)) return true;
      if (prefix && below(value, left, visit)) return true;
    }
    return false;
  }

  template <class Visit>
  bool visit_all(std::string_view path, std::string_view extra, const Visit& visit) {
    if (extra.empty()) return false;
    padded.resize(std::max(padded.size(), extra.size() + simdjson::SIMDJSON_PADDING));
    std::copy(extra.begin(), extra.end(), padded.begin());
    json::document document;
    json::object object;
    if (parser.iterate(padded.data(), extra.size(), padded.size()).get(document)) return false;
    return !document.get_object().get(object) && members(object, path, visit);
  }
};

AttributeReader::AttributeReader() = default;
AttributeReader::AttributeReader(AttributeReader&&) noexcept = default;
AttributeReader::~AttributeReader() = default;

AttributeReader::Impl& AttributeReader::impl() {
  if (!impl_) impl_ = std::make_unique<Impl>();
  return *impl_;
}

bool AttributeReader::fits(const AttributeTests& tests, std::string_view extra) {
  auto& reader = impl();
  return reader.visit_all(tests.path, extra, [&](json::value value) {
    if (tests.presence) return Impl::type_of(value) != json::json_type::null;
    return Impl::scalars(value, [&](const Value& scalar) { return reader.fits_value(tests, scalar); });
  });
}

void AttributeReader::each(std::string_view path, std::string_view extra,
                           const std::function<void(std::string_view)>& visit) {
  impl().visit_all(path, extra, [&](json::value value) {
    return Impl::scalars(value, [&](const Value& scalar) { return visit(scalar.text), false; });
  });
}

FieldValue AttributeReader::first(std::string_view path, std::string_view extra) {
  FieldValue found;
  impl().visit_all(path, extra, [&](json::value value) {
    std::string_view text;
    switch (Impl::type_of(value)) {
      case json::json_type::null: return false;
      case json::json_type::string:
        if (value.get_string().get(text)) return false;
        found = std::string{text};
        return true;
      default:
        if (simdjson::to_json_string(value).get(text)) return false;
        found = Json{std::string{text.substr(0, text.find_last_not_of(" \t\r\n") + 1)}};
        return true;
    }
  });
  return found;
}

}  // namespace psherald::query
