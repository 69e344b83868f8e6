#include "api/live_tail.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <string>
#include <utility>

#include "psherald/exchange.hpp"
#include "psherald/query.hpp"
#include "store/watcher.hpp"

namespace psherald::api {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t records_at_once = 500, bytes_at_once = 1u << 20;
// A search that finds little still has to let the others have their turn.
constexpr std::chrono::milliseconds turn{50};
// So that a proxy, and a client that has gone without a word, are noticed.
constexpr std::chrono::seconds heartbeat{15};
// While records come all the time, so many rounds a second are enough for any eye, and leave time for other work.
constexpr std::chrono::milliseconds between_rounds{10};

/// Events for what a search found, and where the next one begins.
struct Step {
  std::string events;
  RecordId position;
  bool more;  // it ended before the end of the log
};

std::string events_of(const RecordBatch& batch) {
  std::string lines, events;
  append_ndjson(lines, batch);
  std::string_view rest = lines;
  for (const auto& record : batch.records()) {
    const auto line = rest.substr(0, rest.find('\n') + 1);
    rest.remove_prefix(line.size());
    (((events += "id: ") += std::to_string(record.id)) += "\ndata: ") += line;
    events += '\n';
  }
  return events;
}

Step step(const LogStore& reader, const Filter& filter, RecordId position) {
  const auto newest = reader.newest_id();
  const auto page = find(reader, {.filter = filter,
                                  .order = Order::oldest_first,
                                  .limit = records_at_once,
                                  .cursor = position,
                                  .max_bytes = bytes_at_once,
                                  .budget = turn});
  auto reached = page.next != 0 ? page.next : std::max(position, newest);
  if (page.batch.size() > 0) reached = std::max(reached, page.batch.records().back().id);
  return {events_of(page.batch), reached, page.next != 0};
}

}  // namespace

struct LiveTail::Watcher {
  Filter filter;
  std::string text;  // of the filter
  RecordId position;
  HttpBody::Give give{};  // there while the client waits
  bool greeted = false;
  Clock::time_point last{};  // when something was given
};

struct LiveTail::Shared {
  std::mutex mutex;
  std::vector<std::shared_ptr<Watcher>> watchers;
  bool stopping = false;
  const int bell = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

  ~Shared() { ::close(bell); }
  void ring() const {
    const std::uint64_t once = 1;
    [[maybe_unused]] const auto written = ::write(bell, &once, sizeof once);
  }
  /// Events, or now and then nothing but a sign of life.
  void give(Watcher& watcher, const std::string& events, RecordId from, Clock::time_point time) {
    std::string piece;
    // The client learns where it stands, so that it goes on there though nothing matched before a break.
    if (!std::exchange(watcher.greeted, true))
      piece = "retry: 1000\nid: " + std::to_string(from) + "\nevent: start\ndata: {}\n\n";
    piece += events;
    if (piece.empty() && time - watcher.last < heartbeat) return;
    if (piece.empty()) piece = ":\n\n";
    watcher.last = time;
    HttpBody::Give waiting;
    {
      std::lock_guard lock{mutex};
      waiting.swap(watcher.give);
    }
    if (waiting) waiting(std::move(piece));
  }
  void take_bell() const {
    std::uint64_t rung = 0;
    [[maybe_unused]] const auto read = ::read(bell, &rung, sizeof rung);
  }
};

class LiveTail::Body final : public HttpBody {
 public:
  Body(std::shared_ptr<Shared> shared, std::shared_ptr<Watcher> watcher)
      : shared_{std::move(shared)}, watcher_{std::move(watcher)} {}
  ~Body() override {
    Give left;
    std::lock_guard lock{shared_->mutex};
    left.swap(watcher_->give);
    std::erase(shared_->watchers, watcher_);
  }
  void next(Give give) override {
    {
      std::lock_guard lock{shared_->mutex};
      if (shared_->stopping) return;
      watcher_->give = std::move(give);
    }
    shared_->ring();
  }

 private:
  const std::shared_ptr<Shared> shared_;
  const std::shared_ptr<Watcher> watcher_;
};

LiveTail::LiveTail(const LogStore& store) : store_{store}, shared_{std::make_shared<Shared>()} {}

LiveTail::~LiveTail() {
  {
    std::lock_guard lock{shared_->mutex};
    shared_->stopping = true;
  }
  send_away();
  shared_->ring();
  if (thread_.joinable()) thread_.join();
}

std::shared_ptr<HttpBody> LiveTail::follow(Filter filter, RecordId after) {
  std::call_once(started_, [this] { thread_ = std::thread{[this] { run(); }}; });
  auto text = print(filter);
  auto watcher = std::make_shared<Watcher>(Watcher{std::move(filter), std::move(text), after});
  std::lock_guard lock{shared_->mutex};
  shared_->watchers.push_back(watcher);
  return std::make_shared<Body>(shared_, std::move(watcher));
}

// Where the store cannot be read just now, those who wait are sent away: they come again.
void LiveTail::run() {
  for (;;) {
    try {
      return serve();
    } catch (const std::exception&) {
      send_away();
      std::this_thread::sleep_for(std::chrono::seconds{1});
    }
  }
}

void LiveTail::send_away() {
  std::vector<HttpBody::Give> broken_off;
  std::lock_guard lock{shared_->mutex};
  for (const auto& watcher : shared_->watchers) broken_off.push_back(std::exchange(watcher->give, nullptr));
}

void LiveTail::serve() {
  const auto reader = store_.reader();
  store::Watcher news{store_.file()};
  bool more = true;
  for (;;) {
    std::array<pollfd, 2> descriptors{{{shared_->bell, POLLIN, 0}, {news.descriptor(), POLLIN, 0}}};
    ::poll(descriptors.data(), descriptors.size(), more ? 0 : 1'000);
    shared_->take_bell();
    news.take();

    std::vector<std::shared_ptr<Watcher>> waiting;
    {
      std::lock_guard lock{shared_->mutex};
      if (shared_->stopping) return;
      for (const auto& watcher : shared_->watchers)
        if (watcher->give) waiting.push_back(watcher);
    }
    const auto begun = Clock::now();
    more = false;
    std::map<std::pair<std::string, RecordId>, Step> steps;
    for (const auto& watcher : waiting) {
      const std::pair place{watcher->text, watcher->position};
      auto found = steps.find(place);
      if (found == steps.end()) found = steps.emplace(place, step(*reader, watcher->filter, watcher->position)).first;
      watcher->position = found->second.position;
      more |= found->second.more;
      shared_->give(*watcher, found->second.events, place.second, begun);
    }
    std::this_thread::sleep_until(begun + between_rounds);
  }
}

}  // namespace psherald::api
