#include "config/values.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>

namespace psherald {
namespace {

using Unit = std::pair<std::string_view, std::int64_t>;

constexpr std::array<Unit, 7> sizes{
    {{"", 1}, {"K", 1 << 10}, {"KiB", 1 << 10}, {"M", 1 << 20}, {"MiB", 1 << 20}, {"G", 1 << 30}, {"GiB", 1 << 30}}};
constexpr std::array<Unit, 5> durations{{{"s", 1}, {"m", 60}, {"h", 3'600}, {"d", 86'400}, {"w", 604'800}}};

template <std::size_t Count>
std::optional<std::int64_t> parse(std::string_view text, const std::array<Unit, Count>& units) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || number < 0) return {};
  const std::string_view written = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const auto& [unit, factor] : units)
    if (written == unit && number <= std::numeric_limits<std::int64_t>::max() / factor) return number * factor;
  return {};
}

}  // namespace

Result<std::size_t> parse_size(std::string_view text) {
  if (const auto bytes = parse(text, sizes)) return static_cast<std::size_t>(*bytes);
  return Fault{Errc::bad_config, std::string{'"'}.append(text) + "\" is no size; write \"64K\", \"16M\" or \"1GiB\""};
}

Result<std::chrono::seconds> parse_duration(std::string_view text) {
  std::int64_t total = 0;
  bool good = !text.empty();
  for (auto rest = text; good && !rest.empty();) {
    const auto unit = rest.find_first_not_of("0123456789");
    const auto part = unit == rest.npos ? std::nullopt : parse(rest.substr(0, unit + 1), durations);
    good = part && *part <= std::numeric_limits<std::int64_t>::max() - total;
    if (!good) break;
    total += *part;
    rest.remove_prefix(unit + 1);
  }
  if (good) return std::chrono::seconds{total};
  return Fault{Errc::bad_config, std::string{'"'}.append(text) +
                                     "\" is no duration; write \"90s\", \"15m\", \"2h\", \"1h30m\", \"30d\" or \"4w\""};
}

}  // namespace psherald
