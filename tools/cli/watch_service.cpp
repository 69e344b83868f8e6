#include "cli/watch_service.hpp"

#include <asio/post.hpp>
#include <future>

#include "cli/failure.hpp"
#include "cli/watch.hpp"

namespace psherald::cli {
namespace {

constexpr std::chrono::minutes period{1};

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
  const auto file = find_watch_file(config);
  if (!file) {
    asio::post(io_, [this] {
      end();
      lock_.reset();
    });
    return;
  }
  const auto rules = load_watch_config(*file, config.mail_admin);
  auto mail = std::make_shared<MailNotifier>(config.mail);
  for (const auto& remark : rules.remarks) service_.journal.log(Level::warning, remark);
  service_.journal.log(Level::info, "watching by " + std::to_string(rules.rules.size()) + " rules of " + *file);
  asio::post(io_, [this, options = watch_options(rules), mail] { watch(options, mail); });
}

void WatchService::watch(Watchdog::Options options, std::shared_ptr<MailNotifier> mail) {
  end();
  options_ = std::move(options);
  options_.on_store = [this](const std::function<void()>& job) { on_store(job); };
  options_.on_fault = [this](const Fault& fault) { service_.journal.log(Level::warning, fault.text); };
  {
    std::lock_guard guard{mutex_};
    mail_ = std::move(mail);
  }
  begin();
}

/// Waits for its turn where another process has the lock, such as a ps_neelix that cron has started.
void WatchService::begin() {
  try {
    if (const auto path = watch_lock(store_); path && !lock_) lock_.emplace(*path);
    auto watchdog = std::make_unique<Watchdog>(store_, *mail_, options_);
    std::lock_guard guard{mutex_};
    if (stopped_) return;
    watchdog_ = std::move(watchdog);
    watchdog_->run(io_, period);
  } catch (const AlreadyRunning& running) {
    service_.journal.log(Level::debug, running.what());
    turn_.expires_after(period);
    turn_.async_wait([this](asio::error_code error) {
      if (!error) begin();
    });
  } catch (const std::exception& error) {
    service_.journal.log(Level::error, std::string{"nobody is watched: "} + error.what());
  }
}

void WatchService::end() {
  turn_.cancel();
  std::lock_guard guard{mutex_};
  if (watchdog_) watchdog_->stop();
  watchdog_.reset();
}

void WatchService::stop() {
  {
    std::lock_guard guard{mutex_};
    stopped_ = true;
    if (watchdog_) watchdog_->stop();
    if (mail_) mail_->stop();
  }
  asio::post(io_, [this] { end(); });
}

void WatchService::on_store(const std::function<void()>& job) {
  std::promise<void> done;
  queue_.post([&] {
    try {
      job();
      done.set_value();
    } catch (...) {
      done.set_exception(std::current_exception());
    }
  });
  done.get_future().get();
}

}  // namespace psherald::cli
