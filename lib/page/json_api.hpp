#pragma once

#include <chrono>
#include <string>

#include "page/search.hpp"
#include "psherald/log_store.hpp"

namespace psherald::page {

/// The rows of /angular/list: objects with the columns of ps.herald's table `log`.
struct JsonRows {
  std::string text{};
  std::string cut{};  ///< Why there may be more rows than these; empty when there are none.
};
struct ListLimits {
  std::size_t rows = 100'000, bytes = 64u << 20;
};
JsonRows list_json(const LogStore& store, const Search& search, std::chrono::milliseconds budget,
                   ListLimits limits = {});

/// The distinct names of the senders, each list with "not_selected" behind it.
std::string options_json(const SourceNames& names);

}  // namespace psherald::page
