#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "psherald/filter.hpp"
#include "psherald/http.hpp"
#include "psherald/log_store.hpp"

namespace psherald::api {

/// Follows the log for those who watch it: server-sent events, each record once, in order, as it is committed. Each
/// watcher has a position in the log and nothing else: one that reads slowly is behind, and loses nothing. Those who
/// stand at one place and ask for the same are served from one search.
/// Threads: one of its own, from the first watcher on; follow() from any. Lifetime: `store` outlives this object; what
/// it gave out breaks off with it.
class LiveTail {
 public:
  explicit LiveTail(const LogStore& store);
  LiveTail(const LiveTail&) = delete;
  LiveTail& operator=(const LiveTail&) = delete;
  ~LiveTail();

  /// What comes behind `after` and matches. Source: WHATWG HTML, 9.2: the id of an event is the record's.
  std::shared_ptr<HttpBody> follow(Filter filter, RecordId after);

 private:
  struct Watcher;
  class Body;
  struct Shared;

  void run();
  void serve();
  void send_away();

  const LogStore& store_;
  std::shared_ptr<Shared> shared_;
  std::once_flag started_;
  std::thread thread_;
};

}  // namespace psherald::api
