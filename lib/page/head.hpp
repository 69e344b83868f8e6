#pragma once

#include "page/layout.hpp"
#include "psherald/log_store.hpp"

namespace psherald::page {

/// Puts into the head what the store says: how much it holds, how quickly records come, which incidents are open.
void tell_state(Frame& frame, const LogStore& store);

}  // namespace psherald::page
