#pragma once

#include <compare>
#include <optional>
#include <string_view>

#include "psherald/filter.hpp"

namespace psherald::query {

/// What an attribute is compared by: integers of 64 bits exactly, all else as doubles.
struct Amount {
  std::variant<std::int64_t, double> value;
};
std::partial_ordering operator<=>(const Amount& a, const Amount& b) noexcept;

/// The meaning of a literal such as `5`, `90m`, `10kB` or `2026-11-22`.
struct Measure {
  enum class Kind { number, duration, size, date } kind;
  Amount amount;    ///< Duration: nanoseconds. Size: bytes. Date: not used.
  ast::Civil date;  ///< Date only.
};
std::optional<Measure> parse_measure(std::string_view text);
/// Exactly one number, as JSON writes it; also with + in front or without a digit before the point.
std::optional<Amount> parse_number(std::string_view text);

/// A size such as `10kB`: bytes, rounded.
std::optional<std::int64_t> parse_size(std::string_view text);
/// Nanoseconds in the unit that the attribute's name ends in (`elapsed_ms`), else seconds.
std::int64_t unit_of_name(std::string_view folded_name) noexcept;
/// A number times a unit, rounded where 64 bits hold it.
Amount scaled(const Amount& amount, std::int64_t unit) noexcept;

}  // namespace psherald::query
