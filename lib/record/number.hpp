#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace psherald {

/// The number that all of `text` is, as std::from_chars reads it; nothing where it is none or does not fit.
template <class Number>
std::optional<Number> parse_number(std::string_view text) noexcept {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return number;
}

}  // namespace psherald
