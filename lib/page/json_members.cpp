#include "page/json_members.hpp"

#include <charconv>

#include "record/utf8.hpp"

namespace psherald::page {
namespace {

class Reader {
 public:
  explicit Reader(std::string_view text) : left_{text} {}

  bool take(char c) {
    skip_space();
    if (!left_.starts_with(c)) return false;
    left_.remove_prefix(1);
    return true;
  }

  std::optional<std::string> string() {
    if (!take('"')) return {};
    std::string text;
    for (auto at = left_.find_first_of("\"\\"); at != left_.npos; at = left_.find_first_of("\"\\")) {
      text += left_.substr(0, at);
      const bool end = left_[at] == '"';
      left_.remove_prefix(at + 1);
      if (end) return text;
      append_escape(text);
    }
    return {};
  }

  std::optional<std::string> value() {
    skip_space();
    return left_.starts_with('"') ? string() : raw_value();
  }

  std::optional<std::string> raw_value() {
    skip_space();
    const auto raw = left_.substr(0, value_size());
    left_.remove_prefix(raw.size());
    if (raw.empty()) return {};
    return std::string{raw.substr(0, raw.find_last_not_of(" \t\r\n") + 1)};
  }

 private:
  void skip_space() { left_.remove_prefix(std::min(left_.find_first_not_of(" \t\r\n"), left_.size())); }

  // Up to the comma or the brace behind a value, which may hold some of its own.
  std::size_t value_size() const {
    std::size_t depth = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < left_.size(); ++i) {
      const char c = left_[i];
      if (quoted) {
        if (c == '\\') ++i;
        quoted = c != '"';
      } else if (c == '"') {
        quoted = true;
      } else if (c == '{' || c == '[') {
        ++depth;
      } else if (depth == 0 && (c == ',' || c == '}')) {
        return i;
      } else if (c == '}' || c == ']') {
        --depth;
      }
    }
    return left_.size();
  }

  void append_escape(std::string& text) {
    if (left_.empty()) return;
    const char c = left_.front();
    left_.remove_prefix(1);
    switch (c) {
      case 'n': text += '\n'; break;
      case 'r': text += '\r'; break;
      case 't': text += '\t'; break;
      case 'b': text += '\b'; break;
      case 'f': text += '\f'; break;
      case 'u': append_code_point(text, code_point()); break;
      default: text += c;
    }
  }

  char32_t code_point() {
    const char32_t high = four_digits();
    if (high < 0xD800 || high > 0xDBFF || !left_.starts_with("\\u")) return high;
    left_.remove_prefix(2);
    return 0x10000 + ((high & 0x3FF) << 10) + (four_digits() & 0x3FF);
  }

  char32_t four_digits() {
    unsigned number = 0xFFFD;
    const auto digits = left_.substr(0, 4);
    std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
    left_.remove_prefix(digits.size());
    return number;
  }

  std::string_view left_;
};

template <class ReadValue, class Wanted>
std::vector<JsonMember> members_of(std::string_view object, std::size_t most, ReadValue read_value, Wanted wanted) {
  std::vector<JsonMember> members;
  Reader reader{object};
  if (most == 0 || !reader.take('{')) return members;
  do {
    auto name = reader.string();
    if (!name || !reader.take(':')) return members;
    auto value = read_value(reader);
    if (!value) return members;
    if (wanted(*value)) members.push_back({std::move(*name), std::move(*value)});
  } while (members.size() < most && reader.take(','));
  return members;
}

}  // namespace

std::vector<JsonMember> json_members(std::string_view object, std::size_t most) {
  return members_of(
      object, most, [](Reader& reader) { return reader.value(); },
      [](const std::string& value) { return value != "null"; });
}

std::vector<JsonMember> raw_json_members(std::string_view object) {
  return members_of(
      object, object.npos, [](Reader& reader) { return reader.raw_value(); }, [](const std::string&) { return true; });
}

std::optional<std::string> json_string(std::string_view json) { return Reader{json}.string(); }

}  // namespace psherald::page
