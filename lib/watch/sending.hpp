#pragma once

#include <atomic>

#include "watch/store_access.hpp"

namespace psherald::watch {

/// Hands the notifier what stands in the outbox. Each message is claimed before its first attempt, and what
/// became of each attempt stored after it: so one that was interrupted is known as such. Ends early when `stopped`.
Watchdog::Deliveries send(StoreAccess& store, Notifier& notifier, const std::vector<Receiver>& receivers,
                          const Moment& now, Watchdog::Which which, const std::atomic<bool>& stopped);

}  // namespace psherald::watch
