#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "psherald/notifier.hpp"
#include "watch/tau.hpp"

namespace psherald::watch {

/// Hands alerts to a notifier, each on a thread of its own, so that who keeps one waiting holds up no other.
/// Threads: one; `on_back` runs on those of the deliveries and must not throw.
class Couriers {
 public:
  /// What became of one.
  struct Back {
    std::string lane{};
    Delivery delivery{};
    Tau took{};
  };

  /// `on_back`, which may be empty: there is something to take.
  Couriers(Notifier& notifier, std::function<void()> on_back);
  Couriers(const Couriers&) = delete;
  Couriers& operator=(const Couriers&) = delete;
  ~Couriers();  ///< Waits for those under way.

  /// On the caller's own thread.
  Back deliver(const std::string& lane, const Alert& alert, const std::string& address);
  /// At most one at a time for a lane. Until it was taken back, `alert` and `address` stay as they are.
  void go(const std::string& lane, const Alert& alert, const std::string& address);
  /// How many have gone and were not taken back.
  std::size_t under_way() const noexcept { return threads_.size(); }
  /// Takes back those that are there.
  std::vector<Back> take_back();
  /// Waits until there is one, if any is under way.
  void wait();

 private:
  Notifier& notifier_;
  const std::function<void()> on_back_;
  std::map<std::string, std::thread> threads_{};
  std::mutex mutex_{};
  std::condition_variable is_back_{};
  std::vector<Back> back_{};  // under mutex_
};

}  // namespace psherald::watch
