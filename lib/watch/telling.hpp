#pragma once

#include "watch/book.hpp"
#include "watch/redact.hpp"
#include "watch/store_access.hpp"

namespace psherald::watch {

/// Words what was found and is to be told now, and puts it into the outbox: one message for all that one receiver has
/// to hear of one rule. Returns these messages. After an Error the book is to be read anew.
std::vector<Alert> gather(Book& book, StoreAccess& store, const Watchdog::Options& options, const Redactor& redact,
                          Timestamp wall, Tau tau, Watchdog::Pace pace);

const Receiver* find_receiver(const std::vector<Receiver>& receivers, const std::string& name) noexcept;
/// The channels that a receiver has, and whom each of them reaches.
struct Channel {
  std::string name{};
  std::vector<std::string> targets{};
};
std::vector<Channel> channels_of(const Receiver& receiver);

}  // namespace psherald::watch
