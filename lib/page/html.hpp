#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace psherald::page {

/// Markup: only a literal of the program can become one.
class Markup {
 public:
  template <std::size_t size>
  consteval Markup(const char (&literal)[size]) : text_{literal, size - 1} {}
  constexpr std::string_view text() const noexcept { return text_; }

 private:
  std::string_view text_;
};

/// The one markup or the other.
constexpr Markup either(bool first, Markup one, Markup other) noexcept { return first ? one : other; }
/// The markup, or nothing.
constexpr Markup when(bool there, Markup markup) noexcept { return there ? markup : Markup{""}; }

/// Text for an attribute that comes back to us, letter by letter: the value of a field, an address.
struct Value {
  std::string_view text;
};

/// A number as people read it: 1,234,567.
struct Count {
  std::int64_t number;
};

template <class T>
concept Text = std::same_as<T, std::string> || std::same_as<T, std::string_view>;

/// A page being written. `<<` takes literals as markup and everything else as text, which is escaped and whose hidden
/// characters become visible as [U+202E]: so record text cannot become markup, whoever forgets what.
class Html {
 public:
  Html& operator<<(Markup markup);
  Html& operator<<(Value value);
  Html& operator<<(Count count);
  Html& operator<<(const Html& part);
  template <Text T>
  Html& operator<<(const T& text) {
    return write(text);
  }
  template <std::integral T>
  Html& operator<<(T number) {
    out_ += std::to_string(number);
    return *this;
  }
  std::size_t size() const noexcept { return out_.size(); }
  std::string take() && { return std::move(out_); }

 private:
  Html& write(std::string_view text);

  std::string out_;
};

/// The text without terminal sequences: colours and their like.
std::string without_ansi(std::string_view text);

/// The text, percent-encoded for a query.
std::string url_encode(std::string_view text);

/// "1,234,567"
std::string grouped(std::int64_t number);

}  // namespace psherald::page
