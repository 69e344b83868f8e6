#include <condition_variable>
#include <mutex>
#include <thread>

#include "forward/psherald_sender.hpp"
#include "net/host_name.hpp"
#include "record/hex.hpp"
#include "record/random.hpp"
#include "store/sqlite.hpp"

namespace psherald {
namespace {

constexpr std::chrono::milliseconds progress_step{200};

forward::PsheraldSender::Task task_of(LogStore& store, const Forwarder::Options& options) {
  forward::PsheraldSender::Task task;
  task.cursor.name = options.name;
  task.cursor.stream = to_hex(random_bytes(16));
  task.cursor.start = sqlite::integer(store.native_handle(), "SELECT min(id) FROM entry").value_or(1);
  task.kept = false;
  task.last = store.newest_id();
  return task;
}

}  // namespace

Forwarder::Stats replay(LogStore& store, Forwarder::Options options,
                        const std::function<void(const Forwarder::Stats&)>& progress, std::stop_token stop) {
  const auto to = forward::parse_destination(options.url).value();
  if (to.kind == forward::DestinationUrl::Kind::python)
    throw Error{Errc::bad_config, "cannot send again to " + options.url +
                                      ": a bridge of ps.herald would store everything twice; name a psherald"};
  if (options.store.empty()) options.store = net::host_name("unknown");
  QueuedSink unused{store};  // nothing is kept
  forward::PsheraldSender sender{store, unused, options, to, task_of(store, options)};
  std::mutex mutex;
  std::condition_variable_any changed;
  bool done = false;
  std::thread thread{[&] {
    sender.run();
    std::lock_guard lock{mutex};
    done = true;
    changed.notify_all();
  }};
  std::unique_lock lock{mutex};
  while (!changed.wait_for(lock, stop, progress_step, [&] { return done; }) && !stop.stop_requested())
    if (progress) progress(sender.stats());
  lock.unlock();
  if (stop.stop_requested()) sender.stop(std::chrono::milliseconds{0});
  thread.join();
  return sender.stats();
}

}  // namespace psherald
