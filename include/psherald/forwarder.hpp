#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "psherald/error.hpp"
#include "psherald/filter.hpp"
#include "psherald/log_store.hpp"
#include "psherald/queued_sink.hpp"

namespace psherald {

/// Sends what a store holds to another collector, in id order, going on where the last run ended. Its queue is the log
/// itself: a cursor named `name`, kept in the store. What another process commits is sent as well. It tries for ever.
///
/// To a psherald, "http://" and "https://": every record that `where` selects is stored there exactly once, or the
/// other end has a row that says what is missing. docs/forward-protocol.md has the exact promise. A cursor that is new
/// begins with the oldest record of the log.
///
/// To a bridge of ps.herald 1.4.2, "python://": best effort, since that bridge cannot acknowledge: the cursor stays
/// `confirm_window` behind the last write, and goes on from there after a break, so the records of that time may appear
/// twice there. What the bridge reads but fails to store is lost. Where the peer answers the end of the stream with its
/// own, as bridges do, a stop leaves nothing to send again. A cursor that is new begins behind the newest record.
///
/// Threads: one of its own, with a reader of its own; the cursor is written through `writer`. stats() and needed_from()
/// from any thread, stop() once. Memory: some batches, however much waits. Lifetime: `store` and `writer` outlive this
/// object.
class Forwarder {
 public:
  struct Options {
    std::string name;  ///< The cursor's: one for each destination. At most 64 bytes.
    /// "http://HOST:PORT", "https://HOST:PORT", "http:unix:PATH"; "python://HOST:PORT", "python:unix:PATH". An IPv6
    /// address stands in brackets.
    std::string url;
    std::string where{};                  ///< Query text; what does not match is passed over. Empty: everything.
    std::optional<TimeBase> time_base{};  ///< What the filter's times refer to. None: the time of each look, in UTC.
    std::string store{};                  ///< What this store is called, for people there. Empty: this host's name.
    std::string token_file{};             ///< Its first line is sent as bearer token. Read at each connect.
    std::string ca_file{};                ///< https: who signs the peer's certificate. Empty: the system's.
    std::string certificate_file{}, key_file{};    ///< https: our own certificate, where the peer asks for one.
    std::uint64_t max_backlog_bytes = 1ull << 30;  ///< Beyond it the oldest are skipped, counted, and declared missing.
    std::chrono::seconds max_backlog_age = std::chrono::hours{30 * 24};  ///< The same, since they were received.
    std::optional<double>
        rate{};          ///< Records a second at most. None: 100 to a ps.herald, which commits each by itself.
    bool relay = false;  ///< python: also what other stores sent. Loops are not seen there.
    std::chrono::milliseconds confirm_window{5'000};              ///< python: see above.
    std::chrono::milliseconds linger{50};                         ///< Wait of a lone record for company.
    std::chrono::milliseconds retry_min{200}, retry_max{30'000};  ///< The delay doubles between these, jittered.
    std::chrono::milliseconds connect_timeout{10'000};            ///< And of the first answer.
    std::chrono::milliseconds answer_timeout{30'000};             ///< For one batch, from its first byte.
    std::size_t batch_records = 5'000, batch_bytes = 4u << 20;    ///< Less where the peer takes less.
    /// The peer went away or refuses, a backlog grows or is cut, the cursor cannot be kept. Once for each outage, not
    /// for each try. Runs on the forwarder's thread or the store's; must not throw.
    std::function<void(const Fault&)> on_fault{};
  };
  struct Stats {
    bool connected = false;
    std::uint64_t sent = 0;     ///< Records that the peer has confirmed; to a ps.herald: written to it.
    std::uint64_t skipped = 0;  ///< Ids that were given up because of the backlog's bounds, of all time.
    std::uint64_t refused =
        0;  ///< Records that the peer cannot take: they are in the dead letters here too. Of all time.
    std::uint64_t reconnects = 0;              ///< Connections after the first.
    RecordId cursor = 0;                       ///< Everything up to it is dealt with.
    std::uint64_t lag = 0;                     ///< Records of the log behind the last one sent.
    std::uint64_t lag_bytes = 0;               ///< Roughly what they hold.
    std::optional<Timestamp> oldest_unsent{};  ///< When the first of them was received.
    double rate = 0;                           ///< Records a second, of the last ten seconds.
    std::map<int, std::uint64_t> answers{};    ///< How often by HTTP status; 0: none came.
    std::string peer{};                        ///< What the other store calls itself.
    bool compressed = false;                   ///< Batches go out with gzip.
    std::string last_error{};                  ///< The last one, also when it is over; with the next.
    std::optional<Timestamp> last_error_at{};
  };

  /// An absent peer is a Fault, never a throw. @throws Error bad_config: url, name, rate; bad_query: where; store_open
  Forwarder(LogStore& store, QueuedSink& writer, Options options);
  Forwarder(const Forwarder&) = delete;
  Forwarder& operator=(const Forwarder&) = delete;
  ~Forwarder();  ///< Stops without draining.

  /// Sends what it can within `drain`, then closes and keeps the cursor.
  void stop(std::chrono::milliseconds drain);
  Stats stats() const;
  /// The oldest record that it has still to send and that its bounds do not give up: retention keeps it.
  RecordId needed_from() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Sends what `where` selects of the log as it is now to a psherald, as a stream of its own that nobody keeps: what is
/// there already is not stored again. Of the options those of a Forwarder hold, but for the bounds of the backlog.
/// Returns when all is confirmed, or soon after a stop was asked for; tries for ever. `progress` hears how far it is a
/// few times a second. Threads: the caller's and one more. @throws Error as Forwarder; bad_config: not to a psherald
Forwarder::Stats replay(LogStore& store, Forwarder::Options options,
                        const std::function<void(const Forwarder::Stats&)>& progress = {}, std::stop_token stop = {});

}  // namespace psherald
