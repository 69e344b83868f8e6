#include <algorithm>
#include <array>

#include "psherald/filter.hpp"
#include "query/casefold.hpp"
#include "query/fields.hpp"
#include "query/lexer.hpp"
#include "query/quantity.hpp"
#include "query/times.hpp"

namespace psherald {
namespace query {
namespace {

using ast::Field;
using ast::Node;
using ast::Op;

bool is_letter_or_digit(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Shows as what it is, and separates nothing.
bool is_plain(char32_t c) noexcept {
  if (c < 0x80) return is_letter_or_digit(static_cast<char>(c)) || c == '_';
  return c >= 0xa1 && !is_space(c) && !is_invisible(c) && !is_curly_quote(c);
}
bool needs_code(char32_t c) noexcept { return is_control(c) || is_invisible(c); }

bool all_of(std::string_view text, const auto& condition) {
  while (!text.empty()) {
    const auto [c, bytes] = front_code_point(text);
    if (!condition(c)) return false;
    text.remove_prefix(bytes);
  }
  return true;
}
bool is_bare(std::string_view text, std::string_view signs) {
  if (text.empty() || !is_plain(front_code_point(text).value) || text.find("..") != text.npos) return false;
  for (const std::string_view word : {"or", "and", "not"})
    if (folded(text) == word) return false;
  return all_of(
      text, [&](char32_t c) { return is_plain(c) || (c < 0x80 && signs.find(static_cast<char>(c)) != signs.npos); });
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const auto [c, bytes] = front_code_point(text);
    if (c == '"' || c == '\\')
      (out += '\\') += static_cast<char>(c);
    else if (c == '\n')
      out += "\\n";
    else if (c == '\r')
      out += "\\r";
    else if (c == '\t')
      out += "\\t";
    else if (needs_code(c))
      out += escaped(c);
    else
      out += text.substr(0, bytes);
    text.remove_prefix(bytes);
  }
  return out + '"';
}

std::string word(std::string_view text) { return is_bare(text, ".@-") ? std::string{text} : in_quotes(text); }
std::string value_text(std::string_view text, const ast::FieldRef& field) {
  const bool number = field.field == Field::attribute && parse_number(text);
  return number || is_bare(text, ".@%+#/:-") ? std::string{text} : in_quotes(text);
}

std::string pattern_text(const ast::Pattern& pattern) {
  std::string out;
  for (const auto& part : pattern.parts) {
    if (const auto* wild = std::get_if<ast::Wild>(&part)) {
      out += *wild == ast::Wild::any_run ? '*' : '?';
      continue;
    }
    for (std::string_view text = std::get<std::string>(part); !text.empty();) {
      const auto [c, bytes] = front_code_point(text);
      if (is_plain(c))
        out += text.substr(0, bytes);
      else if (c >= ' ' && c < 0x7f)
        (out += '\\') += static_cast<char>(c);
      else
        out += escaped(c);
      text.remove_prefix(bytes);
    }
  }
  return out;
}

std::string regex_text(const ast::Regex& regex) {
  std::string out = "/";
  for (std::size_t i = 0; i < regex.pattern.size(); ++i) {
    const char c = regex.pattern[i];
    if (c == '/') out += '\\';
    out += c;
    if (c == '\\' && i + 1 < regex.pattern.size()) out += regex.pattern[++i];
  }
  out += '/';
  if (regex.ignore_case) out += 'i';
  if (regex.multi_line) out += 'm';
  if (regex.dot_all) out += 's';
  return out;
}

std::string quantity_text(const std::string& spelling) {
  return spelling.find(' ') == spelling.npos ? spelling : in_quotes(spelling);
}

std::string scalar_text(const ast::Scalar& scalar, const ast::FieldRef& field) {
  if (const auto* time = std::get_if<ast::Time>(&scalar)) return print_time(*time);
  if (const auto* quantity = std::get_if<ast::Quantity>(&scalar)) return quantity_text(quantity->spelling);
  const auto number = std::get<ast::Number>(scalar).value;
  const auto level = field.field == Field::level ? level_name_of(number) : std::string_view{};
  return level.empty() ? std::to_string(number) : std::string{level};
}

struct ValueText {
  const ast::FieldRef& field;
  bool is_word;  // stands alone, without a field
  std::string operator()(const ast::Text& text) const {
    return is_word ? word(text.value) : value_text(text.value, field);
  }
  std::string operator()(const ast::Pattern& pattern) const { return pattern_text(pattern); }
  std::string operator()(const ast::Regex& regex) const { return regex_text(regex); }
  std::string operator()(const ast::Scalar& scalar) const { return scalar_text(scalar, field); }
  std::string operator()(const ast::Range& range) const {
    const auto end = [&](const std::optional<ast::Scalar>& scalar) {
      return scalar ? scalar_text(*scalar, field) : "";
    };
    return end(range.low) + ".." + end(range.high);
  }
};

std::string field_text(const ast::FieldRef& field) {
  if (field.field != Field::attribute) return std::string{name_of(field.field)};
  const bool plain = !field.name.empty() && all_of(field.name, [](char32_t c) {
    return c >= 0x80 ? !is_space(c) && !needs_code(c) : is_plain(c) || c == '.' || c == '-' || c == '@' || c == '$';
  });
  return "attr." + (plain ? field.name : in_quotes(field.name));
}

std::string_view sign_of(Op op) noexcept {
  constexpr std::array<std::string_view, 6> signs{":", "=", "<", "<=", ">", ">="};
  return signs[static_cast<std::size_t>(op)];
}

std::string term_text(const ast::Term& term) {
  const bool one = term.any_of.size() == 1;
  if (one && term.field.field == Field::text) return std::visit(ValueText{term.field, true}, term.any_of.front());
  std::string out = field_text(term.field) + std::string{sign_of(term.op)};
  if (one && term.field.field == Field::received && term.op == Op::greater_equal) out = "since:";
  if (one && term.field.field == Field::received && term.op == Op::less) out = "until:";
  if (!one) out += '(';
  for (std::size_t i = 0; i < term.any_of.size(); ++i)
    (out += i == 0 ? "" : " or ") += std::visit(ValueText{term.field, false}, term.any_of[i]);
  return one ? out : out + ')';
}

std::string node_text(const Node& node, bool within);

template <class Operator>
std::string joined(const std::vector<Node>& parts, std::string_view separator) {
  std::string out;
  for (const auto& part : parts) {
    const bool same = std::holds_alternative<Operator>(part.is);
    (out += out.empty() ? "" : separator) += node_text(part, !same);
  }
  return out;
}

struct NodeText {
  bool within;  // another operator: so and/or need parentheses
  std::string operator()(const ast::All&) const { return "*"; }
  std::string operator()(const ast::Exists& exists) const { return "exists:" + field_text(exists.field); }
  std::string operator()(const ast::Term& term) const { return term_text(term); }
  std::string operator()(const ast::And& all) const {
    return all.of.empty() ? "*" : enclosed(joined<ast::And>(all.of, " "), all.of.size());
  }
  std::string operator()(const ast::Or& any) const {
    return any.of.empty() ? "-*" : enclosed(joined<ast::Or>(any.of, " or "), any.of.size());
  }
  std::string operator()(const ast::Not& negation) const {
    const auto& inner = negation.of.front();
    if (const auto* twice = std::get_if<ast::Not>(&inner.is)) return node_text(twice->of.front(), within);
    return '-' + node_text(inner, true);
  }
  std::string enclosed(std::string text, std::size_t parts) const {
    return within && parts > 1 ? '(' + std::move(text) + ')' : text;
  }
};

std::string node_text(const Node& node, bool within) { return std::visit(NodeText{within}, node.is); }

}  // namespace

std::string print(const ast::Node& root) { return node_text(root, false); }

}  // namespace query

std::string print(const Filter& filter) { return query::print(filter.root); }
std::string print(const ast::FieldRef& field) { return query::field_text(field); }

}  // namespace psherald
