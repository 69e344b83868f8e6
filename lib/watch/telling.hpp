#pragma once

#include "watch/store_access.hpp"

namespace psherald::watch {

/// Words what was found and stands in no message yet, and puts it into the outbox: one message for all that one
/// receiver has to hear of one rule. Returns these messages.
std::vector<Alert> gather(StoreAccess& store, const Watchdog::Options& options, Timestamp wall, Tau tau);

const Receiver* find_receiver(const std::vector<Receiver>& receivers, const std::string& name) noexcept;

}  // namespace psherald::watch
