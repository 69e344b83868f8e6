#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "psherald/filter.hpp"

namespace psherald::query {

/// A time literal of the filter language; nothing when it is none.
std::optional<ast::Time> parse_time(std::string_view text);
/// A date or a date with a time, and nothing else.
std::optional<ast::Civil> parse_civil(std::string_view text);
/// Canonical.
std::string print_time(const ast::Time& time);

/// Microseconds since 1970; `end` is not part of it.
struct Span {
  std::int64_t start, end;
};
Span span_of(const ast::Time& time, const TimeBase& base);
Span span_of(const ast::Civil& civil, const Zone& zone);

/// The zone's clock, in microseconds, at this time.
std::int64_t to_local(std::int64_t utc_microseconds, const Zone& zone);

/// `1h30m`, `1.5s`: nanoseconds, rounded; units w d h m s ms us ns. Nothing when it is no duration or too long for 64
/// bits.
std::optional<std::int64_t> parse_duration(std::string_view text);

}  // namespace psherald::query
