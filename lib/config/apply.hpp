#pragma once

/// What the settings of all sections have in common: how one text becomes a value of a kind, within bounds.

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "config/values.hpp"
#include "psherald/result.hpp"
#include "psherald/watchdog.hpp"

namespace psherald {

using Texts = std::vector<std::string>;  // what was written for a setting; at least one

/// A century is more than any log lives, and keeps "now minus age" far from where the clock's numbers end.
constexpr std::string_view longest_age = "36500d";

Result<void> check_range(bool within, const std::string& text, std::string_view least, std::string_view most);
Result<void> apply_size(std::size_t& to, const Texts& texts, std::string_view least, std::string_view most);
Result<void> apply_flag(bool& to, const Texts& texts);
/// "ops@example.org"
Result<void> check_addresses(const Texts& addresses);
bool is_web_url(const std::string& text);
/// From one reminder to the next.
Result<std::vector<Rule::Duration>> reminders_of(const Texts& texts);
/// A whole number.
Result<int> count_of(const std::string& text, int least, int most);

template <class Number>
Result<void> apply_count(Number& to, const Texts& texts, int least, int most) {
  const auto count = count_of(texts.front(), least, most);
  if (!count) return count.error();
  to = static_cast<Number>(*count);
  return {};
}

/// To what counts seconds, or parts of them.
template <class Duration>
Result<void> apply_duration(Duration& to, const Texts& texts, std::string_view least, std::string_view most) {
  const auto duration = parse_duration(texts.front());
  if (!duration) return duration.error();
  to = *duration;
  return check_range(*duration >= *parse_duration(least) && *duration <= *parse_duration(most), texts.front(), least,
                     most);
}

}  // namespace psherald
