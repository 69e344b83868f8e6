#include "query/parse_values.hpp"

#include <algorithm>
#include <charconv>

#include "query/fields.hpp"
#include "query/quantity.hpp"
#include "query/regex.hpp"
#include "query/times.hpp"

namespace psherald::query {
namespace {

constexpr std::size_t max_regexes = 20;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_texty(Kind kind) noexcept { return kind == Kind::text || kind == Kind::name || kind == Kind::path; }

}  // namespace

void ValueParser::expect_separator(const std::string& after, bool in_list) const {
  if (in_.at_separator(in_list)) return;
  const auto at = in_.at(), end = at + 1;
  if (in_.looking_at("("))
    in_.fail(at, end, R"(expected a space before "("; to search for a parenthesis put the text in quotes)", {" "});
  in_.fail(at, in_.word_end(at), "expected a space after " + after + ", found " + in_.found(at, in_.word_end(at)),
           {" "});
}

void ValueParser::expect_end_of(const Bare& bare, bool in_list) const {
  const auto at = in_.at();
  if (in_.looking_at("\""))
    in_.fail(at, at + 1, "a quote may only open a text: put all of it in quotes, or write \\\"");
  expect_separator(in_.found(bare.begin, bare.end), in_list);
}

std::string ValueParser::describe(const ast::FieldRef& field) const {
  return '"' + (field.field == ast::Field::attribute ? "attr." + field.name : std::string{name_of(field.field)}) + '"';
}

std::vector<ast::Value> ValueParser::of(const ast::FieldRef& field, ast::Op op) {
  Context context{field, op, false};
  if (in_.looking_at("(")) {
    if (op != ast::Op::match && op != ast::Op::equal)
      in_.fail(in_.at(), in_.at() + 1, "a list is not possible with an order; use \":\" or \"=\"");
    context.in_list = true;
    return list(context);
  }
  std::vector<ast::Value> values;
  value(context, values);
  return values;
}

std::vector<ast::Value> ValueParser::list(const Context& context) {
  const auto begin = in_.at();
  const auto not_closed = [&] { in_.fail(begin, begin + 1, "\"(\" is not closed", {")"}); };
  in_.take("(");
  in_.skip_space();
  if (in_.looking_at(")")) in_.fail(in_.at(), in_.at() + 1, "empty list; write at least one value", {"a value"});
  std::vector<ast::Value> values;
  for (;;) {
    in_.skip_space();
    if (in_.at_end()) not_closed();
    refuse_in_list();
    if (!value(context, values))
      in_.fail(in_.at() - 1, in_.at(), "a \"*\" alone is not allowed in a list: it is every value; write exists:NAME");
    in_.skip_space();
    if (in_.take(")")) break;
    if (in_.at_end()) not_closed();
    std::size_t bytes = 0;
    if (in_.take(",")) continue;
    if (in_.keyword(bytes) == Keyword::op_or) {
      in_.go_to(in_.at() + bytes);
      continue;
    }
    in_.fail(in_.at(), in_.word_end(in_.at()), "expected \"or\", \",\" or \")\" in the list", {"or", ",", ")"});
  }
  expect_separator("\")\"");
  return values;
}

void ValueParser::refuse_in_list() const {
  std::size_t bytes = 0;
  const auto at = in_.at();
  const auto word = in_.keyword(bytes);
  if (in_.looking_at(")") || in_.looking_at(",") || word == Keyword::op_or)
    in_.fail(at, at + std::max<std::size_t>(bytes, 1), "expected a value in the list", {"a value"});
  const auto second = in_.rest().substr(0, 2);
  const bool sign =
      in_.looking_at("!") || (in_.looking_at("-") && (second.size() < 2 || !(is_digit(second[1]) || second[1] == '.')));
  if (word != Keyword::none || sign || in_.looking_at("("))
    in_.fail(at, at + std::max<std::size_t>(bytes, 1),
             "a list holds values with \"or\" between them, nothing else; to search for the character put the text in "
             "quotes",
             {"a value"});
}

// False for a lone star.
bool ValueParser::value(const Context& context, std::vector<ast::Value>& into) {
  const auto begin = in_.at();
  if (in_.looking_at("\"")) {
    auto text = in_.phrase();
    expect_separator("the text", context.in_list);
    into.push_back(of_phrase(context, std::move(text), begin));
    return true;
  }
  const auto kind = kind_of(context.field.field);
  if (context.op == ast::Op::match && in_.looking_at("/") && !in_.is_path(context.in_list)) {
    if (!is_texty(kind) && kind != Kind::attribute)
      in_.fail(begin, begin + 1,
               describe(context.field) +
                   (kind == Kind::level  ? " is a level"
                    : kind == Kind::time ? " is a time"
                                         : " is a whole number") +
                   "; regular expressions do not apply");
    into.emplace_back(regex(context.in_list));
    return true;
  }
  in_.refuse_quotes();
  const auto bare = in_.bare(context.in_list);
  expect_end_of(bare, context.in_list);
  if (context.op == ast::Op::match && bare.lone_star()) return false;
  into.push_back(of_bare(context, bare));
  return true;
}

ast::Regex ValueParser::regex(bool in_list) {
  const auto begin = in_.at();
  auto regex = in_.regex();
  const auto end = in_.at();
  if (!in_.at_separator(in_list)) {
    auto letters = in_.between(end, in_.word_end(end));
    if (in_list) letters = letters.substr(0, letters.find(','));
    const bool flag = std::all_of(letters.begin(), letters.end(), is_letter);
    if (flag)
      in_.fail(end, end + 1, "unknown regular expression flag " + in_.found(end, end + 1) + "; there are i, m and s",
               {"i", "m", "s"});
    expect_separator("the regular expression", in_list);
  }
  if (++regexes_ > max_regexes)
    in_.fail(begin, end, "more than " + std::to_string(max_regexes) + " regular expressions");
  if (const auto compiled = compile(regex); !compiled) in_.fail(begin, end, compiled.error().text);
  return regex;
}

ast::Value ValueParser::of_phrase(const Context& context, std::string text, std::size_t begin) const {
  const auto kind = kind_of(context.field.field);
  if (kind == Kind::text && context.op == ast::Op::match && text.empty())
    in_.fail(begin, in_.at(),
             "empty text: it would match every record that has the field; write exists:NAME, or =\"\"");
  if (is_texty(kind) || (kind == Kind::attribute && (context.op == ast::Op::match || context.op == ast::Op::equal)))
    return ast::Text{std::move(text)};
  return scalar(context.field, text, begin, in_.at());
}

ast::Value ValueParser::of_bare(const Context& context, const Bare& bare) const {
  const auto kind = kind_of(context.field.field);
  if (is_texty(kind)) return of_text(context, bare);
  if (kind == Kind::attribute) return of_attribute(context, bare);
  if (bare.wild && context.op == ast::Op::match) {
    const std::string what = kind == Kind::level  ? " is a level"
                             : kind == Kind::time ? " is a time"
                                                  : " is a whole number";
    const std::string instead = kind == Kind::level ? "; use level>=... or level_name" : "; use a range";
    in_.fail(bare.begin, bare.end, describe(context.field) + what + "; wildcards do not apply" + instead);
  }
  const auto dots = bare.plain.find("..");
  if (context.op == ast::Op::match && dots != bare.plain.npos && !bare.escaped) return range(context.field, bare, dots);
  return scalar(context.field, bare.plain, bare.begin, bare.end);
}

ast::Value ValueParser::of_text(const Context& context, const Bare& bare) const {
  if (bare.wild && context.op == ast::Op::match) return ast::Pattern{bare.parts};
  return ast::Text{bare.plain};
}

// With ":" and "=" an attribute's literal is a text, which says by itself whether it is a quantity, too.
ast::Value ValueParser::of_attribute(const Context& context, const Bare& bare) const {
  if (context.op != ast::Op::match && context.op != ast::Op::equal) return quantity(bare.plain, bare.begin, bare.end);
  const auto dots = bare.plain.find("..");
  if (context.op == ast::Op::equal || bare.wild || bare.escaped || dots == bare.plain.npos)
    return of_text(context, bare);
  const std::string_view text = bare.plain;
  const auto is_end = [](std::string_view end) { return end.empty() || parse_measure(end); };
  const auto low = text.substr(0, dots), high = text.substr(dots + 2);
  if ((low.empty() && high.empty()) || !is_end(low) || !is_end(high)) return of_text(context, bare);
  return range(context.field, bare, dots);
}

ast::Value ValueParser::range(const ast::FieldRef& field, const Bare& bare, std::size_t dots) const {
  const std::string_view text = bare.plain;
  const auto low = text.substr(0, dots), high = text.substr(dots + 2);
  if (low.empty() && high.empty())
    in_.fail(bare.begin, bare.end, "a range needs at least one end: 5.. or ..5", {"a value"});
  ast::Range range;
  if (!low.empty()) range.low = scalar(field, low, bare.begin, bare.begin + dots);
  if (!high.empty()) range.high = scalar(field, high, bare.begin + dots + 2, bare.end);
  if (!range.low || !range.high) return range;
  const auto wrong_order = [&] {
    in_.fail(bare.begin, bare.end,
             "the range is empty: " + in_.found(bare.begin, bare.begin + dots) + " is above " +
                 in_.found(bare.begin + dots + 2, bare.end));
  };
  if (const auto* from = std::get_if<ast::Number>(&*range.low);
      from && from->value > std::get<ast::Number>(*range.high).value)
    wrong_order();
  if (field.field == ast::Field::attribute) {
    const auto from = *parse_measure(low), to = *parse_measure(high);
    if (from.kind != to.kind)
      in_.fail(bare.begin, bare.end,
               "the ends of the range have to be of one kind: both numbers, sizes, durations or times");
    if (from.amount > to.amount) wrong_order();
  }
  return range;
}

ast::Scalar ValueParser::scalar(const ast::FieldRef& field, std::string_view text, std::size_t begin,
                                std::size_t end) const {
  switch (kind_of(field.field)) {
    case Kind::level: return level(text, begin, end);
    case Kind::number: return number(field, text, begin, end);
    case Kind::time: return time(text, begin, end);
    default: return quantity(text, begin, end);
  }
}

ast::Number ValueParser::number(const ast::FieldRef& field, std::string_view text, std::size_t begin,
                                std::size_t end) const {
  std::int64_t value = 0;
  const auto digits = text.substr(text.starts_with('+') ? 1 : 0);
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool whole = stop == digits.data() + digits.size() && !digits.empty();
  if (error == std::errc{} && whole && !text.starts_with("+-")) return {value};
  if (error == std::errc::result_out_of_range && whole)
    in_.fail(begin, end, in_.found(begin, end) + " does not fit into 64 bits");
  std::string message = describe(field) + " is a whole number, found " + in_.found(begin, end);
  if (field.field == ast::Field::thread) message += "; names are in thread_name";
  if (field.field == ast::Field::process) message += "; names are in process_name";
  in_.fail(begin, end, std::move(message), {"a whole number"});
}

ast::Number ValueParser::level(std::string_view text, std::size_t begin, std::size_t end) const {
  if (const auto known = find_level(text)) return {*known};
  std::int64_t value = 0;
  const auto digits = text.substr(text.starts_with('+') ? 1 : 0);
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error == std::errc{} && stop == digits.data() + digits.size() && !text.starts_with("+-")) return {value};
  auto near = nearest_levels(text);
  std::string message = "unknown level " + in_.found(begin, end);
  for (std::size_t i = 0; i < near.size(); ++i) message += (i == 0 ? "; nearest: " : ", ") + near[i];
  in_.fail(begin, end, message + "; levels: " + level_names() + "; a level of your own is its number or level_name",
           {"a level"}, std::move(near));
}

ast::Time ValueParser::time(std::string_view text, std::size_t begin, std::size_t end) const {
  if (auto time = parse_time(text)) return *time;
  std::string message = in_.found(begin, end) + " is not a time; ";
  const bool number = !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
  if (number)
    message += "a duration needs a unit (" + std::string{text.substr(0, 1)} + "h), seconds since 1970 an @ (@" +
               std::string{text.substr(0, 20)} + ')';
  else
    message += "write one like 2h, today, 10:30, 2026-11-22 or 2026-11-22T10:30";
  in_.fail(begin, end, std::move(message), {"a time"});
}

ast::Quantity ValueParser::quantity(std::string_view text, std::size_t begin, std::size_t end) const {
  if (parse_measure(text)) return {std::string{text}};
  in_.fail(begin, end, "expected a number, size, duration or time to compare with, found " + in_.found(begin, end),
           {"a number", "a size", "a duration", "a time"});
}

ast::Value ValueParser::clock() {
  const ast::FieldRef received{ast::Field::received, {}};
  if (in_.looking_at("(")) in_.fail(in_.at(), in_.at() + 1, "a list is not possible with since and until");
  std::vector<ast::Value> values;
  const auto begin = in_.at();
  // The same refusals as `received:`, but a span is no range here.
  if (!value({received, ast::Op::match, false}, values))
    in_.fail(begin, in_.at(), "\"received\" is a time; wildcards do not apply; leave it out");
  if (std::holds_alternative<ast::Range>(values.front()))
    in_.fail(begin, in_.at(), in_.found(begin, in_.at()) + " is not a time; a range is written received:FROM..TO");
  return std::move(values.front());
}

}  // namespace psherald::query
