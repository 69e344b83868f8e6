#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace psherald::exchange {

/// A value as it is written.
struct JsonValue {
  enum class Kind { null, boolean, number, string, list, object } kind = Kind::null;
  std::string_view raw{};  ///< Of a string with its quotes.
};

/// Walks over the members of an object, checking all of it. Unlike simdjson it takes numbers of any size, which Python
/// writes, and leaves every value as it is written. Source: RFC 8259.
class JsonScanner {
 public:
  static constexpr int max_depth = 200;
  using Visit = std::function<void(std::string_view key, const JsonValue& value)>;

  /// False when the text, which has to be UTF-8, is not one object; members before the mistake were visited.
  bool scan_object(std::string_view text, const Visit& visit);
  /// Where the mistake is, in bytes from 0.
  std::size_t position() const noexcept { return at_; }

 private:
  char next() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) noexcept;
  void skip_blanks() noexcept;
  bool members(const Visit* visit, int depth);
  bool list(int depth);
  bool value(JsonValue& value, int depth);
  bool string() noexcept;
  bool number() noexcept;
  bool digits() noexcept;
  bool word(std::string_view word) noexcept;

  std::string_view text_{};
  std::size_t at_ = 0;
  std::string key_{};
};

/// Whether the text is one valid object.
bool is_json_object(std::string_view text);
/// What a string says that a JsonScanner has found; a lone surrogate is U+FFFD.
std::string unquoted(std::string_view raw);

}  // namespace psherald::exchange
