#include "cli/watch_service.hpp"

#include <asio/post.hpp>

#include "cli/failure.hpp"
#include "cli/watch.hpp"
#include "sink/waiting.hpp"

namespace psherald::cli {
namespace {

constexpr std::chrono::seconds period{1};

}  // namespace

WatchService::WatchService(Service& service, LogStore& store, QueuedSink& queue)
    : service_{service}, store_{store}, queue_{queue} {
  load(service.config);
  thread_ = std::thread{[this] { io_.run(); }};
}

WatchService::~WatchService() {
  stop();
  work_.reset();
  thread_.join();
}

void WatchService::reload(const Config& config) { load(config); }

void WatchService::load(const Config& config) {
  const auto rules = find_rules(config);
  if (!rules) {
    asio::post(io_, [this] {
      end();
      lock_.reset();
    });
    return;
  }
  auto messenger = std::make_shared<Messenger>(messenger_options(config, *rules, &service_.journal));
  for (const auto& remark : rules->remarks) service_.journal.log(Level::warning, remark);
  service_.journal.log(Level::info,
                       "watching by " + std::to_string(rules->options.rules.size()) + " rules of " + rules->from);
  auto options = rules->options;
  options.on_store = [this](const std::function<void()>& job) { run_on(queue_, job); };
  options.on_fault = [this](const Fault& fault) { service_.journal.log(Level::warning, fault.text); };
  if (!config.watch_ping.empty())
    options.on_judged = [this, messenger, url = config.watch_ping] {
      if (const auto done = messenger->ping(url); !done)
        service_.journal.log(Level::warning, "nobody was told that all is judged: " + done.error().text);
    };
  // Made here, before anything is received: what comes from now on is judged.
  auto watchdog = std::make_shared<Watchdog>(store_, *messenger, std::move(options));
  asio::post(io_, [this, messenger, watchdog] { watch(messenger, watchdog); });
}

void WatchService::watch(std::shared_ptr<Messenger> messenger, std::shared_ptr<Watchdog> watchdog) {
  end();
  {
    std::lock_guard guard{mutex_};
    messenger_ = std::move(messenger);
    watchdog_ = std::move(watchdog);
  }
  begin();
}

/// Waits for its turn where another process has the lock, such as a ps_neelix that cron has started.
void WatchService::begin() {
  try {
    if (const auto path = watch_lock(store_); path && !lock_) lock_.emplace(*path);
    std::lock_guard guard{mutex_};
    if (!stopped_ && watchdog_) watchdog_->run(io_, period);
  } catch (const AlreadyRunning& running) {
    service_.journal.log(Level::debug, running.what());
    turn_.expires_after(period);
    turn_.async_wait([this](asio::error_code error) {
      if (!error && !lock_) begin();
    });
  } catch (const std::exception& error) {
    service_.journal.log(Level::error, std::string{"nobody is watched: "} + error.what());
  }
}

/// Waits for what is being delivered, which stop() cuts short.
void WatchService::end() {
  turn_.cancel();
  std::shared_ptr<Watchdog> ended;
  {
    std::lock_guard guard{mutex_};
    ended = std::move(watchdog_);
  }
  if (ended) ended->stop();
}

void WatchService::stop() {
  {
    std::lock_guard guard{mutex_};
    stopped_ = true;
    if (watchdog_) watchdog_->stop();
    if (messenger_) messenger_->stop();
  }
  asio::post(io_, [this] { end(); });
}

}  // namespace psherald::cli
