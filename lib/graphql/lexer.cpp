#include "graphql/lexer.hpp"

#include <algorithm>
#include <vector>

#include "record/utf8.hpp"

namespace psherald::graphql {
namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool starts_name(char c) noexcept { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool in_name(char c) noexcept { return starts_name(c) || is_digit(c); }

int hex_value(char c) noexcept {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_surrogate(char32_t c) noexcept { return c >= 0xD800 && c <= 0xDFFF; }

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines{std::string{}};
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    if (text[i] == '\n' || text[i] == '\r')
      lines.emplace_back();
    else
      lines.back() += text[i];
  }
  return lines;
}

bool blank(const std::string& line) { return line.find_first_not_of(" \t") == line.npos; }

}  // namespace

std::string Token::described() const {
  constexpr std::size_t most_shown = 100;
  const auto quoted = '"' + std::string{cut_utf8(text, most_shown)} + '"';
  switch (kind) {
    case Kind::end: return "<EOF>";
    case Kind::punctuator: return quoted;
    case Kind::name: return "Name " + quoted;
    case Kind::integer: return "Int " + quoted;
    case Kind::real: return "Float " + quoted;
    case Kind::string: return "String " + quoted;
  }
  return quoted;
}

void Lexer::refuse(std::size_t at, std::string message) const {
  throw SyntaxError{static_cast<At>(at), std::move(message)};
}

void Lexer::skip_ignored() {
  if (at_ == 0 && source_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  while (at_ < source_.size()) {
    if (source_[at_] == '#') {
      at_ = std::min(source_.find_first_of("\r\n", at_), source_.size());
    } else if (std::string_view{" \t\r\n,"}.find(source_[at_]) != std::string_view::npos) {
      ++at_;
    } else {
      return;
    }
  }
}

Token Lexer::next() {
  skip_ignored();
  if (at_ >= source_.size()) return {Token::Kind::end, static_cast<At>(source_.size()), "<EOF>"};
  const char c = peek();
  if (starts_name(c)) return name();
  if (is_digit(c) || c == '-') return number();
  if (c == '"') return source_.substr(at_).starts_with(R"(""")") ? block_string() : string();
  const auto start = at_;
  if (source_.substr(at_).starts_with("...")) {
    at_ += 3;
    return {Token::Kind::punctuator, static_cast<At>(start), "..."};
  }
  if (c == '\0' || std::string_view{"!$&():=@[]{|}"}.find(c) == std::string_view::npos)
    refuse(at_, "A character stands here that GraphQL does not know.");
  ++at_;
  return {Token::Kind::punctuator, static_cast<At>(start), std::string(1, c)};
}

Token Lexer::name() {
  const auto start = at_;
  while (in_name(peek())) ++at_;
  return {Token::Kind::name, static_cast<At>(start), std::string{source_.substr(start, at_ - start)}};
}

std::size_t Lexer::digits(std::size_t from) const {
  auto end = from;
  while (end < source_.size() && is_digit(source_[end])) ++end;
  if (end == from) refuse(from, "A digit is expected here.");
  return end;
}

Token Lexer::number() {
  const auto start = at_;
  auto kind = Token::Kind::integer;
  if (peek() == '-') ++at_;
  if (peek() == '0') {
    ++at_;
    if (is_digit(peek())) refuse(at_, "A number does not begin with 0 and a digit.");
  } else {
    at_ = digits(at_);
  }
  if (peek() == '.') {
    kind = Token::Kind::real;
    at_ = digits(at_ + 1);
  }
  if (peek() == 'e' || peek() == 'E') {
    kind = Token::Kind::real;
    ++at_;
    if (peek() == '+' || peek() == '-') ++at_;
    at_ = digits(at_);
  }
  if (peek() == '.' || starts_name(peek())) refuse(at_, "A number ends here, and something else has to stand apart.");
  return {kind, static_cast<At>(start), std::string{source_.substr(start, at_ - start)}};
}

Token Lexer::string() {
  const auto start = at_++;
  std::string text;
  for (;;) {
    const char c = peek();
    if (at_ >= source_.size() || c == '\n' || c == '\r') refuse(at_, "This string does not end.");
    if (c == '"') break;
    if (c == '\\') {
      escape(text);
    } else {
      text += c;
      ++at_;
    }
  }
  ++at_;
  return {Token::Kind::string, static_cast<At>(start), std::move(text)};
}

void Lexer::escape(std::string& out) {
  const auto start = at_;
  static constexpr std::string_view letters = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
  const char c = peek(1);
  at_ += 2;
  if (const auto found = letters.find(c); c != '\0' && found != letters.npos) {
    out += meanings[found];
    return;
  }
  if (c != 'u') refuse(start, "This escape is not known.");
  char32_t code_point = peek() == '{' ? braced_code_point() : four_digits();
  if (code_point >= 0xD800 && code_point <= 0xDBFF && peek() == '\\' && peek(1) == 'u') {
    at_ += 2;
    const auto low = four_digits();
    if (low < 0xDC00 || low > 0xDFFF) refuse(start, "This is half of a character.");
    code_point = 0x10000 + ((code_point & 0x3FF) << 10) + (low & 0x3FF);
  }
  if (is_surrogate(code_point) || code_point > 0x10FFFF) refuse(start, "There is no such character.");
  append_code_point(out, code_point);
}

char32_t Lexer::braced_code_point() {
  const auto start = at_++;
  char32_t number = 0;
  std::size_t count = 0;
  for (; hex_value(peek()) >= 0 && count < 8; ++at_, ++count)
    number = number * 16 + static_cast<char32_t>(hex_value(peek()));
  if (peek() != '}' || count == 0) refuse(start, "Hexadecimal digits and a brace are expected here.");
  ++at_;
  return number;
}

char32_t Lexer::four_digits() {
  char32_t number = 0;
  const auto escape = at_ - 2;
  for (int i = 0; i < 4; ++i, ++at_) {
    const int digit = hex_value(peek());
    if (digit < 0) refuse(escape, "Four hexadecimal digits are expected here.");
    number = number * 16 + static_cast<char32_t>(digit);
  }
  return number;
}

Token Lexer::block_string() {
  const auto start = at_;
  at_ += 3;
  std::string raw;
  for (;;) {
    if (at_ >= source_.size()) refuse(at_, "This string does not end.");
    const auto rest = source_.substr(at_);
    if (rest.starts_with(R"(""")")) break;
    const bool escaped = rest.starts_with(R"(\""")");
    raw += escaped ? std::string_view{R"(""")"} : rest.substr(0, 1);
    at_ += escaped ? 4 : 1;
  }
  at_ += 3;
  return {Token::Kind::string, static_cast<At>(start), block_string_value(raw)};
}

std::string block_string_value(std::string_view raw) {
  auto lines = lines_of(raw);
  auto indent = std::string::npos;
  for (std::size_t i = 1; i < lines.size(); ++i) indent = std::min(indent, lines[i].find_first_not_of(" \t"));
  if (indent != std::string::npos)
    for (std::size_t i = 1; i < lines.size(); ++i) lines[i].erase(0, indent);
  auto first = std::find_if_not(lines.begin(), lines.end(), blank);
  auto last = lines.end();
  while (last != first && blank(*std::prev(last))) --last;
  std::string text;
  for (auto line = first; line != last; ++line) text += (line == first ? "" : "\n") + *line;
  return text;
}

}  // namespace psherald::graphql
