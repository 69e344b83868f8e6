#include "watch/couriers.hpp"

#include <utility>

namespace psherald::watch {

Couriers::Couriers(Notifier& notifier, std::function<void()> on_back)
    : notifier_{notifier}, on_back_{std::move(on_back)} {}

Couriers::~Couriers() {
  for (auto& [lane, thread] : threads_) thread.join();
}

Couriers::Back Couriers::deliver(const std::string& lane, const Alert& alert, const std::string& address) {
  const auto began = std::chrono::steady_clock::now();
  auto delivery = notifier_.deliver(alert, address);
  return {lane, std::move(delivery), std::chrono::duration_cast<Tau>(std::chrono::steady_clock::now() - began)};
}

void Couriers::go(const std::string& lane, const Alert& alert, const std::string& address) {
  threads_.emplace(lane, std::thread{[this, lane, &alert, &address] {
                     auto back = deliver(lane, alert, address);
                     {
                       std::lock_guard guard{mutex_};
                       back_.push_back(std::move(back));
                     }
                     is_back_.notify_one();
                     if (on_back_) on_back_();
                   }});
}

std::vector<Couriers::Back> Couriers::take_back() {
  std::vector<Back> back;
  {
    std::lock_guard guard{mutex_};
    back = std::exchange(back_, {});
  }
  for (const auto& one : back) {
    const auto thread = threads_.find(one.lane);
    thread->second.join();
    threads_.erase(thread);
  }
  return back;
}

void Couriers::wait() {
  if (threads_.empty()) return;
  std::unique_lock lock{mutex_};
  is_back_.wait(lock, [this] { return !back_.empty(); });
}

}  // namespace psherald::watch
