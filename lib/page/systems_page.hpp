#pragma once

#include <chrono>
#include <string_view>
#include <vector>

#include "page/html.hpp"
#include "page/layout.hpp"
#include "psherald/log_store.hpp"
#include "psherald/watchdog.hpp"

namespace psherald::page {

/// What is wrong, who sends, who is waited for, what comes in and goes on. `token` as for write_incidents.
Html systems_page(const LogStore& store, const std::vector<Rule>& rules, std::string_view token,
                  std::chrono::milliseconds budget, Frame frame);

}  // namespace psherald::page
