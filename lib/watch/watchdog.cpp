#include "psherald/watchdog.hpp"

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <atomic>
#include <ctime>
#include <fstream>
#include <optional>

#include "watch/judging.hpp"
#include "watch/outbox.hpp"
#include "watch/sending.hpp"
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
  Impl(LogStore& in, Notifier& to, Options with) : store{in, with.on_store}, notifier{to}, options{std::move(with)} {}

  void be_the_newest(const Moment& now) {
    if (!store.has_taken_over()) watch::take_over(store, options.rules, now);
  }

  std::vector<Alert> check(const Moment& now) {
    be_the_newest(now);
    const auto tau = watch::judge(store, options, now);
    return watch::gather(store, options, now.wall, tau);
  }

  Deliveries deliver(const Moment& now, Which which) {
    if (store.read_only()) {
      Deliveries none;
      none.waiting = watch::queued_messages(store.db()).size();
      return none;
    }
    be_the_newest(now);
    return watch::send(store, notifier, options.receivers, now, which, stopped);
  }

  void round(std::chrono::milliseconds every) {
    if (stopped) return;
    try {
      const Moment now = this_moment();
      check(now);
      for (const auto& fault : deliver(now, Which::due).faults) tell(fault);
    } catch (const Error& error) {
      tell({static_cast<Errc>(error.code().value()), error.what()});
    } catch (const std::exception& error) {  // out of memory
      tell({Errc::store_io, error.what()});
    }
    timer->expires_after(every);
    timer->async_wait([self = shared_from_this(), every](asio::error_code error) {
      if (!error) self->round(every);
    });
  }

  void tell(const Fault& fault) const {
    if (options.on_fault) options.on_fault(fault);
  }

  watch::StoreAccess store;
  Notifier& notifier;
  const Options options;
  std::optional<asio::steady_timer> timer;
  std::atomic<bool> stopped = false;
};

Watchdog::Watchdog(LogStore& store, Notifier& notifier, Options options)
    : impl_{std::make_shared<Impl>(store, notifier, std::move(options))} {}
Watchdog::~Watchdog() = default;

std::vector<Alert> Watchdog::check(const Moment& now) { return impl_->check(now); }
Watchdog::Deliveries Watchdog::deliver(const Moment& now, Which which) { return impl_->deliver(now, which); }

void Watchdog::run(asio::io_context& io, std::chrono::milliseconds every) {
  impl_->timer.emplace(io);
  asio::post(io, [impl = impl_, every] { impl->round(every); });
}

void Watchdog::stop() {
  impl_->stopped = true;
  if (impl_->timer) asio::post(impl_->timer->get_executor(), [impl = impl_] { impl->timer->cancel(); });
}

}  // namespace psherald
