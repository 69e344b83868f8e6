#pragma once

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "cli/lock_file.hpp"
#include "cli/service.hpp"
#include "psherald/log_store.hpp"
#include "psherald/messenger.hpp"
#include "psherald/queued_sink.hpp"
#include "psherald/watchdog.hpp"

namespace psherald::cli {

/// ps_neelix within another program: judges the store as it grows, as long as there are rules. On a
/// thread of its own, which waits for disk and mail server; writing goes through the queue. While another process
/// watches this database, it waits for its turn. Threads: the one that runs the service. Lifetime: all arguments
/// outlive this object.
class WatchService {
 public:
  WatchService(Service& service, LogStore& store, QueuedSink& queue);  ///< @throws Error bad_config
  WatchService(const WatchService&) = delete;
  WatchService& operator=(const WatchService&) = delete;
  ~WatchService();

  /// Reads the rules again. @throws Error bad_config; then the old ones stay.
  void reload(const Config& config);
  void stop();  ///< A mail that is being handed over is finished; nothing else is begun.

 private:
  void load(const Config& config);
  void watch(std::shared_ptr<Messenger> messenger, std::shared_ptr<Watchdog> watchdog);
  void begin();
  void end();

  Service& service_;
  LogStore& store_;
  QueuedSink& queue_;
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};

  // Only on the thread.
  asio::steady_timer turn_{io_};
  std::optional<LockFile> lock_;

  // Changed on the thread, and looked at by stop().
  std::mutex mutex_;
  std::shared_ptr<Messenger> messenger_;
  std::shared_ptr<Watchdog> watchdog_;
  bool stopped_ = false;

  std::thread thread_;  // last: it uses all of the above
};

}  // namespace psherald::cli
