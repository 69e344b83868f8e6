#pragma once

#include <cstdint>
#include <string_view>

#include "page/html.hpp"
#include "page/layout.hpp"
#include "psherald/log_store.hpp"

namespace psherald::page {

/// About how many records were received before that time: those that are gone already are counted where they lie
/// between others.
std::int64_t count_before(const LogStore& store, Timestamp time);

/// Says what would be removed and asks. Changes nothing.
Html confirm_page(const LogStore& store, Timestamp before, std::string_view token, Frame frame);

}  // namespace psherald::page
