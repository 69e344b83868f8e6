#pragma once

#include <chrono>

#include "page/layout.hpp"
#include "page/search.hpp"

namespace psherald::page {

/// The messages of a search that are the same but for what varies, the most frequent first.
Html patterns_page(const LogStore& store, const Search& search, std::chrono::milliseconds budget, Frame frame);

}  // namespace psherald::page
