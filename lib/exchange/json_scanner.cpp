#include "exchange/json_scanner.hpp"

#include <charconv>

#include "record/utf8.hpp"

namespace psherald::exchange {
namespace {

bool is_hex(char c) noexcept { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

char32_t hex_at(std::string_view text, std::size_t at) {
  unsigned value = 0;
  const auto digits = text.substr(at, 4);
  std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  return value;
}

bool is_high(char32_t c) noexcept { return c >= 0xd800 && c < 0xdc00; }
bool is_low(char32_t c) noexcept { return c >= 0xdc00 && c < 0xe000; }

// Behind "\u": appends the code point, and returns how many characters of the text it took.
std::size_t append_escaped(std::string& out, std::string_view text, std::size_t at) {
  const char32_t high = hex_at(text, at);
  const bool pair = is_high(high) && text.substr(at + 4, 2) == "\\u" && is_low(hex_at(text, at + 6));
  append_code_point(out, pair ? 0x10000 + ((high - 0xd800) << 10) + (hex_at(text, at + 6) - 0xdc00) : high);
  return pair ? 10 : 4;
}

}  // namespace

bool JsonScanner::take(char c) noexcept {
  if (next() != c || at_ == text_.size()) return false;
  ++at_;
  return true;
}

void JsonScanner::skip_blanks() noexcept {
  while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r' || text_[at_] == '\n'))
    ++at_;
}

bool JsonScanner::scan_object(std::string_view text, const Visit& visit) {
  text_ = text;
  at_ = 0;
  skip_blanks();
  if (!take('{') || !members(&visit, 1)) return false;
  skip_blanks();
  return at_ == text_.size();
}

bool JsonScanner::members(const Visit* visit, int depth) {
  skip_blanks();
  if (take('}')) return true;
  do {
    skip_blanks();
    const auto begin = at_;
    if (!string()) return false;
    const auto raw_key = text_.substr(begin, at_ - begin);
    skip_blanks();
    JsonValue found;
    if (!take(':') || !value(found, depth)) return false;
    if (visit) {
      const bool plain = raw_key.find('\\') == raw_key.npos;
      if (!plain) key_ = unquoted(raw_key);
      (*visit)(plain ? raw_key.substr(1, raw_key.size() - 2) : key_, found);
    }
    skip_blanks();
  } while (take(','));
  return take('}');
}

bool JsonScanner::list(int depth) {
  skip_blanks();
  if (take(']')) return true;
  do {
    JsonValue ignored;
    if (!value(ignored, depth)) return false;
    skip_blanks();
  } while (take(','));
  return take(']');
}

bool JsonScanner::value(JsonValue& value, int depth) {
  using Kind = JsonValue::Kind;
  skip_blanks();
  const auto begin = at_;
  bool good = false;
  switch (next()) {
    case '{': good = depth < max_depth && take('{') && members(nullptr, depth + 1), value.kind = Kind::object; break;
    case '[': good = depth < max_depth && take('[') && list(depth + 1), value.kind = Kind::list; break;
    case '"': good = string(), value.kind = Kind::string; break;
    case 't': good = word("true"), value.kind = Kind::boolean; break;
    case 'f': good = word("false"), value.kind = Kind::boolean; break;
    case 'n': good = word("null"), value.kind = Kind::null; break;
    default: good = number(), value.kind = Kind::number;
  }
  value.raw = text_.substr(begin, at_ - begin);
  return good;
}

bool JsonScanner::string() noexcept {
  if (!take('"')) return false;
  for (; at_ < text_.size(); ++at_) {
    const auto c = static_cast<unsigned char>(text_[at_]);
    if (c == '"') return ++at_, true;
    if (c < 0x20) return false;
    if (c != '\\') continue;
    if (++at_ == text_.size()) return false;
    if (text_[at_] != 'u') {
      if (std::string_view{"\"\\/bfnrt"}.find(text_[at_]) == std::string_view::npos) return false;
      continue;
    }
    for (int i = 0; i < 4; ++i)
      if (++at_ == text_.size() || !is_hex(text_[at_])) return false;
  }
  return false;
}

bool JsonScanner::digits() noexcept {
  const auto begin = at_;
  while (next() >= '0' && next() <= '9') ++at_;
  return at_ > begin;
}

bool JsonScanner::number() noexcept {
  take('-');
  const bool zero = next() == '0';
  const auto begin = at_;
  if (!digits() || (zero && at_ - begin > 1)) return false;
  if (take('.') && !digits()) return false;
  if (!take('e') && !take('E')) return true;
  if (!take('+')) take('-');
  return digits();
}

bool JsonScanner::word(std::string_view word) noexcept {
  if (text_.substr(at_, word.size()) != word) return false;
  at_ += word.size();
  return true;
}

bool is_json_object(std::string_view text) {
  return JsonScanner{}.scan_object(text, [](std::string_view, const JsonValue&) {});
}

std::string unquoted(std::string_view raw) {
  const auto text = raw.substr(1, raw.size() - 2);
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto plain = std::min(text.find('\\', at), text.size());
    out += text.substr(at, plain - at);
    if (plain == text.size()) break;
    at = plain + 2;
    switch (const char c = text[plain + 1]) {
      case 'b': out += '\b'; break;
      case 'f': out += '\f'; break;
      case 'n': out += '\n'; break;
      case 'r': out += '\r'; break;
      case 't': out += '\t'; break;
      case 'u': at += append_escaped(out, text, at); break;
      default: out += c;
    }
  }
  return out;
}

}  // namespace psherald::exchange
