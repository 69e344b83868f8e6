#pragma once

#include <asio/io_context.hpp>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/fault_log.hpp"
#include "cli/forwarding.hpp"
#include "cli/service.hpp"
#include "cli/store_api.hpp"
#include "cli/ticker.hpp"
#include "psherald/ingestor.hpp"
#include "psherald/log_store.hpp"
#include "psherald/queued_sink.hpp"

namespace psherald::cli {

/// The receiving half of a program: senders -> Ingestor -> queue -> store, with what the store needs meanwhile: signs
/// of life, and removal of what is too old. Threads: `io`. Lifetime: all arguments outlive this object.
class Bridge {
 public:
  /// ps_bridge's -s and -r: after each `rounds` records delete those older than `age`.
  struct Rounds {
    std::chrono::seconds age;
    std::uint64_t rounds;
  };
  /// Removal spares what `forwarding` has still to send. @throws Error listen; bad_config: certificates
  Bridge(asio::io_context& io, LogStore& store, QueuedSink& queue, Service& service, const Access& access,
         std::optional<Rounds> rounds, const Forwarding& forwarding);
  Bridge(const Bridge&) = delete;
  Bridge& operator=(const Bridge&) = delete;
  ~Bridge();  ///< Waits for the disk: what is in the queue has this object's jobs in it.

  std::vector<std::string> endpoints() const { return ingestor_->endpoints(); }
  /// What its port answers in HTTP, for other ports to answer too.
  StoreApi& api() noexcept { return api_; }
  /// What is kept from now on; and the files of [tls] are read again. @throws Error bad_config, and the old ones hold
  /// on
  void reload(const Config& config);
  void stop();
  /// What it has done until now, for the journal.
  std::string summary() const;

 private:
  class CountingSink;

  void listen(Service& service);
  void note_alive();
  void on_store(const std::string& attempt, std::function<void()> job);
  void go_on(std::function<void()> step);
  void tend();
  void count(std::size_t stored);
  void remove(std::optional<std::chrono::seconds> age);
  void look_at_size();
  void remove_on(Retention keep);
  void tell_overtaken(const std::vector<Cursor>& cursors);

  asio::io_context& io_;
  LogStore& store_;
  QueuedSink& queue_;
  const std::optional<Rounds> rounds_;
  const Forwarding& forwarding_;
  std::optional<std::chrono::seconds> max_age_;
  std::atomic<std::uint64_t> max_size_;  // 0: none
  std::set<std::string> overtaken_;      // names of cursors, as they were told
  std::atomic<bool> tending_waits_ = false;
  bool stopped_ = false;
  std::uint64_t since_round_ = 0, since_look_ = 0;  // on the queue's thread: records stored
  std::atomic<bool> removing_{false};               // waits, or is not at its end
  Journal& journal_;
  FaultLog faults_;
  StoreApi api_;
  std::unique_ptr<CountingSink> counting_;
  std::unique_ptr<Ingestor> ingestor_;
  std::optional<Ticker> alive_, retention_, tending_;
};

}  // namespace psherald::cli
