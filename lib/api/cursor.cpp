#include "api/cursor.hpp"

#include <charconv>
#include <cstdint>

namespace psherald::api {

std::string print_cursor(const Cursor& cursor) {
  return (cursor.order == Order::newest_first ? "d" : "a") + std::to_string(cursor.id) + "-" +
         std::to_string(cursor.now.time_since_epoch().count());
}

std::optional<Cursor> parse_cursor(std::string_view text) {
  const auto dash = text.find('-');
  std::int64_t id = 0, now = 0;
  const auto whole = [](std::string_view part, std::int64_t& number) {
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
    return error == std::errc{} && end == part.data() + part.size() && number > 0;
  };
  const bool good = (text.starts_with('d') || text.starts_with('a')) && dash != text.npos &&
                    whole(text.substr(1, dash - 1), id) && whole(text.substr(dash + 1), now);
  if (!good) return {};
  return Cursor{text.front() == 'd' ? Order::newest_first : Order::oldest_first, id,
                Timestamp{std::chrono::microseconds{now}}};
}

}  // namespace psherald::api
