#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace psherald::net {

/// A few threads and a bounded queue in front of them. Threads: submit() from any; stop() and the end of its life from
/// none of its own.
class Workers {
 public:
  Workers(std::size_t threads, std::size_t max_waiting);
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  ~Workers() { stop(); }

  /// False when there is no room. `job` must not throw.
  bool submit(std::function<void()> job);
  /// Takes it in any case: for jobs whose number is bounded elsewhere.
  void insist(std::function<void()> job);
  /// Finishes what is being done and drops what waits.
  void stop();

 private:
  bool add(std::function<void()> job, std::size_t most);
  void run();

  const std::size_t max_waiting_;
  std::mutex mutex_;
  std::condition_variable work_;
  std::deque<std::function<void()>> waiting_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;  // last: they use all of the above
};

}  // namespace psherald::net
