#include "psherald/forwarder.hpp"

#include <unistd.h>

#include <algorithm>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <deque>
#include <mutex>
#include <random>
#include <thread>

#include "forward/link.hpp"
#include "psherald/encode.hpp"
#include "psherald/query.hpp"
#include "store/watcher.hpp"

namespace psherald {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t records_at_once = 256;
constexpr milliseconds unsent_step{2}, longest_unsent{10'000}, look_again{1'000}, save_step{1'000};
constexpr std::chrono::hours backlog_step{1};
constexpr RecordId nowhere = -1;

std::int64_t random_below(std::int64_t most) {
  thread_local std::mt19937_64 random{std::random_device{}()};
  return std::uniform_int_distribution<std::int64_t>{0, most}(random);
}

}  // namespace

// Everything runs on `thread`, but for what locks `mutex`. The link is new for each attempt; a timer or a write of an
// older one finds that it is no longer the one.
struct Forwarder::Impl {
  Impl(LogStore& from, QueuedSink& to, Options with)
      : store{from},
        writer{to},
        options{std::move(with)},
        destination{forward::parse_destination(options.url)},
        reader{from.reader()},
        watcher{from.file()},
        news{io},
        timer{io},
        saving{io} {
    if (options.name.empty() || options.name.size() > 64)
      throw Error{Errc::bad_config,
                  "a destination's name has 1 to 64 bytes, not " + std::to_string(options.name.size())};
    if (!(options.rate > 0)) throw Error{Errc::bad_config, "a destination's rate has to be above 0"};
    cursor = load_cursor();
    sent_to = cursor.id;
    publish();
    if (watcher.descriptor() >= 0) news.assign(::dup(watcher.descriptor()));
    asio::post(io, [this] {
      connect();
      tick();
    });
    thread = std::thread{[this] { run(); }};
  }

  ~Impl() { end(milliseconds{0}); }

  void run() {
    for (;;) {
      try {
        io.run();
        return;
      } catch (const Error& failed) {  // of a look at the store: the next one may succeed
        report_error("forwarding", failed);
        if (link) link->close();
        ended(asio::error::operation_aborted);
      }
    }
  }

  Cursor load_cursor() {
    if (auto known = reader->cursor(options.name)) {
      saved = known->url == options.url ? known->id : nowhere;
      known->url = options.url;
      return *known;
    }
    const RecordId newest = reader->newest_id();
    return {options.name, options.url, newest + 1, newest};
  }

  void end(milliseconds drain) {
    if (!thread.joinable()) return;
    asio::post(io, [this, drain] { begin_drain(drain); });
    thread.join();
    writer.flush();  // it has our cursor to keep
  }

  // ---- connecting

  void connect() {
    if (draining) return;
    link = std::make_shared<forward::Link>(io);
    link->connect(
        destination, [this] { connected(); }, [this](asio::error_code error) { ended(error); });
  }

  void connected() {
    retry = milliseconds{0};
    if (was_connected) ++reconnects;
    was_connected = is_connected = true;
    error.clear();
    publish();
    next();
  }

  // What was written within the window may have been lost on the way: it goes out again.
  void ended(asio::error_code why) {
    link.reset();
    timer.cancel();
    const bool delivered = finishing && why == asio::error::eof;
    if (delivered) cursor.id = sent_to;
    if (draining) return finish_drain();
    fall_back();
    const bool news_of_it = std::exchange(is_connected, false) || error.empty();
    error = (why == asio::error::eof ? "the bridge closed the connection" : why.message());
    publish();
    if (news_of_it)
      report({Errc::peer_lost, "forwarding to " + options.url + ": " + error + "; trying again until it answers"});
    retry = std::clamp(retry * 2, options.retry_min, options.retry_max);
    after(milliseconds{random_below(retry.count())}, [this] { connect(); });
  }

  void fall_back() {
    confirm();
    unconfirmed.clear();
    page = {};
    at = 0;
    sent_to = cursor.id;
  }

  // ---- sending

  void next() {
    if (draining && Clock::now() >= end_of_drain) return finish_link();
    if (at == page.batch.size() && !fill()) return draining ? finish_link() : wait_for_news();
    const auto& record = page.batch.records()[at++];
    frame.clear();
    append_bridge_frame(frame, page.batch, record, now());
    last_write = Clock::now();
    link->write(frame, [this, id = record.id] {
      sent_to = id;
      ++sent;
      unconfirmed.push_back({Clock::now(), id});
      wait_until_taken();
    });
  }

  bool fill() {
    Query query;
    query.order = Order::oldest_first;
    query.limit = records_at_once;
    query.cursor = sent_to;
    page = find(*reader, query);
    at = 0;
    publish();
    return page.batch.size() > 0;
  }

  void wait_for_news() {
    const auto again = [this] {
      watcher.take();
      next();
    };
    after(look_again, again);
    idle = true;
    if (!news.is_open()) return;
    news.cancel();
    news.async_wait(asio::posix::stream_descriptor::wait_read,
                    [this, again, then_link = link](asio::error_code cancelled) {
                      if (cancelled || !idle || link != then_link) return;
                      timer.cancel();
                      idle = false;
                      again();
                    });
  }

  // That bridge reads with one read(): a frame has to be on its own, and taken before the next comes.
  void wait_until_taken() {
    if (!link->has_unsent()) return wait_for_turn();
    if (Clock::now() - last_write > longest_unsent) {
      link->close();
      return ended(asio::error::timed_out);
    }
    after(unsent_step, [this] { wait_until_taken(); });
  }

  void wait_for_turn() {
    const auto turn =
        last_write + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>{1 / options.rate});
    const auto left = std::chrono::ceil<milliseconds>(turn - Clock::now());
    after(std::max(left, milliseconds{0}), [this] { next(); });
  }

  void after(milliseconds delay, std::function<void()> then) {
    idle = false;
    timer.expires_after(delay);
    timer.async_wait(
        [this, then = std::move(then), then_link = link, due = timer.expiry()](asio::error_code cancelled) {
          // One that was already on its way when the timer was set anew is not this one any more.
          if (!cancelled && link == then_link && timer.expiry() == due) then();
        });
  }

  // ---- the cursor

  void confirm() {
    const auto sure = Clock::now() - options.confirm_window;
    for (; !unconfirmed.empty() && unconfirmed.front().when <= sure; unconfirmed.pop_front())
      cursor.id = unconfirmed.front().id;
  }

  void tick() {
    saving.expires_after(save_step);
    saving.async_wait([this](asio::error_code cancelled) {
      if (!cancelled) tick();
    });
    confirm();
    save();
    watch_backlog();
    publish();
  }

  void save() {
    if (cursor.id == saved) return;
    saved = cursor.id;
    writer.post([this, to_save = cursor] {
      try {
        store.save_cursor(to_save);
      } catch (const Error& failed) {
        asio::post(io, [this, failed] {
          saved = nowhere;  // so that the next round tries again
          report_error("keeping the cursor of a destination", failed);
        });
      }
    });
  }

  void watch_backlog() {
    const auto time = Clock::now();
    if (time < next_backlog_look) return;
    next_backlog_look = time + backlog_step;
    const auto lag_now = lag();
    if (lag_now > lag_before && static_cast<double>(lag_now) > options.rate * 60)
      report({Errc::queue_full,
              "forwarding to " + options.url + ": " + std::to_string(lag_now) +
                  " records wait, more than an hour ago; at " + std::to_string(static_cast<int>(options.rate)) +
                  " a second they take " +
                  std::to_string(static_cast<std::uint64_t>(static_cast<double>(lag_now) / options.rate) / 60) +
                  " minutes"});
    lag_before = lag_now;
  }

  // When the store does not answer, by what it last said: whoever reads records from it will report that.
  std::uint64_t lag() {
    try {
      newest = reader->newest_id();
    } catch (const Error&) {
    }
    return static_cast<std::uint64_t>(std::max<RecordId>(0, newest - sent_to));
  }

  // ---- stopping

  void begin_drain(milliseconds drain) {
    draining = true;
    end_of_drain = Clock::now() + drain;
    if (!link || !is_connected || drain <= milliseconds{0}) return finish_drain();
    if (!idle) return;  // what is under way comes to next() by itself
    timer.cancel();
    idle = false;
    next();
  }

  void finish_link() {
    finishing = true;
    link->finish();
    const auto left = std::chrono::ceil<milliseconds>(end_of_drain - Clock::now());
    after(std::max(left, milliseconds{1}), [this] { finish_drain(); });
  }

  void finish_drain() {
    if (link) link->close();
    link.reset();
    confirm();
    save();
    is_connected = false;
    publish();
    timer.cancel();
    saving.cancel();
    asio::error_code ignored;
    news.close(ignored);
  }

  // ----

  void report(const Fault& fault) const {
    if (options.on_fault) options.on_fault(fault);
  }

  void report_error(const std::string& tried, const Error& failed) const {
    report({static_cast<Errc>(failed.code().value()), tried + ": " + failed.what()});
  }

  void publish() {
    Stats fresh{is_connected, sent, reconnects, cursor.id, lag(), error};
    std::lock_guard lock{mutex};
    published = std::move(fresh);
  }

  LogStore& store;
  QueuedSink& writer;
  const Options options;
  const net::Address destination;
  asio::io_context io{1};
  std::unique_ptr<LogStore> reader;
  store::Watcher watcher;
  asio::posix::stream_descriptor news;
  asio::steady_timer timer, saving;
  std::shared_ptr<forward::Link> link;

  struct Written {
    Clock::time_point when;
    RecordId id;
  };
  Cursor cursor;
  RecordId saved = nowhere, sent_to = 0, newest = 0;
  std::deque<Written> unconfirmed;
  Page page;
  std::size_t at = 0;
  std::string frame, error;
  Clock::time_point last_write{}, end_of_drain{}, next_backlog_look = Clock::now() + backlog_step;
  milliseconds retry{0};
  std::uint64_t sent = 0, reconnects = 0, lag_before = 0;
  bool was_connected = false, is_connected = false, idle = false, draining = false, finishing = false;

  mutable std::mutex mutex;
  Stats published;
  std::thread thread;  // last: it uses all of the above
};

Forwarder::Forwarder(LogStore& store, QueuedSink& writer, Options options)
    : impl_{std::make_unique<Impl>(store, writer, std::move(options))} {}
Forwarder::~Forwarder() = default;

void Forwarder::stop(std::chrono::milliseconds drain) { impl_->end(drain); }

Forwarder::Stats Forwarder::stats() const {
  std::lock_guard lock{impl_->mutex};
  return impl_->published;
}

}  // namespace psherald
