#include "psherald/watchdog.hpp"

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <atomic>
#include <ctime>
#include <fstream>
#include <optional>
#include <utility>

#include "watch/dispatcher.hpp"
#include "watch/judging.hpp"
#include "watch/outbox.hpp"
#include "watch/telling.hpp"

namespace psherald {

Moment this_moment() {
  using namespace std::chrono;
  Moment moment;
  moment.wall = now();
  timespec time{};
  if (::clock_gettime(CLOCK_BOOTTIME, &time) == 0)
    moment.since_boot = duration_cast<microseconds>(seconds{time.tv_sec} + nanoseconds{time.tv_nsec});
  std::ifstream file{"/proc/sys/kernel/random/boot_id"};
  std::getline(file, moment.boot_id);
  return moment;
}

struct Watchdog::Impl : std::enable_shared_from_this<Impl> {
  Impl(LogStore& in, Notifier& to, Options with)
      : store{in, with.on_store},
        options{std::move(with)},
        redact{options.redact, options.redact_defaults},
        dispatcher{std::in_place, store, to, options, stopped, [this] { come_back(); }} {
    for (const auto& rule : options.rules) check(rule);
    for (const auto& maintenance : options.maintenance)
      if (const auto checked = check_maintenance(maintenance); !checked)
        throw Error{Errc::bad_config, "maintenance \"" + maintenance.name + "\": " + checked.error().text};
  }

  void check(const Rule& rule) const {
    if (const auto read = watch::understand(rule, options); !read)
      throw Error{Errc::bad_config, "rule \"" + rule.name + "\": " + read.error().text};
  }

  void be_the_newest(const Moment& now) {
    if (!store.has_taken_over()) watch::take_over(store, options.rules, now, history);
  }

  std::vector<Alert> check(const Moment& now, Pace pace) {
    be_the_newest(now);
    try {
      if (!book) book.emplace(watch::open_book(store, options, now, history));
      tau = watch::judge(*book, store, options, now, pace == Pace::steady);
      return watch::gather(*book, store, options, redact, now.wall, tau, pace);
    } catch (...) {
      book.reset();  // it may know more than the store does
      throw;
    }
  }

  std::chrono::microseconds wake() const {
    using watch::Tau;
    constexpr Tau longest = std::chrono::hours{1};
    if (!book) return Tau{};
    Tau next = std::min(book->wake, book->desk.wake());
    if (const auto due = watch::next_due(store.db()); due && !store.read_only()) next = std::min(next, *due);
    return std::clamp<Tau>(next - tau, Tau{}, longest);
  }

  Deliveries deliver(const Moment& now, Which which) {
    Deliveries done;
    if (!store.read_only()) {
      be_the_newest(now);
      dispatcher->look(now, which);
      dispatcher->finish();
      done = dispatcher->take_result();
    }
    done.waiting = watch::queued_messages(store.db()).size();
    return done;
  }

  /// No thread of ours looks at the store or the notifier any more.
  void end() noexcept {
    stopped = true;
    try {
      dispatcher->finish();
    } catch (...) {  // what a host throws: it is not stored, and the next watchdog sends it again
    }
    dispatcher.reset();
  }

  /// Whether a look can find anything: somebody wrote, or it is time.
  bool is_worth_it(const Moment& now) {
    const auto version = sqlite::integer(store.db(), "PRAGMA data_version").value_or(0);
    const bool written = std::exchange(seen, version) != version;
    return written || !book || watch::tau_at(store.run(), now) >= tau + wake();
  }

  void round(std::chrono::milliseconds every) {
    if (stopped) return;
    guarded([&] {
      const Moment now = this_moment();
      if (is_worth_it(now)) {
        check(now, Pace::steady);
        dispatcher->look(now, Which::due);
      }
      go_on_sending();
      say_judged();
    });
    timer->expires_after(every);
    timer->async_wait([self = shared_from_this(), every](asio::error_code error) {
      if (!error) self->round(every);
    });
  }

  void go_on_sending() {
    dispatcher->go_on();
    for (const auto& fault : dispatcher->take_result().faults) tell(fault);
  }

  /// On the thread of a delivery that is done.
  void come_back() {
    if (!timer) return;
    asio::post(timer->get_executor(), [weak = weak_from_this()] {
      if (const auto self = weak.lock(); self && self->dispatcher) self->guarded([&] { self->go_on_sending(); });
    });
  }

  template <class Job>
  void guarded(const Job& job) const {
    try {
      job();
    } catch (const Error& error) {
      tell({static_cast<Errc>(error.code().value()), error.what()});
    } catch (const std::exception& error) {  // out of memory
      tell({Errc::store_io, error.what()});
    }
  }

  void say_judged() {
    const auto time = std::chrono::steady_clock::now();
    if (!options.on_judged || time < next_saying) return;
    next_saying = time + std::chrono::minutes{1};
    options.on_judged();
  }

  void tell(const Fault& fault) const {
    if (options.on_fault) options.on_fault(fault);
  }

  watch::StoreAccess store;
  const RecordId history{store.newest()};
  const Options options;
  const watch::Redactor redact;
  std::optional<watch::Book> book;
  watch::Tau tau{};  // of the last check
  std::int64_t seen = -1;
  std::chrono::steady_clock::time_point next_saying{};
  std::optional<asio::steady_timer> timer;
  std::atomic<bool> stopped = false;
  std::optional<watch::Dispatcher> dispatcher;  // last: its threads look at the above
};

std::string_view name_of(Alert::Kind kind) noexcept {
  switch (kind) {
    case Alert::Kind::open: return "open";
    case Alert::Kind::remind: return "remind";
    case Alert::Kind::escalate: return "escalate";
    case Alert::Kind::resolve: return "resolve";
    case Alert::Kind::gone: return "gone";
    case Alert::Kind::blind: return "blind";
  }
  return {};
}

Watchdog::Watchdog(LogStore& store, Notifier& notifier, Options options)
    : impl_{std::make_shared<Impl>(store, notifier, std::move(options))} {}
Watchdog::~Watchdog() { impl_->end(); }

std::vector<Alert> Watchdog::check(const Moment& now, Pace pace) { return impl_->check(now, pace); }
std::chrono::microseconds Watchdog::wake() const { return impl_->wake(); }
Watchdog::Deliveries Watchdog::deliver(const Moment& now, Which which) { return impl_->deliver(now, which); }

void Watchdog::run(asio::io_context& io, std::chrono::milliseconds every) {
  impl_->timer.emplace(io);
  asio::post(io, [impl = impl_, every] { impl->round(every); });
}

void Watchdog::stop() {
  impl_->stopped = true;
  if (!impl_->timer) return;
  asio::post(impl_->timer->get_executor(), [impl = impl_] {
    impl->timer->cancel();
    if (impl->dispatcher) impl->guarded([&] { impl->dispatcher->finish(); });
  });
}

}  // namespace psherald
