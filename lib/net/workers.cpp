#include "net/workers.hpp"

#include <limits>
#include <utility>

namespace psherald::net {

Workers::Workers(std::size_t threads, std::size_t max_waiting) : max_waiting_{max_waiting} {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

bool Workers::submit(std::function<void()> job) { return add(std::move(job), max_waiting_); }

void Workers::insist(std::function<void()> job) { add(std::move(job), std::numeric_limits<std::size_t>::max()); }

bool Workers::add(std::function<void()> job, std::size_t most) {
  {
    std::lock_guard lock{mutex_};
    if (stopping_ || waiting_.size() >= most) return false;
    waiting_.push_back(std::move(job));
  }
  work_.notify_one();
  return true;
}

void Workers::stop() {
  std::deque<std::function<void()>> dropped;
  {
    std::lock_guard lock{mutex_};
    stopping_ = true;
    dropped.swap(waiting_);
  }
  work_.notify_all();
  for (auto& thread : threads_)
    if (thread.joinable()) thread.join();
}

void Workers::run() {
  std::unique_lock lock{mutex_};
  for (;;) {
    work_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    auto job = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    job();
    job = nullptr;  // what it holds may have something to say at its end, which takes time
    lock.lock();
  }
}

}  // namespace psherald::net
