#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "psherald/asio_fwd.hpp"
#include "psherald/error.hpp"
#include "psherald/log_store.hpp"
#include "psherald/notifier.hpp"
#include "psherald/result.hpp"

namespace psherald {

/// When it is, by two clocks: one that people set, and one that only goes forward.
struct Moment {
  Timestamp wall{};
  std::chrono::microseconds since_boot{};  ///< Of the machine, sleep included.
  std::string boot_id{};  ///< Tells one boot from another. Empty: only `wall` is known, and is believed.
};
Moment this_moment();  ///< Of this machine.

/// A number that is looked at each time, such as how full a disk is.
struct Gauge {
  enum class Kind {
    lag,        ///< Seconds.
    disk,       ///< Percent that are used.
    disk_free,  ///< Bytes.
  } kind{};
  std::string key{};  ///< Of what: a destination's name, a path.
  double value = 0;
};

/// Who is told, and how: any number of ways, at least one.
struct Receiver {
  enum class Format { json, slack, ntfy };
  std::string name{};
  std::vector<std::string> mail{};     ///< Addresses. Each one is tried until it has got the message or refused it.
  std::string webhook{};               ///< A URL that is asked with POST.
  Format format = Format::json;        ///< Of the webhook's body.
  std::string secret_file{};           ///< Its first line signs what the webhook gets.
  std::vector<std::string> command{};  ///< A program with its arguments. It gets the message as JSON.
  std::string syslog{};                ///< A facility of syslog(3), such as "daemon".
  bool log = false;                    ///< The log of the program that watches.
  friend bool operator==(const Receiver&, const Receiver&) = default;
};

/// What to look for in the log. psherald's own records are nobody's. Texts are as in psherald.toml; check_rule() says
/// what is wrong with them. A rule is judged for each key: the values that its records have in the fields `by`.
struct Rule {
  enum class Kind {
    heartbeat,   ///< "2h": nothing came for longer. "learn": for longer than ever, once it is known. "due": not when
                 ///< due.
    pattern,     ///< A query: a record matches. Over when none did for `keep`.
    rate,        ///< "> 100 in 5m", "< 3 in 10m", "> 3x in 1h": so many records, or so many times the usual.
    first_seen,  ///< "30d": a message that was not met for so long, if ever.
    lag,         ///< "10m": what another store has not got yet is older.
    disk,        ///< "> 90%", "< 2G": how full the disk of the store is.
    gap,         ///< "> 0 in 1h": records are missing, and a forwarder says so.
    no_data,     ///< "2m": no bridge was able to hear anybody. Without a bridge's signs it never holds.
  };
  using Duration = std::chrono::microseconds;

  std::string name{};  ///< Unique. What the rule has found stays under this name.
  Kind kind = Kind::pattern;
  std::string condition{};            ///< As above.
  std::vector<std::string> by{};      ///< Fields of the query language.
  std::string where{};                ///< A query: only these records count. Empty: all.
  std::vector<std::string> notify{};  ///< Names of receivers.
  std::vector<std::string> expect{};  ///< Keys that a heartbeat waits for though they were never seen.
  bool enabled = true;
  bool report_only = false;  ///< Judged, and never told.
  Duration grace{};          ///< Of a heartbeat: so much longer.
  std::string hours{};       ///< Of a heartbeat: silence counts only then: "Mon-Fri 08:00-18:00".
  std::string due{};         ///< Of a heartbeat "due": "0 2 * * *".
  std::string zone{};        ///< Of hours and due; empty: Watchdog::Options::zone.
  Duration known{};          ///< Of a heartbeat: a key is waited for when it has been seen for so long.
  Duration learn_min = std::chrono::hours{24 * 14};  ///< Of a heartbeat "learn": until then it is only listed.
  Duration pending{};                                ///< It has to hold for so long before it begins (`for`).
  std::optional<Duration> keep{};                    ///< Calm time before it is over. None: as its kind needs it.
  std::optional<bool> resolve{};                     ///< Whether the end is told. None: but for first_seen.
  std::optional<std::vector<Duration>> remind{};     ///< None: Watchdog::Options::remind; first_seen: never.
  std::optional<Duration> interval{};                ///< None: Watchdog::Options::interval; first_seen: 30 minutes.
  Duration escalate_after{};                         ///< Not acknowledged after so long,
  std::vector<std::string> escalate{};               ///< these are told too.
  std::vector<std::string> hushes{};                 ///< Rules that are not told while this one holds.
  Duration forget = std::chrono::hours{24 * 30};     ///< Something that lasts for longer is given up.
  std::optional<int> context{};                      ///< Lines before and behind. None: Watchdog::Options::context.
  std::string written{};                             ///< As it stands in its file, for the message.
  std::string system{};  ///< Of a rule of ps_neelix.cfg, its section: it is told in ps.herald's words.
  friend bool operator==(const Rule&, const Rule&) = default;
};
/// What is wrong with the rule's texts, as a sentence that says what to write.
Result<void> check_rule(const Rule& rule);
std::string_view name_of(Rule::Kind kind) noexcept;

/// A time that comes again in which nothing is told.
struct Maintenance {
  std::string name{};
  std::string hours{};               ///< "Sun 02:00-04:00"
  std::vector<std::string> rules{};  ///< Names. Empty: all.
  std::string zone{};                ///< Empty: Watchdog::Options::zone.
  friend bool operator==(const Maintenance&, const Maintenance&) = default;
};
Result<void> check_maintenance(const Maintenance& maintenance);
Result<void> check_holidays(const std::vector<std::string>& dates);
Result<void> check_redaction(const std::vector<std::string>& patterns);

/// Judges a store against rules, and tells when a rule starts to hold, now and then while it does, and when it is over.
/// What it knows, has decided and has to tell is kept in the store (docs/schema.md, tables watch_*), each step in one
/// transaction: it may be killed at any moment and goes on where it was. Judging is by `received`, with the records
/// that came since the last time; a rule that is new only learns from what is there when this object is made, such as
/// when its system was heard last, and what came since ps.herald's heartbeat table says that it was looked at. When a
/// rule that an earlier Watchdog had is not there any more, or looks for something else, its incident ends.
///
/// Over a store that is read-only nothing is written and nobody is told: check() says what it would have done.
///
/// Threads: one at a time, and writing goes through Options::on_store; stop() from any. The notifier is called on some
/// of its own. Only one Watchdog may work on a store: a newer one takes over, and the older one's next step throws
/// watch_lost. Lifetime: `store` and `notifier` outlive this object, whose end waits for what is being delivered.
class Watchdog {
 public:
  struct Options {
    std::vector<Rule> rules{};
    std::vector<Receiver> receivers{};
    std::vector<Maintenance> maintenance{};
    /// Runs a job on the thread that owns the store, returns when it has run, and lets out what it throws. Empty: that
    /// is the caller's own thread.
    std::function<void(const std::function<void()>& job)> on_store{};
    std::function<void(const Fault&)> on_fault{};  ///< What run() met. On its thread; must not throw.
    /// run() has judged all that there is; at most once a minute. On its thread; must not throw.
    std::function<void()> on_judged{};
    using Duration = Rule::Duration;
    /// From the opening to the first reminder, from that to the second, and so on; the last one repeats.
    std::vector<Duration> remind{std::chrono::hours{1}, std::chrono::hours{4}, std::chrono::hours{12},
                                 std::chrono::hours{24}};
    /// Between two messages to one receiver about openings of one rule: those in between are gathered.
    Duration interval = std::chrono::minutes{5};
    /// A first message waits until nothing more has opened for so long, so that one tells of all,
    Duration settle = std::chrono::seconds{1};
    Duration settle_max = std::chrono::seconds{5};     ///< but not for longer.
    std::size_t burst = 10;                            ///< More messages to one receiver within `burst_window`
    Duration burst_window = std::chrono::minutes{10};  ///< become one.
    std::string zone = "local";                        ///< "local", "UTC", "Europe/Berlin".
    std::vector<std::string> holidays{};               ///< "2026-12-25": no hours, and nothing learnt is expected.
    std::string link{};                                ///< Where the page is, for messages: "https://logs.example.org".
    int context = 3;                                   ///< Lines before and behind what is told of.
    std::vector<std::string> redact{};                 ///< RE2 patterns of what no message shows.
    bool redact_defaults = true;                       ///< Passwords, tokens, keys.
    std::int64_t batch = 20'000;                       ///< Ids that are looked at in one transaction.
    std::size_t deliveries = 4;                        ///< So many at once: Notifier::deliver().
    /// How full the disk is that a path lies on; a test says what it likes. Empty: the system is asked.
    std::function<std::vector<Gauge>()> gauges{};
  };
  struct Deliveries {
    std::size_t sent = 0;         ///< Messages that all addresses have taken or refused, at least one taken.
    std::size_t failed = 0;       ///< Messages given up: refused by all addresses, or three days old.
    std::size_t waiting = 0;      ///< Messages that will be tried again.
    std::vector<Fault> faults{};  ///< What was refused or could not be done, a sentence each.
  };

  enum class Pace {
    once,    ///< A run from cron: what there is to tell is told now.
    steady,  ///< A program that stays: waits for what belongs together.
  };

  /// @throws Error bad_config: check_rule() and check_maintenance() say why
  Watchdog(LogStore& store, Notifier& notifier, Options options);
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog();

  /// Judges all rules as of `now`, stores what is to be told and returns it, worded.
  /// @throws Error watch_lost, store_busy, store_full, store_io
  std::vector<Alert> check(const Moment& now, Pace pace = Pace::once);
  /// How long nothing changes, after a check(), unless a record comes: until something begins, ends or is to be told or
  /// sent. At most an hour.
  std::chrono::microseconds wake() const;
  enum class Which {
    due,      ///< What is new, and again what failed 10 s, 30 s, 1, 2, 5, 5 ... min ago.
    waiting,  ///< Whatever has not got through, for a program that runs now and then.
  };
  /// Hands messages to the notifier, each one once, and waits until all are through. @throws as check()
  Deliveries deliver(const Moment& now, Which which = Which::due);

  /// check() now and again after each period, on `io`, until stop(), and delivers meanwhile: a receiver that does not
  /// answer holds up neither. That waits for the disk: not on a context that serves others. What is thrown goes to
  /// on_fault, and the next period tries again. `io` outlives this object.
  void run(asio::io_context& io, std::chrono::milliseconds every);
  /// `io` runs out of work of this object when what is under way has ended; no other delivery is begun.
  void stop();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace psherald
