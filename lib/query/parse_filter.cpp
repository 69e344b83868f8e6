#include <algorithm>
#include <array>

#include "query/fields.hpp"
#include "query/lexer.hpp"
#include "query/parse_values.hpp"

namespace psherald {
namespace query {
namespace {

using ast::Field;
using ast::Node;
using ast::Op;

constexpr const char* unexpected_parenthesis = "unexpected \")\"; to search for a parenthesis put the text in quotes";
constexpr std::size_t max_terms = 500, max_depth = 50;

struct Operator {
  Op op = Op::match;
  bool negated = false;
  std::size_t bytes = 0;
  explicit operator bool() const noexcept { return bytes != 0; }
};

constexpr bool is_order(Op op) noexcept { return op != Op::match && op != Op::equal; }

// `:` and what may come with it. `::` and `://` are no operators.
Operator operator_of(std::string_view text) {
  struct Row {
    std::string_view sign;
    Op op;
    bool negated = false;
  };
  static constexpr std::array rows{
      Row{":<=", Op::less_equal},   Row{":>=", Op::greater_equal}, Row{":<", Op::less},  Row{":>", Op::greater},
      Row{":=", Op::equal},         Row{"!=", Op::equal, true},    Row{"==", Op::equal}, Row{"<=", Op::less_equal},
      Row{">=", Op::greater_equal}, Row{":", Op::match},           Row{"=", Op::equal},  Row{"<", Op::less},
      Row{">", Op::greater}};
  if (text.starts_with("::") || text.starts_with("://")) return {};
  for (const auto& row : rows)
    if (text.starts_with(row.sign)) return {row.op, row.negated, row.sign.size()};
  return {};
}

std::string lower_case(std::string_view text) {
  std::string lower{text};
  for (auto& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  return lower;
}
bool is_any_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

Node negated(Node node) {
  if (auto* inner = std::get_if<ast::Not>(&node.is)) {
    Node positive = std::move(inner->of.front());
    return positive;
  }
  ast::Not negation;
  negation.of.push_back(std::move(node));
  return {std::move(negation)};
}

// Nested equal operators become one.
template <class Operator>
void add(std::vector<Node>& parts, Node node) {
  auto* same = std::get_if<Operator>(&node.is);
  if (!same) return parts.push_back(std::move(node));
  auto inner = std::move(same->of);
  std::move(inner.begin(), inner.end(), std::back_inserter(parts));
}
template <class Operator>
Node joined(std::vector<Node> parts) {
  if (parts.size() == 1) return std::move(parts.front());
  return {Operator{std::move(parts)}};
}

// A field's name as typed.
struct Name {
  std::size_t begin = 0, end = 0;
  std::string text{};
  bool has_phrase = false;  // attr."..."
};

class Parser {
 public:
  explicit Parser(std::string_view text) : in_{text}, values_{in_} {}

  Filter parse() {
    in_.skip_space();
    Filter filter;
    if (!in_.at_end()) filter.root = alternatives("");
    if (!in_.at_end()) in_.fail(in_.at(), in_.at() + 1, unexpected_parenthesis);
    filter.notes = std::move(notes_);
    return filter;
  }

 private:
  // One level deeper for as long as it lives.
  class Deeper {
   public:
    Deeper(Parser& parser, std::size_t at) : depth_{parser.depth_} {
      if (depth_ == max_depth)
        parser.in_.fail(at, at + 1, "the filter is nested deeper than " + std::to_string(max_depth) + " levels");
      ++depth_;
    }
    Deeper(const Deeper&) = delete;
    ~Deeper() { --depth_; }

   private:
    std::size_t& depth_;
  };

  void note(std::size_t begin, std::size_t end, std::string message) {
    const auto column = in_.column(begin);
    notes_.push_back({column, in_.column(end) - column, std::move(message)});
  }

  // `after` is the word behind which a term has to come; empty at the start and within parentheses.
  Node alternatives(std::string_view after) {
    std::vector<Node> parts;
    const auto begin = in_.at();
    bool mixed = false;
    for (std::string operator_text{after};;) {
      auto all = conjunction(operator_text);
      mixed |= all.size() > 1;
      add<ast::Or>(parts, joined<ast::And>(std::move(all)));
      if (!take(Keyword::op_or, operator_text)) break;
    }
    const bool alone = parts.size() == 1;
    auto node = joined<ast::Or>(std::move(parts));
    if (mixed && !alone) note(begin, in_.at(), "read as " + print(node) + "; parentheses make it plain");
    return node;
  }

  std::vector<Node> conjunction(std::string_view after) {
    std::vector<Node> parts;
    for (std::string operator_text{after};;) {
      add<ast::And>(parts, unary(operator_text));
      operator_text.clear();
      if (take(Keyword::op_and, operator_text)) continue;
      std::size_t bytes = 0;
      if (in_.at_end() || in_.looking_at(")") || in_.keyword(bytes) == Keyword::op_or) return parts;
    }
  }

  bool take(Keyword wanted, std::string& operator_text) {
    in_.skip_space();
    std::size_t bytes = 0;
    if (in_.keyword(bytes) != wanted) return false;
    operator_text = in_.between(in_.at(), in_.at() + bytes);
    in_.go_to(in_.at() + bytes);
    return true;
  }

  Node unary(std::string_view after) {
    in_.skip_space();
    const auto begin = in_.at();
    std::size_t bytes = 0;
    const auto word = in_.keyword(bytes);
    if (in_.at_end() || in_.looking_at(")") || word == Keyword::op_or || word == Keyword::op_and) no_term(after, bytes);
    if (word == Keyword::op_not) {
      const Deeper deeper{*this, begin};
      in_.go_to(begin + bytes);
      return negated(unary(in_.between(begin, begin + bytes)));
    }
    if (!in_.looking_at("-") && !in_.looking_at("!")) return primary();
    const Deeper deeper{*this, begin};
    in_.go_to(begin + 1);
    const auto sign = in_.found(begin, begin + 1);
    if (in_.looking_at("-") || in_.looking_at("!"))
      in_.fail(begin, begin + 2,
               in_.found(begin, begin + 2) + ": one sign negates; to search for the text put it in quotes");
    if (in_.at_separator()) in_.fail(begin, begin + 1, "expected a term right after " + sign, {"a term"});
    if (in_.keyword(bytes) != Keyword::none)
      in_.fail(in_.at(), in_.at() + bytes,
               "expected a term right after " + sign + ", found " + in_.found(in_.at(), in_.at() + bytes), {"a term"});
    return negated(primary());
  }

  [[noreturn]] void no_term(std::string_view after, std::size_t bytes) {
    const auto at = in_.at();
    if (!after.empty()) in_.fail(at, at + bytes, "expected a term after \"" + std::string{after} + '"', {"a term"});
    if (bytes == 0) in_.fail(at, at + 1, unexpected_parenthesis);
    in_.fail(at, at + bytes,
             "expected a term, found " + in_.found(at, at + bytes) + "; to search for the word put it in quotes",
             {"a term"});
  }

  Node primary() {
    if (in_.looking_at("(")) return group();
    if (++terms_ > max_terms) too_many();
    const auto begin = in_.at();
    if (in_.looking_at("\"")) {
      auto text = in_.phrase();
      values_.expect_separator("the text");
      if (text.empty()) in_.fail(begin, in_.at(), "empty text: it would match every record; a lone * does");
      return {ast::Term{{Field::text, {}}, Op::match, {ast::Text{std::move(text)}}}};
    }
    if (in_.looking_at("/") && !in_.is_path(false))
      return {ast::Term{{Field::text, {}}, Op::match, {values_.regex(false)}}};
    in_.refuse_quotes();
    if (in_.looking_at("|") && in_.word_end(begin) == begin + 1)
      in_.fail(begin, begin + 1,
               R"("|": pipes are not part of the filter; to search for the character put it in quotes)");
    if (in_.looking_at("<") || in_.looking_at(">") || in_.looking_at("="))
      in_.fail(
          begin, begin + 1,
          "expected a term, found " + in_.found(begin, begin + 1) + "; to search for the character put it in quotes",
          {"a term"});
    if (const auto name = take_name(); !name.text.empty()) {
      if (const auto op = operator_of(in_.rest())) return comparison(name, op);
      if (const auto op = distant_operator(name)) return comparison(name, op);
      if (name.has_phrase)
        in_.fail(in_.at(), in_.at(), "expected an operator such as \":\" after the attribute", {":"});
      in_.go_to(begin);
    }
    return word();
  }

  [[noreturn]] void too_many() {
    in_.fail(in_.at(), in_.word_end(in_.at()), "the filter has more than " + std::to_string(max_terms) + " terms");
  }

  Node group() {
    const auto begin = in_.at();
    const Deeper deeper{*this, begin};
    in_.take("(");
    in_.skip_space();
    if (in_.looking_at(")"))
      in_.fail(begin, in_.at() + 1, "empty parentheses; to search for them put them in quotes", {"a term"});
    if (in_.at_end()) not_closed(begin);
    auto node = alternatives("");
    if (!in_.take(")")) not_closed(begin);
    values_.expect_separator("\")\"");
    return node;
  }
  [[noreturn]] void not_closed(std::size_t begin) {
    in_.fail(begin, begin + 1, R"("(" is not closed; to search for a parenthesis put the text in quotes)", {")"});
  }

  Node word() {
    auto bare = in_.bare(false);
    values_.expect_end_of(bare);
    if (bare.lone_star()) return {ast::All{}};
    ast::Value value = ast::Text{bare.plain};
    if (bare.wild) value = ast::Pattern{std::move(bare.parts)};
    return {ast::Term{{Field::text, {}}, Op::match, {std::move(value)}}};
  }

  // The name that stands here, and goes behind it; an empty one when there is none.
  Name take_name() {
    Name name;
    name.begin = in_.at();
    name.text = in_.name();
    in_.go_to(name.begin + name.text.size());
    const bool attribute = lower_case(name.text.substr(0, 5)) == "attr." && name.text.back() == '.';
    if (attribute && in_.looking_at("\"")) {
      name.has_phrase = true;
      name.text += in_.phrase();
      const auto tail = name_tail();
      name.text += tail;
    }
    name.end = in_.at();
    return name;
  }
  std::string name_tail() {
    const auto begin = in_.at();
    for (std::string_view more = in_.name(); !more.empty() || in_.looking_at("."); more = in_.name())
      in_.go_to(in_.at() + std::max<std::size_t>(more.size(), 1));
    return std::string{in_.between(begin, in_.at())};
  }

  // Before a comparison white space may stand if the name is known; before ":" never.
  Operator distant_operator(const Name& name) {
    const auto behind = in_.at();
    const bool known = name.has_phrase || find_field(name.text) || lower_case(name.text).starts_with("attr.");
    if (!known || in_.at_end() || !in_.at_separator()) return {};
    in_.skip_space();
    const auto op = operator_of(in_.rest());
    if (op && in_.looking_at(":")) in_.fail(in_.at(), in_.at() + 1, "no space is allowed before \":\"");
    if (!op) in_.go_to(behind);
    return op;
  }

  Node comparison(const Name& name, Operator op) {
    const auto lower = lower_case(name.text);
    const auto sign = in_.at();
    if (is_any_of(lower, {"exists", "has"})) return colon_only(name, op), existence();
    if (is_any_of(lower, {"since", "until"})) return colon_only(name, op), clock(lower == "since");
    auto field = resolved(name);
    const auto kind = kind_of(field.field);
    const bool ordered = kind == Kind::number || kind == Kind::level || kind == Kind::time || kind == Kind::attribute;
    if (!ordered && is_order(op.op) && in_.looking_at(":")) op = {Op::match, false, 1};
    in_.go_to(sign + op.bytes);
    if (field.field == Field::text && op.op != Op::match)
      in_.fail(sign, sign + op.bytes, R"("text" takes ":" only; message, exception and stack can be compared)", {":"});
    if (!ordered && is_order(op.op))
      in_.fail(sign, sign + op.bytes, in_.found(name.begin, name.end) + R"( has no order; use ":" or "=")",
               {":", "=", "!="});
    in_.skip_space();
    if (in_.at_end() || in_.looking_at(")"))
      in_.fail(in_.at(), in_.at(),
               "expected a value after \"" + std::string{in_.between(name.begin, sign + op.bytes)} + '"', {"a value"});
    auto node = values_of(std::move(field), op.op);
    return op.negated ? negated(std::move(node)) : node;
  }

  Node values_of(ast::FieldRef field, Op op) {
    auto values = values_.of(field, op);
    terms_ += values.size() - (values.empty() ? 0 : 1);
    if (terms_ > max_terms) too_many();
    // No value: that was a lone star.
    if (values.empty()) return field.field == Field::text ? Node{} : Node{ast::Exists{std::move(field)}};
    const auto kind = kind_of(field.field);
    if (op == Op::equal && (kind == Kind::number || kind == Kind::level || kind == Kind::time)) op = Op::match;
    return {ast::Term{std::move(field), op, std::move(values)}};
  }

  void colon_only(const Name& name, Operator op) {
    if (!in_.looking_at(":") || op.op == Op::equal)
      in_.fail(in_.at(), in_.at() + op.bytes, in_.found(name.begin, name.end) + " takes \":\" only", {":"});
    in_.take(":");
    in_.skip_space();
  }

  Node existence() {
    const auto name = take_name();
    if (name.text.empty() || !in_.at_separator())
      in_.fail(name.begin, in_.at(), "expected the name of a field after \"exists:\"", {"a field"});
    auto field = resolved(name);
    if (field.field == Field::text)
      in_.fail(name.begin, name.end,
               R"("text" is not a stored field; write exists:message, exists:exception or exists:stack)");
    return {ast::Exists{std::move(field)}};
  }

  Node clock(bool since) {
    const ast::FieldRef received{Field::received, {}};
    if (in_.at_end() || in_.looking_at(")"))
      in_.fail(in_.at(), in_.at(), since ? "expected a value after \"since:\"" : "expected a value after \"until:\"",
               {"a time"});
    return {ast::Term{received, since ? Op::greater_equal : Op::less, {values_.clock()}}};
  }

  // The field that a name means. @throws Failure when it means none.
  ast::FieldRef resolved(const Name& name) {
    const auto lower = lower_case(name.text);
    if (lower == "attr" || lower == "attr.")
      in_.fail(name.begin, name.end, "attr needs a name: attr.NAME", {"attr.NAME"});
    if (lower.starts_with("attr.")) return {Field::attribute, name.text.substr(5)};
    if (const auto field = find_field(lower)) return {*field, {}};
    if (is_any_of(lower, {"limit", "order", "sort", "fields", "page", "zone", "tz", "context", "group"}))
      not_part(name);
    const bool dotted =
        name.text.find('.') != name.text.npos && name.text.back() != '.' && name.text.find("..") == name.text.npos;
    if (!dotted) unknown_field(name);
    note(name.begin, name.end, name.text + " is read as attr." + name.text + "; a text is put in quotes");
    return {Field::attribute, name.text};
  }

  [[noreturn]] void not_part(const Name& name) {
    const auto lower = lower_case(name.text);
    const std::string what = lower == "limit" ? "set the number of records beside it" : "set it beside it";
    in_.fail(name.begin, name.end,
             in_.found(name.begin, name.end) + " is not part of the filter: " + what + "; a text is put in quotes");
  }

  [[noreturn]] void unknown_field(const Name& name) {
    auto near = nearest_fields(name.text);
    std::string message = "unknown field " + in_.found(name.begin, name.end);
    for (std::size_t i = 0; i < near.size(); ++i) message += (i == 0 ? "; nearest: " : ", ") + near[i];
    auto shown = in_.found(name.begin, name.end);
    shown = shown.substr(1, shown.size() - 2);
    in_.fail(name.begin, name.end,
             message + "; an extra attribute is written attr." + shown + ", a text is put in quotes", {"a field"},
             std::move(near));
  }

  Lexer in_;
  ValueParser values_;
  std::vector<Note> notes_{};
  std::size_t terms_ = 0, depth_ = 0;
};

}  // namespace
}  // namespace query

Result<Filter, QueryFault> parse_filter(std::string_view text) try {
  return query::Parser{text}.parse();
} catch (query::Failure& failure) {
  return std::move(failure.fault);
}

Result<ast::FieldRef, QueryFault> parse_field(std::string_view name) {
  constexpr std::string_view before = "exists:";
  auto filter = parse_filter(std::string{before}.append(name));
  if (!filter) {
    auto fault = filter.error();
    fault.column -= std::min(fault.column - 1, before.size());
    return fault;
  }
  if (const auto* exists = std::get_if<ast::Exists>(&filter->root.is)) return exists->field;
  return QueryFault{{Errc::bad_query, "expected the name of one field"}, 1, name.size(), {"a field"}, {}};
}

}  // namespace psherald
