#pragma once

#include <chrono>

#include "page/html.hpp"
#include "page/layout.hpp"
#include "page/search.hpp"
#include "psherald/log_store.hpp"

namespace psherald::page {

/// The form and the records that it finds. `frame` is completed here.
Html log_page(const LogStore& store, const Search& search, std::chrono::milliseconds budget, Frame frame);

}  // namespace psherald::page
