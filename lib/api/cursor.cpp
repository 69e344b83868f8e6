#include "api/cursor.hpp"
#include "record/number.hpp"

#include <cstdint>

namespace psherald::api {

std::string print_cursor(const Cursor& cursor) {
  return (cursor.order == Order::newest_first ? "d" : "a") + std::to_string(cursor.id) + "-" +
         std::to_string(cursor.now.time_since_epoch().count());
}

std::optional<Cursor> parse_cursor(std::string_view text) {
  const auto dash = text.find('-');
  if (!(text.starts_with('d') || text.starts_with('a')) || dash == text.npos) return {};
  const auto id = parse_number<std::int64_t>(text.substr(1, dash - 1));
  const auto now = parse_number<std::int64_t>(text.substr(dash + 1));
  if (!id || !now || *id < 1 || *now < 1) return {};
  return Cursor{text.front() == 'd' ? Order::newest_first : Order::oldest_first, *id,
                Timestamp{std::chrono::microseconds{*now}}};
}

}  // namespace psherald::api
