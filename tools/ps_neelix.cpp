/// ps_neelix: judges the log once, and tells people.

#include <sysexits.h>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <cstdio>

#include "cli/failure.hpp"
#include "cli/lock_file.hpp"
#include "cli/program.hpp"
#include "cli/service.hpp"
#include "cli/watch.hpp"
#include "cli/watch_service.hpp"
#include "psherald/queued_sink.hpp"

namespace {

using namespace psherald;

cli::Usage usage() {
  return {
      "ps_neelix",
      "Judges the log by the rules of psherald.toml and ps_neelix<suffix>.cfg and tells people. Runs once, from cron.",
      cli::service_options({{'t', "test-only", "", "print what would be done, and do nothing"},
                            {0, "watch", "", "stay, and judge the log as it grows"}}),
      "",
      "  ps_neelix                           judge what has come since the last run\n"
      "  ps_neelix -t                        see what it would do\n"
      "  ps_neelix --watch                   judge all the time, until it is ended\n"
      "\n"
      "The rules of ps_neelix<suffix>.cfg, a section for each system_id:\n"
      "  [ch2eu]\n"
      "  MAIL_TO = ops@example.org,boss@example.org\n"
      "  MSG = disk full                     tell when a message holds this text\n"
      "  AGE = 60*60*2                       tell when nothing came for so many seconds\n"};
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const auto& text : texts) all += (all.empty() ? "" : ", ") + text;
  return all;
}

std::string messages(std::size_t count) { return std::to_string(count) + (count == 1 ? " message" : " messages"); }

/// Reads, judges and prints; writes nothing.
int try_rules(const cli::Arguments& arguments) {
  const Config config = load_config(cli::config_sources(arguments, {}));
  const auto rules = cli::need_rules(config);
  for (const auto& remark : rules.remarks) std::fprintf(stderr, "ps_neelix: %s\n", remark.c_str());
  Messenger notifier{
      cli::messenger_options(config, rules, nullptr)};  // so that a password that cannot be read is told now
  LogStore store = cli::open_to_look(config.store);
  Watchdog watchdog{store, notifier, rules.options};
  const Moment now = this_moment();
  const auto waiting = watchdog.deliver(now).waiting;
  const auto alerts = watchdog.check(now);
  for (const auto& alert : alerts)
    std::printf("would send to %s: %s\n\n%s\n", joined(alert.to).c_str(), alert.subject.c_str(), alert.text.c_str());
  if (waiting > 0) std::printf("would try again to send %s\n", messages(waiting).c_str());
  if (alerts.empty()) std::printf("there is nothing new to tell\n");
  return EX_OK;
}

/// One run. True: everybody was told.
bool judge(cli::Service& service) {
  const auto rules = cli::need_rules(service.config);
  Messenger notifier{cli::messenger_options(service.config, rules, &service.journal)};
  LogStore store{service.config.store};
  std::optional<cli::LockFile> lock;
  if (const auto path = cli::watch_lock(store)) lock.emplace(*path);
  const cli::Journal::IntoSink records{service.journal, store};
  for (const auto& remark : rules.remarks) service.journal.log(Level::warning, remark);
  Watchdog watchdog{store, notifier, rules.options};
  const Moment now = this_moment();
  for (const auto& alert : watchdog.check(now))
    service.journal.log(Level::info, "telling " + joined(alert.to) + ": " + alert.subject);
  const auto deliveries = watchdog.deliver(now, Watchdog::Which::waiting);
  for (const auto& fault : deliveries.faults) service.journal.log(Level::warning, fault.text);
  if (const auto& url = service.config.watch_ping; !url.empty())
    if (const auto done = notifier.ping(url); !done) service.journal.log(Level::warning, done.error().text);
  if (deliveries.faults.empty()) return true;
  std::fprintf(stderr, "ps_neelix: %s; %s for the next run\n", deliveries.faults.back().text.c_str(),
               (messages(deliveries.waiting) + (deliveries.waiting == 1 ? " waits" : " wait")).c_str());
  return false;
}

/// Until a signal ends it; SIGHUP reads the rules again. Waits for its turn while another one watches.
void stay(cli::Service& service) {
  cli::need_rules(service.config);
  LogStore store{service.config.store};
  QueuedSink queue{store, service.config.queue};
  const cli::Journal::IntoSink records{service.journal, queue};
  cli::WatchService watch{service, store, queue};
  asio::io_context io{1};
  const auto work = asio::make_work_guard(io);
  service.run(
      io,
      [&] {
        watch.stop();
        io.stop();
      },
      [&](const Config& config) { watch.reload(config); });
  queue.flush();
}

int run(const cli::Arguments& arguments) {
  if (cli::print_debug_mode("ps_neelix", arguments)) return EX_OK;
  if (arguments.has("test-only")) return try_rules(arguments);
  if (arguments.has("watch")) {
    cli::run_service({"ps_neelix", {}, {}, false}, arguments, stay);
    return EX_OK;
  }
  bool told = false;
  cli::run_service({"ps_neelix", {}, {}, false}, arguments, [&](cli::Service& service) { told = judge(service); });
  return told ? EX_OK : EX_UNAVAILABLE;
}

}  // namespace

int main(int argc, char** argv) { return cli::run_program(usage(), cli::words_of(argc, argv), run); }
