#pragma once

#include <sys/types.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace psherald::testing {

/// The program forward-collector, started again whenever it ends, as an init system would. Threads: one of its own.
class SupervisedCollector {
 public:
  /// It dies of records with `poison` in their message.
  SupervisedCollector(std::string database, std::string listen, std::string poison);
  SupervisedCollector(const SupervisedCollector&) = delete;
  SupervisedCollector& operator=(const SupervisedCollector&) = delete;
  ~SupervisedCollector();
  int deaths() const noexcept { return deaths_; }  ///< Of poison.

 private:
  void run();

  std::vector<std::string> words_;
  std::atomic<bool> going_ = true;
  std::atomic<pid_t> process_ = 0;
  std::atomic<int> deaths_ = 0;
  std::thread thread_;
};

}  // namespace psherald::testing
