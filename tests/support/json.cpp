#include "support/json.hpp"

#include <cstdlib>
#include <stdexcept>

#include "record/json.hpp"
#include "record/utf8.hpp"

namespace psherald::testing {
namespace {

class Parser {
 public:
  explicit Parser(std::string_view text) : text_{text} {}

  Json document() {
    if (!is_utf8(text_)) fail("is no UTF-8");
    Json value = take_value();
    skip_space();
    if (at_ != text_.size()) fail("goes on after its value");
    return value;
  }

 private:
  [[noreturn]] void fail(const char* why) const {
    throw std::runtime_error{"JSON " + std::string{why} + " at " + std::to_string(at_) + ": " +
                             std::string{text_.substr(0, 200)}};
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  void need(std::string_view word) {
    if (!take(word)) fail("is not as expected");
  }
  void skip_space() {
    while (at_ < text_.size() && (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r')) ++at_;
  }

  Json take_value() {
    skip_space();
    if (peek() == '{') return take_object();
    if (peek() == '[') return take_array();
    if (peek() == '"') return {Json::Kind::string, take_string()};
    for (const auto word : {"true", "false"})
      if (take(word)) return {Json::Kind::boolean, word};
    if (take("null")) return {};
    return take_number();
  }

  Json take_object() {
    Json object{Json::Kind::object};
    need("{");
    skip_space();
    if (take("}")) return object;
    do {
      skip_space();
      auto name = take_string();
      skip_space();
      need(":");
      object.members[name] = take_value();
      skip_space();
    } while (take(","));
    need("}");
    return object;
  }

  Json take_array() {
    Json array{Json::Kind::array};
    need("[");
    skip_space();
    if (take("]")) return array;
    do {
      array.items.push_back(take_value());
      skip_space();
    } while (take(","));
    need("]");
    return array;
  }

  void take_digits() {
    const std::size_t before = at_;
    while (peek() >= '0' && peek() <= '9') ++at_;
    if (at_ == before) fail("lacks a digit");
  }
  Json take_number() {
    const std::size_t begin = at_;
    Json number{Json::Kind::integer};
    take("-");
    if (!take("0")) take_digits();
    if (take(".")) number.kind = Json::Kind::real, take_digits();
    if (take("e") || take("E")) {
      number.kind = Json::Kind::real;
      if (!take("-")) take("+");
      take_digits();
    }
    number.text = text_.substr(begin, at_ - begin);
    return number;
  }

  char32_t take_hex() {
    const std::string digits{text_.substr(at_, 4)};
    char* end = nullptr;
    const auto number = std::strtoul(digits.c_str(), &end, 16);
    if (digits.size() != 4 || end != digits.c_str() + 4) fail("has a bad \\u");
    at_ += 4;
    return static_cast<char32_t>(number);
  }
  void take_escape(std::string& out) {
    constexpr std::string_view letters = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
    if (take("u")) {
      char32_t code_point = take_hex();
      if (code_point >= 0xD800 && code_point < 0xDC00 && take("\\u"))
        code_point = 0x10000 + ((code_point - 0xD800) << 10) + (take_hex() - 0xDC00);
      return append_code_point(out, code_point);
    }
    const auto place = letters.find(peek());
    if (at_ == text_.size() || place == letters.npos) fail("has a bad escape");
    ++at_;
    out += meanings[place];
  }
  std::string take_string() {
    std::string out;
    need("\"");
    while (!take("\"")) {
      if (at_ == text_.size()) fail("ends within a string");
      if (static_cast<unsigned char>(peek()) < 0x20) fail("has a control character in a string");
      if (take("\\")) {
        take_escape(out);
      } else {
        out += text_[at_++];
      }
    }
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

void append(std::string& out, const Json& value) {
  if (value.kind == Json::Kind::string) return append_json_string(out, value.text);
  if (value.kind == Json::Kind::array) {
    out += '[';
    for (const auto& item : value.items) append(out, item), out += ',';
    out += ']';
  } else if (value.kind == Json::Kind::object) {
    out += '{';
    for (const auto& [name, member] : value.members)
      append_json_string(out, name), out += ':', append(out, member), out += ',';
    out += '}';
  } else {
    out += value.kind == Json::Kind::null ? "null" : value.text;
  }
}

}  // namespace

const Json& Json::operator[](const std::string& name) const {
  static const Json null;
  const auto found = members.find(name);
  return found == members.end() ? null : found->second;
}

bool operator==(const Json& a, const Json& b) {
  if (a.kind != b.kind || a.items != b.items || a.members != b.members) return false;
  if (a.kind == Json::Kind::real) return std::strtod(a.text.c_str(), nullptr) == std::strtod(b.text.c_str(), nullptr);
  return a.text == b.text;
}

std::ostream& operator<<(std::ostream& out, const Json& value) {
  std::string text;
  append(text, value);
  return out << text;
}

Json parse_json(std::string_view text) { return Parser{text}.document(); }

}  // namespace psherald::testing
