#include "query/lexer.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "query/casefold.hpp"
#include "record/utf8.hpp"

namespace psherald::query {
namespace {

constexpr std::size_t max_filter_bytes = 16'384;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_beyond_ascii(char c) noexcept { return static_cast<unsigned char>(c) >= 0x80; }
bool is_punctuation(char c) noexcept { return c > ' ' && c < 0x7f && !is_digit(c) && !is_letter(c); }
bool is_any_of(char c, std::string_view set) noexcept { return set.find(c) != set.npos; }

void add_literal(Bare& bare, std::string_view text) {
  bare.plain += text;
  if (bare.parts.empty() || !std::holds_alternative<std::string>(bare.parts.back()))
    bare.parts.emplace_back(std::string{});
  std::get<std::string>(bare.parts.back()) += text;
}
void add_wildcard(Bare& bare, char sign) {
  bare.plain += sign;
  bare.wild = true;
  const auto wild = sign == '*' ? ast::Wild::any_run : ast::Wild::any_one;
  const bool again =
      wild == ast::Wild::any_run && !bare.parts.empty() && bare.parts.back() == decltype(bare.parts)::value_type{wild};
  if (!again) bare.parts.emplace_back(wild);
}

}  // namespace

bool is_space(char32_t c) noexcept {
  return (c >= 0x09 && c <= 0x0d) || c == 0x20 || c == 0x85 || c == 0xa0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}
bool is_invisible(char32_t c) noexcept {
  return c == 0x200b || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) || c == 0x2060 ||
         (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}
bool is_control(char32_t c) noexcept { return c < 0x20 || (c >= 0x7f && c <= 0x9f); }
bool is_curly_quote(char32_t c) noexcept {
  return (c >= 0x2018 && c <= 0x201f) || c == 0x2039 || c == 0x203a || c == 0xab || c == 0xbb;
}
std::string escaped(char32_t c) {
  std::array<char, 8> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), static_cast<std::uint32_t>(c), 16).ptr;
  return "\\u{" + std::string{digits.data(), end} + '}';
}

Lexer::Lexer(std::string_view text) : text_{text} { check(); }

void Lexer::check() const {
  if (text_.size() > max_filter_bytes)
    fail(0, 0, "the filter is longer than " + std::to_string(max_filter_bytes) + " bytes");
  for (std::size_t i = 0; i < text_.size();) {
    const auto [c, bytes] = front_code_point(text_.substr(i));
    if (bytes == 1 && c >= 0x80) fail(i, i + 1, "the filter is not valid UTF-8 here");
    if (bytes > 1 && !is_utf8(text_.substr(i, bytes))) fail(i, i + 1, "the filter is not valid UTF-8 here");
    if (is_control(c) && !is_space(c))
      fail(i, i + bytes, "control character " + escaped(c) + "; inside quotes write " + escaped(c));
    if (is_invisible(c)) {
      std::string name = escaped(c).substr(3);
      name.pop_back();
      std::transform(name.begin(), name.end(), name.begin(),
                     [](char x) { return x >= 'a' ? static_cast<char>(x - 'a' + 'A') : x; });
      fail(i, i + bytes, "invisible character U+" + name + "; inside quotes write " + escaped(c));
    }
    i += bytes;
  }
}

bool Lexer::take(std::string_view token) noexcept {
  if (!looking_at(token)) return false;
  at_ += token.size();
  return true;
}

void Lexer::skip_space() noexcept {
  while (!at_end()) {
    const auto [c, bytes] = front_code_point(rest());
    if (!is_space(c)) return;
    at_ += bytes;
  }
}

bool Lexer::at_separator(bool in_list) const noexcept {
  if (at_end()) return true;
  return rest().front() == ')' || (in_list && rest().front() == ',') || is_space(front_code_point(rest()).value);
}

Keyword Lexer::keyword(std::size_t& bytes) const noexcept {
  struct Row {
    std::string_view text;
    Keyword keyword;
  };
  static constexpr std::array rows{Row{"or", Keyword::op_or}, Row{"||", Keyword::op_or}, Row{"and", Keyword::op_and},
                                   Row{"&&", Keyword::op_and}, Row{"not", Keyword::op_not}};
  for (const auto& row : rows) {
    const auto here = rest().substr(0, row.text.size());
    if (!std::equal(here.begin(), here.end(), row.text.begin(), row.text.end(),
                    [](char a, char b) { return (is_letter(a) ? static_cast<char>(a | 0x20) : a) == b; }))
      continue;
    Lexer behind = *this;
    behind.at_ += here.size();
    if (!behind.at_separator() && !is_any_of(behind.rest().front(), "(\"")) continue;
    bytes = here.size();
    return row.keyword;
  }
  return Keyword::none;
}

std::string_view Lexer::name() const noexcept {
  const auto text = rest();
  std::size_t end = 0;
  while (end < text.size()) {
    const auto [c, bytes] = front_code_point(text.substr(end));
    const char ascii = text[end];
    const bool begins = ascii == '_' || is_letter(ascii) || (bytes > 1 && !is_space(c));
    if (!begins && (end == 0 || !(is_digit(ascii) || is_any_of(ascii, ".-@$")))) break;
    end += bytes;
  }
  return text.substr(0, end);
}

Bare Lexer::bare(bool in_list) {
  Bare bare;
  bare.begin = at_;
  while (!at_separator(in_list) && !is_any_of(rest().front(), "(\"")) {
    const char c = rest().front();
    if (c == '\\') {
      escape_in_bare(bare);
    } else if (c == '*' || c == '?') {
      add_wildcard(bare, c);
      ++at_;
    } else {
      const auto bytes = front_code_point(rest()).bytes;
      add_literal(bare, rest().substr(0, bytes));
      at_ += bytes;
    }
  }
  bare.end = at_;
  return bare;
}

void Lexer::escape_in_bare(Bare& bare) {
  const auto begin = at_;
  bare.escaped = true;
  if (take("\\u{")) {
    at_ = begin;
    std::string character;
    append_code_point(character, hex_escape(begin));
    return add_literal(bare, character);
  }
  if (begin + 1 == text_.size()) fail(begin, begin + 1, R"(nothing follows "\"; write \\ for a backslash)");
  const char c = text_[begin + 1];
  if (c != ' ' && !is_punctuation(c)) {
    const auto end = begin + 1 + front_code_point(text_.substr(begin + 1)).bytes;
    fail(begin, end, std::string{between(begin, end)} + " is not an escape; write \\\\ for a backslash");
  }
  add_literal(bare, text_.substr(begin + 1, 1));
  at_ = begin + 2;
}

// "\u{" and one to six hex digits and "}", from the backslash on.
char32_t Lexer::hex_escape(std::size_t begin) {
  const auto wrong = [&] { fail(begin, begin + 2, "expected \\u{...} with the 1 to 6 hex digits of a character"); };
  if (!take("\\u{")) wrong();
  std::uint32_t value = 0;
  const char* from = text_.data() + at_;
  const auto [end, error] = std::from_chars(from, text_.data() + text_.size(), value, 16);
  if (error != std::errc{} || end - from > 6 || value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) wrong();
  at_ += static_cast<std::size_t>(end - from);
  if (!take("}")) wrong();
  return value;
}

std::string Lexer::phrase() {
  const auto begin = at_++;
  std::string text;
  while (!at_end()) {
    const auto here = at_;
    const char c = text_[at_++];
    if (c == '"') return text;
    if (c != '\\') {
      text += c;
      continue;
    }
    if (at_end()) break;
    const char sign = text_[at_++];
    if (is_any_of(sign, "\"\\*?/")) {
      text += sign;
    } else if (sign == 'n' || sign == 'r' || sign == 't') {
      text += sign == 'n' ? '\n' : sign == 'r' ? '\r' : '\t';
    } else if (sign == 'u') {
      at_ = here;
      append_code_point(text, hex_escape(here));
    } else {
      const auto end = here + 1 + front_code_point(text_.substr(here + 1)).bytes;
      fail(here, end, std::string{between(here, end)} + R"( is not an escape; write \\ for a backslash)");
    }
  }
  fail(begin, begin + 1, "the quote is not closed", {"\""});
}

void Lexer::refuse_quotes() const {
  if (at_end()) return;
  const auto [c, bytes] = front_code_point(rest());
  if (c == '\'')
    fail(at_, at_ + 1, R"(text is quoted with double quotes; to search for an apostrophe at the start write \')",
         {"\""});
  if (is_curly_quote(c))
    fail(at_, at_ + bytes,
         found(at_, at_ + bytes) + R"( is not a quote of the filter; write "..." with straight double quotes)", {"\""});
}

bool Lexer::is_path(bool in_list) const noexcept {
  const auto of_path = [](char c) {
    return is_letter(c) || is_digit(c) || is_beyond_ascii(c) || is_any_of(c, "._~%@:-");
  };
  const auto is_flag = [](char c) { return is_any_of(c, "ims"); };
  Lexer end = *this;
  while (!end.at_separator(in_list)) {
    if (!of_path(end.rest().front()) && end.rest().front() != '/') return false;
    ++end.at_;
  }
  const auto word = between(at_, end.at_);
  for (std::size_t i = 1; i + 1 < word.size(); ++i) {
    const auto behind = word.substr(i + 1);
    if (word[i] == '/' && of_path(behind.front()) && !std::all_of(behind.begin(), behind.end(), is_flag)) return true;
  }
  return false;
}

ast::Regex Lexer::regex() {
  constexpr std::size_t max_bytes = 1'000;
  const auto begin = at_++;
  ast::Regex regex;
  for (;; ++at_) {
    if (at_end())
      fail(begin, begin + 1,
           "the regular expression is not closed; to search for a text that starts with \"/\" put it in quotes", {"/"});
    const char c = text_[at_];
    if (c == '/') break;
    if (c == '\\' && at_ + 1 < text_.size() && text_[++at_] != '/') regex.pattern += '\\';
    regex.pattern += text_[at_];
  }
  ++at_;
  if (regex.pattern.empty()) fail(begin, at_, R"(empty regular expression; to search for slashes put them in quotes)");
  if (regex.pattern.size() > max_bytes)
    fail(begin, at_, "the regular expression is longer than " + std::to_string(max_bytes) + " bytes");
  for (; !at_end(); ++at_) {
    const char c = text_[at_];
    if (c == 'i')
      regex.ignore_case = true;
    else if (c == 'm')
      regex.multi_line = true;
    else if (c == 's')
      regex.dot_all = true;
    else
      break;
  }
  return regex;
}

std::size_t Lexer::column(std::size_t position) const noexcept {
  std::size_t column = 1;
  for (std::size_t i = 0; i < position; ++column) i += front_code_point(text_.substr(i)).bytes;
  return column;
}

std::string Lexer::found(std::size_t begin, std::size_t end) const {
  constexpr int longest = 32;
  std::string text = "\"";
  auto left = between(begin, end);
  for (int i = 0; i < longest && !left.empty(); ++i) {
    const auto [c, bytes] = front_code_point(left);
    if (is_control(c))
      text += escaped(c);
    else
      text += left.substr(0, bytes);
    left.remove_prefix(bytes);
  }
  return text + (left.empty() ? "\"" : "...\"");
}

std::size_t Lexer::word_end(std::size_t begin) const noexcept {
  Lexer end = *this;
  for (end.at_ = begin; !end.at_separator();) end.at_ += front_code_point(end.rest()).bytes;
  return end.at_ == begin && begin < text_.size() ? begin + front_code_point(text_.substr(begin)).bytes : end.at_;
}

void Lexer::fail(std::size_t begin, std::size_t end, std::string message, std::vector<std::string> expected,
                 std::vector<std::string> nearest) const {
  QueryFault fault{{Errc::bad_query, std::move(message)}, column(begin), 0, std::move(expected), std::move(nearest)};
  fault.length = column(end) - fault.column;
  throw Failure{std::move(fault)};
}

}  // namespace psherald::query
