#include <thread>

#include "forward/destination.hpp"
#include "forward/psherald_sender.hpp"
#include "net/host_name.hpp"
#include "sink/waiting.hpp"
#include "store/sqlite.hpp"

namespace psherald::forward {
namespace {

// A destination that is new gets all that is there.
Cursor load_cursor(LogStore& store, QueuedSink& writer, const Forwarder::Options& options) {
  const auto reader = store.reader();
  auto cursor = reader->cursor(options.name);
  if (!cursor) {
    const auto oldest = sqlite::integer(reader->native_handle(), "SELECT min(id) FROM entry");
    const RecordId start = oldest.value_or(reader->newest_id() + 1);
    cursor = Cursor{.name = options.name, .start = start, .id = start - 1};
  }
  cursor->url = options.url;
  cursor->filter = options.where;
  run_on(writer, [&] { store.save_cursor(*cursor); });
  return reader->cursor(options.name).value();
}

class PsheraldDestination final : public Destination {
 public:
  PsheraldDestination(LogStore& store, QueuedSink& writer, const Forwarder::Options& options, const DestinationUrl& to)
      : writer_{writer}, sender_{store, writer, options, to, {load_cursor(store, writer, options)}}, thread_{[this] {
          sender_.run();
        }} {}
  ~PsheraldDestination() override { end(std::chrono::milliseconds{0}); }

  void end(std::chrono::milliseconds drain) override {
    if (!thread_.joinable()) return;
    sender_.stop(drain);
    thread_.join();
    writer_.flush();  // it has our cursor to keep
  }
  Forwarder::Stats stats() const override { return sender_.stats(); }
  RecordId needed_from() const noexcept override { return sender_.needed_from(); }

 private:
  QueuedSink& writer_;
  PsheraldSender sender_;
  std::thread thread_;  // last: it uses the sender
};

}  // namespace

std::unique_ptr<Destination> to_psherald(LogStore& store, QueuedSink& writer, Forwarder::Options options,
                                         const DestinationUrl& to) {
  if (options.store.empty()) options.store = net::host_name("unknown");
  return std::make_unique<PsheraldDestination>(store, writer, options, to);
}

}  // namespace psherald::forward
