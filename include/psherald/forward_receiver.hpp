#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "psherald/http.hpp"
#include "psherald/log_store.hpp"
#include "psherald/queued_sink.hpp"
#include "psherald/result.hpp"

namespace psherald {

/// The receiving end of forwarding between stores: answers GET and POST of `Receiver::path`. A batch is stored in one
/// transaction with the mark that says how far its stream has come, and answered after that is on the disk; what does
/// not continue the stream is answered 409 and nothing of it is stored. A line that cannot become a record is kept as a
/// dead letter, its neighbours go on. Source: docs/forward-protocol.md.
///
/// Threads: handle() from any number at once; it never waits for the disk. Lifetime: `store` and `writer`, the queue in
/// front of it, outlive this object, which outlives all its answers.
class ForwardReceiver {
 public:
  static constexpr const char* path = "/api/v1/forward";

  /// Who sends.
  struct Sender {
    std::string owner{};            ///< Whose streams these are: "token:NAME", "certificate:SUBJECT"; empty: nobody's.
    bool own_origins_only = false;  ///< It may send only records that it has received first.
  };
  struct Options {
    std::string store{};               ///< What this store is called, for people there. Empty: this host's name.
    std::size_t max_records = 5'000;   ///< In one batch.
    std::size_t max_bytes = 4u << 20;  ///< In one batch, inflated.
    std::size_t max_record_bytes = 1u << 20;
    /// Who sends this request; the Fault says why it may not. Empty: everybody may. Any thread; must not throw.
    std::function<Result<Sender>(const HttpRequest&)> admit{};
    std::function<void(const Fault&)> on_fault{};  ///< What was refused. Any thread; must not throw.
  };
  struct Stats {
    std::uint64_t batches = 0, stored = 0, duplicate = 0, looped = 0, refused = 0;
    std::uint64_t out_of_step = 0;  ///< Batches that were answered 409.
    std::uint64_t unavailable = 0;  ///< Batches that were answered 503 or 507.
  };

  ForwardReceiver(LogStore& store, QueuedSink& writer, Options options);
  ForwardReceiver(const ForwardReceiver&) = delete;
  ForwardReceiver& operator=(const ForwardReceiver&) = delete;
  ~ForwardReceiver();

  /// `respond` is called once, now or when the disk has it.
  void handle(HttpRequest request, HttpRespond respond);
  Stats stats() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace psherald
