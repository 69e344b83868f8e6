#pragma once

#include <atomic>
#include <chrono>
#include <limits>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "forward/answers.hpp"
#include "forward/back_off.hpp"
#include "forward/compression.hpp"
#include "forward/destination_url.hpp"
#include "forward/log_part.hpp"
#include "forward/rate.hpp"
#include "net/http_client.hpp"
#include "psherald/forwarder.hpp"
#include "store/watcher.hpp"

namespace psherald::forward {

/// Sends a log to a psherald: docs/forward-protocol.md, from the sender's side. One batch is on its way at a time; the
/// next is read meanwhile. Threads: run() is one; stop(), stats() and needed_from() from any.
class PsheraldSender {
 public:
  /// What is sent: all of the log that comes, under a cursor, or a part of it.
  struct Task {
    Cursor cursor{};   ///< With its stream.
    bool kept = true;  ///< The store keeps the cursor, and the bounds of the backlog hold.
    RecordId last = std::numeric_limits<RecordId>::max();  ///< The sender ends when it has sent this one.
  };
  /// @throws Error as Forwarder
  PsheraldSender(LogStore& store, QueuedSink& writer, Forwarder::Options options, const DestinationUrl& to, Task task);
  PsheraldSender(const PsheraldSender&) = delete;
  PsheraldSender& operator=(const PsheraldSender&) = delete;
  ~PsheraldSender();

  void run();
  /// run() returns when it has sent what there is, or after so long.
  void stop(std::chrono::milliseconds drain);
  Forwarder::Stats stats() const;
  RecordId needed_from() const noexcept { return needed_from_; }

 private:
  using Clock = std::chrono::steady_clock;

  void go_on();
  bool is_over() const;
  std::chrono::milliseconds left_of_drain() const;

  // What the other end says.
  void shake_hands();
  void take_welcome(const Welcome& welcome);
  Position resume_at(const Welcome& welcome);
  std::optional<RecordId> forked_at(const Welcome& welcome, const Position& position);
  void fork(RecordId from);

  // Batches.
  std::optional<LogPart> read(const Position& prev);
  void send();
  net::HttpClient::Request new_request(const char* method, std::chrono::milliseconds timeout) const;
  Result<net::HttpClient::Answer> ask(const net::HttpClient::Request& request, bool with_next);
  void take_answer(const net::HttpClient::Answer& answer);
  void accepted(const Accepted& answer);
  void grow();
  void out_of_step(const Rejection& rejection);
  void too_much(const Rejection& rejection);
  void no_answer(const std::string& why);
  void refused(const std::string& why, std::chrono::milliseconds least);
  void keep_refused(RecordId id, const std::string& run, const std::string& reason);

  // Time.
  void pause(std::chrono::milliseconds time);
  void back_off(std::chrono::milliseconds least);
  void wait_for_news();
  void wait_for_turn(std::size_t records);
  bool sleep(std::chrono::milliseconds time, bool for_news);
  void keep_up();
  void look_at_bounds();
  void save(bool at_once);
  void publish();
  void trouble(const std::string& what);
  void report(const Fault& fault) const;
  std::string read_token() const;

  LogStore& store_;
  QueuedSink& writer_;
  const Forwarder::Options options_;
  const Task task_;
  std::unique_ptr<LogStore> reader_;
  store::Watcher watcher_;
  int stop_signal_;
  net::HttpClient client_;
  LogParts parts_;
  LogParts::Limits limits_{};

  Cursor cursor_;
  Position position_{};
  std::optional<LogPart> part_{}, next_{};
  bool in_step_ = false, welcomed_ = false, in_trouble_ = false;
  std::int64_t attempt_ = 1;
  int rejections_ = 0;
  RecordId most_ids_ = std::numeric_limits<RecordId>::max();
  Claim::Gap given_up_{};
  Compression compression_{};
  std::set<RecordId> known_refused_{};
  std::string token_{};
  BackOff back_off_;
  Clock::time_point saved_at_{}, kept_up_at_{}, told_given_up_at_{}, sent_at_{}, moved_at_ = Clock::now(), turn_{};
  RecordId saved_ = -1;

  std::atomic<bool> stopping_ = false;
  std::atomic<Clock::rep> end_of_drain_ = 0;
  std::atomic<RecordId> needed_from_ = 0;
  mutable std::mutex mutex_;
  Forwarder::Stats stats_{};
  Rate rate_{};
};

}  // namespace psherald::forward
