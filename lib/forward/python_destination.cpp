#include <unistd.h>

#include <algorithm>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <atomic>
#include <deque>
#include <limits>
#include <mutex>
#include <thread>

#include "forward/back_off.hpp"
#include "forward/backlog.hpp"
#include "forward/destination.hpp"
#include "forward/destination_url.hpp"
#include "forward/gaps.hpp"
#include "forward/python_link.hpp"
#include "forward/rate.hpp"
#include "forward/selection.hpp"
#include "psherald/encode.hpp"
#include "store/gap_records.hpp"
#include "store/watcher.hpp"

namespace psherald::forward {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t records_at_once = 256;
constexpr milliseconds unsent_step{2}, longest_unsent{10'000}, look_soon{2}, look_again{1'000}, save_step{1'000};
constexpr std::chrono::hours backlog_step{1};
constexpr std::chrono::minutes skipped_step{1};
constexpr RecordId nowhere = -1;

void append_gap_frame(std::string& frame, const Gaps::Gap& gap) {
  RecordBatch batch;
  store::append_gap(batch, "gap: at most " + std::to_string(gap.ids()) + " records are missing (backlog)", {}, {})
      .received = now();
  append_bridge_frame(frame, batch, batch.records().front(), now());
}

// Everything runs on `thread`, but for what locks `mutex`. The link is new for each attempt; a timer or a write of an
// older one finds that it is no longer the one.
class PythonDestination final : public Destination {
 public:
  PythonDestination(LogStore& from, QueuedSink& to, Forwarder::Options with, net::Address where)
      : store{from},
        writer{to},
        options{std::move(with)},
        rate{options.rate.value_or(100)},
        destination{std::move(where)},
        reader{from.reader()},
        selection{*reader, options.where, options.relay ? Selection::Origins::all : Selection::Origins::own},
        watcher{from.file()},
        news{io},
        timer{io},
        saving{io},
        back_off{options.retry_min, options.retry_max} {
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

  ~PythonDestination() override { end(milliseconds{0}); }

  RecordId needed_from() const noexcept override { return needed; }

  Forwarder::Stats stats() const override {
    std::lock_guard lock{mutex};
    return published;
  }

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
      known->filter = options.where;
      return std::move(*known);
    }
    const RecordId newest = reader->newest_id();
    return {.name = options.name, .url = options.url, .start = newest + 1, .id = newest, .filter = options.where};
  }

  void end(milliseconds drain) override {
    if (!thread.joinable()) return;
    asio::post(io, [this, drain] { begin_drain(drain); });
    thread.join();
    writer.flush();  // it has our cursor to keep
  }

  // ---- connecting

  void connect() {
    if (draining) return;
    link = std::make_shared<Link>(io);
    link->connect(
        destination, [this] { connected(); }, [this](asio::error_code error) { ended(error); });
  }

  void connected() {
    back_off.reset();
    if (was_connected) ++reconnects;
    was_connected = is_connected = true;
    is_told = false;
    publish();
    next();
  }

  // What was written within the window may have been lost on the way: it goes out again.
  void ended(asio::error_code why) {
    link.reset();
    timer.cancel();
    const bool delivered = finishing && why == asio::error::eof;
    if (delivered) confirm_until(Clock::time_point::max());
    if (draining) return finish_drain();
    fall_back();
    is_connected = false;
    error = (why == asio::error::eof ? "the bridge closed the connection" : why.message());
    error_at = now();
    publish();
    if (!std::exchange(is_told, true))
      report({Errc::peer_lost, "forwarding to " + options.url + ": " + error + "; trying again until it answers"});
    after(back_off.next(), [this] { connect(); });
  }

  void fall_back() {
    confirm();
    for (const auto& written : unconfirmed)
      if (written.gap) gaps.add(*written.gap);
    if (gap_under_way) gaps.add(*std::exchange(gap_under_way, std::nullopt));
    unconfirmed.clear();
    skipped_unconfirmed = 0;
    piece = {};
    at = 0;
    sent_to = cursor.id;
  }

  // ---- sending

  void next() {
    if (draining && Clock::now() >= end_of_drain) return finish_link();
    if (sent_to >= end_of_run()) return write_gap();
    if (const auto* record = next_record()) return write_record(*record);
    pass_over(std::min(piece.to, end_of_run()));
    // A filter may pass over millions: others have their turn in between.
    if (sent_to >= end_of_run() || fill()) return after(milliseconds{0}, [this] { next(); });
    draining ? finish_link() : wait_for_news();
  }

  // The last id before one that was given up.
  RecordId end_of_run() const noexcept {
    return gaps.empty() ? std::numeric_limits<RecordId>::max() : gaps.front().from - 1;
  }

  const Record* next_record() {
    for (; at < piece.batch.size(); ++at) {
      const auto& record = piece.batch.records()[at];
      if (record.id > end_of_run()) return nullptr;
      if (record.id > sent_to && selection.takes(piece.batch, record)) return &record;
    }
    return nullptr;
  }

  bool fill() {
    if (reader->newest_id() < sent_to) start_anew();
    piece = selection.next(sent_to, records_at_once);
    at = 0;
    publish();
    return piece.to > sent_to;
  }

  // The file was put back to an older copy while we had it open: what comes now is new, whatever its id.
  void start_anew() {
    fall_back();
    gaps = {};
    cursor.id = sent_to = reader->newest_id();
  }

  void pass_over(RecordId last) {
    if (last <= sent_to) return;
    sent_to = last;
    // What is confirmed behind it, is confirmed with it.
    (unconfirmed.empty() ? cursor.id : unconfirmed.back().id) = last;
  }

  void write_record(const Record& record) {
    frame.clear();
    append_bridge_frame(frame, piece.batch, record, now());
    write([this, id = record.id] {
      sent_to = id;
      ++sent;
      unconfirmed.push_back({Clock::now(), id, {}});
    });
  }

  void write_gap() {
    gap_under_way = gaps.take();
    frame.clear();
    append_gap_frame(frame, *gap_under_way);
    write([this] {
      const auto gap = *std::exchange(gap_under_way, std::nullopt);
      sent_to = std::max(sent_to, gap.to);
      unconfirmed.push_back({Clock::now(), sent_to, gap});
      skipped_unconfirmed += gap.ids();
    });
  }

  void write(std::function<void()> written) {
    last_write = Clock::now();
    link->write(frame, [this, written = std::move(written)] {
      written();
      wait_until_taken();
    });
  }

  void wait_for_news() {
    const auto again = [this] {
      watcher.take();
      next();
    };
    after(next_look, again);
    next_look = std::min(2 * next_look, look_again);
    idle = true;
    if (!news.is_open()) return;
    news.cancel();
    news.async_wait(asio::posix::stream_descriptor::wait_read,
                    [this, again, then_link = link](asio::error_code cancelled) {
                      if (cancelled || !idle || link != then_link) return;
                      timer.cancel();
                      idle = false;
                      // The news is that a commit writes its pages: it can be seen only when the disk has them.
                      next_look = look_soon;
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
    const auto turn = last_write + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>{1 / rate});
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

  void confirm() { confirm_until(Clock::now() - options.confirm_window); }

  void confirm_until(Clock::time_point sure) {
    for (; !unconfirmed.empty() && unconfirmed.front().when <= sure; unconfirmed.pop_front()) {
      const auto& written = unconfirmed.front();
      cursor.id = written.id;
      if (!written.gap) continue;
      cursor.skipped += static_cast<std::int64_t>(written.gap->ids());
      skipped_unconfirmed -= written.gap->ids();
    }
  }

  void tick() {
    saving.expires_after(save_step);
    saving.async_wait([this](asio::error_code cancelled) {
      if (!cancelled) tick();
    });
    confirm();
    look_at_backlog();
    save();
    watch_backlog();
    rate_of_sending.note(Clock::now(), sent);
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

  // When the store does not answer: whoever reads records from it will report that.
  void look_at_backlog() {
    try {
      if (!draining) give_up();
      backlog = backlog_behind(*reader, given_up_to());
    } catch (const Error&) {
    }
    tell_skipped();
  }

  void give_up() {
    const auto from = given_up_to();
    const auto to = skip_to(*reader, from, options.max_backlog_bytes, oldest_allowed());
    if (to == from) return;
    gaps.add({from + 1, to});
    skipped_untold += static_cast<std::uint64_t>(to - from);
  }

  // Behind it is what is still to be sent.
  RecordId given_up_to() const noexcept {
    return gaps.behind(gap_under_way ? std::max(sent_to, gap_under_way->to) : sent_to);
  }

  std::uint64_t skipped() const noexcept {
    return static_cast<std::uint64_t>(cursor.skipped) + skipped_unconfirmed + gaps.ids() +
           (gap_under_way ? gap_under_way->ids() : 0);
  }

  Timestamp oldest_allowed() const {
    const auto time = now();
    return options.max_backlog_age < time.time_since_epoch() ? time - options.max_backlog_age : Timestamp{};
  }

  void tell_skipped() {
    const auto time = Clock::now();
    if (skipped_untold == 0 || time < next_telling) return;
    next_telling = time + skipped_step;
    report({Errc::queue_full, "forwarding to " + options.url + ": " + std::to_string(std::exchange(skipped_untold, 0)) +
                                  " records were given up and will be missing there: more than " +
                                  std::to_string(options.max_backlog_bytes) +
                                  " bytes waited, or some for longer than " +
                                  std::to_string(options.max_backlog_age.count()) + " s"});
  }

  void watch_backlog() {
    const auto time = Clock::now();
    if (time < next_backlog_look) return;
    next_backlog_look = time + backlog_step;
    const auto lag_now = lag();
    if (lag_now > lag_before && static_cast<double>(lag_now) > rate * 60)
      report({Errc::queue_full,
              "forwarding to " + options.url + ": " + std::to_string(lag_now) +
                  " records wait, more than an hour ago; at " + std::to_string(static_cast<int>(rate)) +
                  " a second they take " +
                  std::to_string(static_cast<std::uint64_t>(static_cast<double>(lag_now) / rate) / 60) + " minutes"});
    lag_before = lag_now;
  }

  // When the store does not answer, by what it last said.
  std::uint64_t lag() {
    try {
      newest = reader->newest_id();
    } catch (const Error&) {
    }
    return static_cast<std::uint64_t>(std::max<RecordId>(0, newest - given_up_to()));
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
    Forwarder::Stats fresh;
    fresh.connected = is_connected;
    fresh.sent = sent;
    fresh.skipped = skipped();
    fresh.reconnects = reconnects;
    fresh.cursor = cursor.id;
    fresh.lag = lag();
    if (fresh.lag > 0) {
      fresh.lag_bytes = backlog.bytes;
      fresh.oldest_unsent = backlog.oldest;
    }
    fresh.rate = rate_of_sending.per_second();
    fresh.last_error = error;
    fresh.last_error_at = error_at;
    needed = (unconfirmed.empty() ? given_up_to() : cursor.id) + 1;
    std::lock_guard lock{mutex};
    published = std::move(fresh);
  }

  LogStore& store;
  QueuedSink& writer;
  const Forwarder::Options options;
  const double rate;
  const net::Address destination;
  asio::io_context io{1};
  std::unique_ptr<LogStore> reader;
  Selection selection;
  store::Watcher watcher;
  asio::posix::stream_descriptor news;
  asio::steady_timer timer, saving;
  std::shared_ptr<Link> link;
  BackOff back_off;

  struct Written {
    Clock::time_point when;
    RecordId id;  // everything up to it is dealt with
    std::optional<Gaps::Gap> gap;
  };
  Cursor cursor;
  RecordId saved = nowhere, sent_to = 0, newest = 0;
  std::deque<Written> unconfirmed;
  Gaps gaps;  // behind sent_to, or where a break has brought it back to
  std::optional<Gaps::Gap> gap_under_way;
  Backlog backlog;
  Rate rate_of_sending;
  Selection::Piece piece;
  std::size_t at = 0;
  std::string frame, error;
  std::optional<Timestamp> error_at;
  Clock::time_point last_write{}, end_of_drain{}, next_telling{}, next_backlog_look = Clock::now() + backlog_step;
  milliseconds next_look = look_again;
  std::uint64_t sent = 0, reconnects = 0, lag_before = 0, skipped_unconfirmed = 0, skipped_untold = 0;
  bool was_connected = false, is_connected = false, is_told = false, idle = false, draining = false, finishing = false;

  mutable std::mutex mutex;
  Forwarder::Stats published;
  std::atomic<RecordId> needed = 0;
  std::thread thread;  // last: it uses all of the above
};

}  // namespace

std::unique_ptr<Destination> to_python(LogStore& store, QueuedSink& writer, Forwarder::Options options,
                                       const DestinationUrl& to) {
  return std::make_unique<PythonDestination>(store, writer, std::move(options), to.address);
}

}  // namespace psherald::forward
