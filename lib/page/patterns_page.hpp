#pragma once

#include <chrono>

#include "page/layout.hpp"
#include "page/search.hpp"

namespace psherald::page {

struct PatternsAsked {
  std::chrono::milliseconds budget;  ///< To read records, at most.
  bool far = false;                  ///< Use all of it. Else a first look: something is there at once.
};

/// The messages of a search that are the same but for what varies, the most frequent first.
Html patterns_page(const LogStore& store, const Search& search, const PatternsAsked& asked, Frame frame);

}  // namespace psherald::page
