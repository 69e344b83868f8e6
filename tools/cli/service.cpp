#include "cli/service.hpp"

#include <sysexits.h>

#include <algorithm>
#include <asio/signal_set.hpp>
#include <deque>
#include <tuple>

#include "cli/failure.hpp"
#include "cli/lock_file.hpp"
#include "cli/migration_log.hpp"
#include "cli/ticker.hpp"
#include "psherald/version.hpp"

namespace psherald::cli {
namespace {

Journal::Options journal_options(const ServiceKind& kind, const Config& config, const Arguments& arguments) {
  Journal::Options options;
  options.program = kind.name;
  options.file = "LOG/" + kind.name + std::string{config.stage->suffix} + ".log";
  options.threshold = arguments.has("debug") ? Level::debug : Level::info;
  options.on_stderr = arguments.has("verbose");
  options.with_priority = stderr_is_journal();
  return options;
}

std::deque<LockFile> take_locks(const ServiceKind& kind, const Config& config) {
  std::deque<LockFile> locks;
  for (const auto& program : kind.locks)
    locks.emplace_back("./" + program + "_lock" + std::string{config.stage->suffix});
  std::string database = config.store.path;
  if (database.starts_with("sqlite:")) database.erase(0, 7);
  if (kind.writes_log && database != ":memory:") locks.emplace_back(database + ".bridge.lock");
  return locks;
}

/// Whether the configuration says the same of them.
bool is_same(const Forwarder::Options& a, const Forwarder::Options& b) {
  const auto settings = [](const Forwarder::Options& of) {
    return std::tie(of.name, of.url, of.where, of.token_file, of.ca_file, of.certificate_file, of.key_file,
                    of.max_backlog_bytes, of.max_backlog_age, of.rate, of.relay, of.confirm_window);
  };
  return settings(a) == settings(b);
}

/// The settings that differ and are only looked at when a program starts.
std::vector<std::string> changed_for_next_start(const Config& before, const Config& after) {
  const std::vector<std::pair<std::string, bool>> changes{
      {"stage", before.stage != after.stage},
      {"store.path", before.store.path != after.store.path},
      {"store.page_cache", before.store.page_cache_bytes != after.store.page_cache_bytes},
      {"bridge.listen", before.ingest.listen != after.ingest.listen},
      {"bridge.max_frame", before.ingest.max_frame_bytes != after.ingest.max_frame_bytes},
      {"bridge.queue_bytes", before.queue.max_bytes != after.queue.max_bytes},
      {"web.listen", before.web.listen != after.web.listen},
      {"tls.certificate", before.ingest.tls.certificate_file != after.ingest.tls.certificate_file},
      {"tls.key", before.ingest.tls.key_file != after.ingest.tls.key_file},
      {"tls.client_ca", before.ingest.tls.client_ca_file != after.ingest.tls.client_ca_file},
      {"web.tokens", before.tokens != after.tokens},
      {"web.hosts", before.pages.hosts != after.pages.hosts},
      {"[http]", before.web.limits != after.web.limits},
      {"web.cors", before.pages.cors != after.pages.cors},
      {"[[forward]]",
       !std::equal(before.forward.begin(), before.forward.end(), after.forward.begin(), after.forward.end(), is_same)}};
  std::vector<std::string> names;
  for (const auto& [name, changed] : changes)
    if (changed) names.push_back(name);
  return names;
}

/// Tells systemd again and again, from the loop that does the work, that it still goes round.
void keep_watchdog_quiet(std::optional<Ticker>& ticker, asio::io_context& io) {
  const auto patience = watchdog_patience();
  if (!patience) return;
  const auto period = std::chrono::duration_cast<std::chrono::milliseconds>(*patience / 2);
  ticker.emplace(io, std::max(period, std::chrono::milliseconds{1}), [] { notify_systemd("WATCHDOG=1"); });
}

}  // namespace

std::string Service::other_address(const std::string& setting) const {
  for (const auto& [option, name] : kind.option_settings)
    if (name == setting) return "; give another address with --" + option + ", or " + name + " in psherald.toml";
  return {};
}

void Service::run(asio::io_context& io, const std::function<void()>& stop,
                  const std::function<void(const Config&)>& reload) {
  asio::signal_set ending{io, SIGINT, SIGTERM}, hangup{io, SIGHUP};
  std::optional<Ticker> watchdog;
  ending.async_wait([&](asio::error_code error, int) {
    if (error) return;
    ending.clear();  // a second signal ends a program that takes too long
    hangup.cancel();
    if (watchdog) watchdog->stop();
    journal.log(Level::info, "stopping: storing what has arrived");
    notify_systemd("STOPPING=1");
    stop();
  });
  const std::function<void()> wait_for_hangup = [&] {
    hangup.async_wait([&](asio::error_code error, int) {
      if (error) return;
      notify_systemd(reloading_state());
      reload_config(reload);
      notify_systemd("READY=1");
      wait_for_hangup();
    });
  };
  wait_for_hangup();
  notify_systemd("READY=1");
  keep_watchdog_quiet(watchdog, io);
  io.run();
}

void Service::reload_config(const std::function<void(const Config&)>& reload) {
  try {
    Config fresh = load_config(sources);
    for (const auto& name : changed_for_next_start(config, fresh))
      journal.log(Level::warning, name + " has changed: it takes effect at the next start");
    config.max_age = fresh.max_age;
    config.max_size = fresh.max_size;
    config.mail = fresh.mail;
    config.mail_admin = fresh.mail_admin;
    reload(config);
    journal.log(Level::info, "the configuration was read again");
  } catch (const Error& error) {
    journal.log(Level::error, std::string{"keeping the old configuration: "} + error.what());
  }
}

void run_service(const ServiceKind& kind, const Arguments& arguments, const std::function<void(Service&)>& body) {
  auto sources = config_sources(arguments, kind.option_settings);
  Config config = load_config(sources);
  auto options = journal_options(kind, config, arguments);
  Service service{kind, std::move(sources), std::move(config), Journal{std::move(options)}, inherited_sockets()};
  service.config.store.on_migration = tell_migration(service.journal);
  try {
    const auto locks = take_locks(kind, service.config);
    service.journal.log(Level::info, "starting version " + std::string{version} + ", stage " +
                                         std::string{service.config.stage->name} + ", database " +
                                         service.config.store.path);
    body(service);
    service.journal.log(Level::info, "ended");
  } catch (const AlreadyRunning& error) {
    service.journal.log(Level::info, error.what());  // nothing is wrong: cron starts programs again and again
    throw;
  } catch (const std::exception& error) {
    service.journal.log(Level::critical, error.what());
    throw;
  }
}

bool is_default(const std::vector<std::string>& listen, std::uint16_t port) {
  return listen == std::vector{"127.0.0.1:" + std::to_string(port)};
}

LogStore open_to_look(LogStore::Options options) try {
  options.read_only = true;
  return LogStore{std::move(options)};
} catch (const Error& error) {
  if (error.code() != Errc::store_open) throw;
  throw Failure{EX_NOINPUT, error.what()};
}

std::vector<Option> service_options(std::vector<Option> own) {
  std::vector<Option> options{
      {'x', "extra", "", "print the debug mode and end"},
      {'v', "verbose", "", "say on stderr too what goes into the log file"},
      {'d', "debug", "", "log more"},
      {0, "config", "FILE", "read FILE instead of ./psherald.toml"},
      {0, "database", "FILE", "the database file"},
  };
  options.insert(options.end(), own.begin(), own.end());
  return options;
}

ConfigSources config_sources(const Arguments& arguments,
                             const std::vector<std::pair<std::string, std::string>>& option_settings) {
  ConfigSources sources;
  sources.file = arguments.value("config");
  if (const auto database = arguments.value("database"))
    sources.options.push_back({"store.path", *database, "--database"});
  for (const auto& [option, setting] : option_settings)
    for (const auto& text : arguments.values(option)) sources.options.push_back({setting, text, "--" + option});
  return sources;
}

}  // namespace psherald::cli
