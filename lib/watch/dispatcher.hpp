#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "watch/couriers.hpp"
#include "watch/outbox.hpp"
#include "watch/store_access.hpp"

namespace psherald::watch {

/// Hands the notifier what stands in the outbox. Each message is claimed before its first attempt, and what became of
/// each attempt is stored after it: so one that was interrupted is known as such. One server gets one message after
/// the other, and of a thread of messages an address gets them in their order; several servers are served at once.
/// Threads: the watchdog's. Lifetime: all arguments outlive this object.
class Dispatcher {
 public:
  /// No attempt is begun any more when `stopped`. `on_back`: as for Couriers, go_on() has something to do.
  Dispatcher(StoreAccess& store, Notifier& notifier, const Watchdog::Options& options, const std::atomic<bool>& stopped,
             std::function<void()> on_back);

  /// Looks through the outbox for what is to be sent, but for the servers that are busy.
  void look(const Moment& now, Watchdog::Which which);
  /// Stores what has become of attempts, and begins those that are next. After an Error it can be called again.
  void go_on();
  /// The same until nothing is under way.
  void finish();
  /// What was done since the last call, but for what waits.
  Watchdog::Deliveries take_result();

 private:
  /// One server takes all mail; each other channel of a receiver stands for itself.
  struct Lane {
    std::deque<std::int64_t> ids{};                           // of messages, still to be looked at
    std::optional<Message> message{};                         // being sent,
    std::deque<std::string> due{};                            // to these; the first one is the next, or under way
    bool claimed = false, under_way = false, away = false;    // it takes nothing now
    std::optional<Couriers::Back> back{};                     // of the first of `due`, not stored yet
    std::set<std::pair<std::string, std::string>> held_up{};  // root and address
    Tau asked_for{};                                          // by the server that deferred it
  };

  void advance(const std::string& name, Lane& lane);
  bool next_message(Lane& lane);
  void take_up(Lane& lane, Message message, const std::vector<std::string>& missing);
  void begin(const std::string& name, Lane& lane);
  void note(Lane& lane);
  static void hold_up(Lane& lane, const Message& message, const std::vector<std::string>& addresses);
  void close(const Message& message, MessageState state);
  void count(MessageState state);
  void give_up(const Message& message);
  void tell_others(const Message& lost);
  void tell(const Message& message, const std::string& what);

  StoreAccess& store_;
  const Watchdog::Options& options_;
  const std::atomic<bool>& stopped_;
  Timestamp wall_{};
  Tau tau_{};
  bool all_ = false, requeued_ = false;
  std::map<std::string, Lane> lanes_{};
  Watchdog::Deliveries result_{};
  Couriers couriers_;  // last: they look at the lanes
};

}  // namespace psherald::watch
