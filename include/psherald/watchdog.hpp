#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "psherald/asio_fwd.hpp"
#include "psherald/error.hpp"
#include "psherald/log_store.hpp"
#include "psherald/notifier.hpp"

namespace psherald {

/// When it is, by two clocks: one that people set, and one that only goes forward.
struct Moment {
  Timestamp wall{};
  std::chrono::microseconds since_boot{};  ///< Of the machine, sleep included.
  std::string boot_id{};  ///< Tells one boot from another. Empty: only `wall` is known, and is believed.
};
Moment this_moment();  ///< Of this machine.

/// Who is told.
struct Receiver {
  std::string name{};
  std::vector<std::string> mail{};  ///< Addresses. Each one is tried until it has got the message or refused it.
  friend bool operator==(const Receiver&, const Receiver&) = default;
};

/// What to look for in the records of one system. psherald's own records are nobody's.
struct Rule {
  enum class Kind {
    pattern,    ///< A message holds `text`, its ASCII letters in any case. Over when there was none for `keep`.
    heartbeat,  ///< There was no record for longer than `age`. Over with the next one. A system that never sent one is
                ///< not waited for, and time in which nobody could have been heard is not counted.
    no_data,    ///< No bridge was able to hear anybody for longer than `age`. Without a bridge's signs it never holds.
  };
  std::string name{};  ///< Unique. What the rule has found stays under this name.
  Kind kind = Kind::pattern;
  std::string system{};              ///< system_id.
  std::string text{};                ///< Of a pattern.
  std::chrono::microseconds age{};   ///< Of the other two.
  std::chrono::microseconds keep{};  ///< Calm time before it is over.
  std::string notify{};              ///< Name of the receiver.
  std::string written{};             ///< As it stands in its file, for the message.
  friend bool operator==(const Rule&, const Rule&) = default;
};

/// Judges a store against rules, and tells when a rule starts to hold, now and then while it does, and when it is over.
/// What it knows, has decided and has to tell is kept in the store (docs/schema.md, tables watch_*), each step in one
/// transaction: it may be killed at any moment and goes on where it was. Judging is by `received`, with the records
/// that came since the last time; a rule that is new looks at none of the history but to learn when its system was
/// heard last, and what came since ps.herald's heartbeat table says that it was looked at. When a rule that an earlier
/// Watchdog had is not there any more, or looks for something else, its incident ends.
///
/// Over a store that is read-only nothing is written and nobody is told: check() says what it would have done.
///
/// Threads: one at a time, and writing goes through Options::on_store; stop() from any. Only one Watchdog may work on a
/// store: a newer one takes over, and the older one's next step throws watch_lost. Lifetime: `store` and `notifier`
/// outlive this object.
class Watchdog {
 public:
  struct Options {
    std::vector<Rule> rules{};
    std::vector<Receiver> receivers{};
    /// Runs a job on the thread that owns the store, returns when it has run, and lets out what it throws. Empty: that
    /// is the caller's own thread.
    std::function<void(const std::function<void()>& job)> on_store{};
    std::function<void(const Fault&)> on_fault{};  ///< What run() met. On its thread; must not throw.
    /// From the opening to the first reminder, from that to the second, and so on; the last one repeats.
    std::vector<std::chrono::microseconds> remind{std::chrono::hours{1}, std::chrono::hours{4}, std::chrono::hours{12},
                                                  std::chrono::hours{24}};
    std::int64_t batch = 20'000;  ///< Ids that are looked at in one transaction.
  };
  struct Deliveries {
    std::size_t sent = 0;         ///< Messages that all addresses have taken or refused, at least one taken.
    std::size_t failed = 0;       ///< Messages given up: refused by all addresses, or three days old.
    std::size_t waiting = 0;      ///< Messages that will be tried again.
    std::vector<Fault> faults{};  ///< What was refused or could not be done, a sentence each.
  };

  Watchdog(LogStore& store, Notifier& notifier, Options options);
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog();

  /// Judges all rules as of `now`, stores what is to be told and returns it, worded.
  /// @throws Error watch_lost, store_busy, store_full, store_io
  std::vector<Alert> check(const Moment& now);
  enum class Which {
    due,      ///< What is new, and again what failed 10 s, 30 s, 1, 2, 5, 5 ... min ago.
    waiting,  ///< Whatever has not got through, for a program that runs now and then.
  };
  /// Hands messages to the notifier, each one once. @throws as check()
  Deliveries deliver(const Moment& now, Which which = Which::due);

  /// check() and deliver() now and again after each period, on `io`, until stop(). That waits for disk and network: not
  /// on a context that serves others. What they throw goes to on_fault, and the next period tries again.
  void run(asio::io_context& io, std::chrono::milliseconds every);
  void stop();  ///< `io` runs out of work of this object when the period under way has ended.

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace psherald
