#pragma once

#include <optional>

#include "page/html.hpp"
#include "page/layout.hpp"
#include "psherald/log_store.hpp"

namespace psherald::page {

/// One record with all that is known of it. Nothing when the store does not hold it.
std::optional<Html> record_page(const LogStore& store, RecordId id, Frame frame);

}  // namespace psherald::page
