#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "psherald/query.hpp"

namespace psherald::api {

/// Where a page goes on, as the one before said it: order, position, and the time that "2h" was meant of.
struct Cursor {
  Order order;
  RecordId id;
  Timestamp now;
};

std::string print_cursor(const Cursor& cursor);
/// Nothing when it is not what print_cursor writes.
std::optional<Cursor> parse_cursor(std::string_view text);

}  // namespace psherald::api
