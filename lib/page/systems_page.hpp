#pragma once

#include <chrono>

#include "page/layout.hpp"
#include "psherald/query.hpp"

namespace psherald::page {

/// Who sends, and when each was heard last.
Html systems_page(const LogStore& store, std::chrono::milliseconds budget, Frame frame);

}  // namespace psherald::page
