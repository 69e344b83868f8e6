/// ps_neelix: judges the log once, and tells people.

#include <sysexits.h>

#include <cstdio>

#include "cli/failure.hpp"
#include "cli/lock_file.hpp"
#include "cli/program.hpp"
#include "cli/service.hpp"
#include "cli/watch.hpp"

namespace {

using namespace psherald;

cli::Usage usage() {
  return {"ps_neelix", "Judges the log by the rules of ps_neelix<suffix>.cfg and sends mail. Runs once, from cron.",
          cli::service_options({{'t', "test-only", "", "print what would be done, and do nothing"}}), "",
          "  ps_neelix                           judge what has come since the last run\n"
          "  ps_neelix -t                        see what it would do\n"
          "\n"
          "The rules, a section for each system_id:\n"
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

WatchConfig load_rules(const Config& config) {
  if (const auto file = cli::find_watch_file(config)) return load_watch_config(*file, config.mail_admin);
  throw Error{Errc::bad_config, "there is no " + watch_file(*config.stage) +
                                    ", which has the rules; write one as \"ps_neelix --help\" shows it"};
}

/// Reads, judges and prints; writes nothing.
int try_rules(const cli::Arguments& arguments) {
  const Config config = load_config(cli::config_sources(arguments, {}));
  const auto rules = load_rules(config);
  for (const auto& remark : rules.remarks) std::fprintf(stderr, "ps_neelix: %s\n", remark.c_str());
  MailNotifier notifier{config.mail};  // so that a password that cannot be read is told now
  LogStore store = cli::open_to_look(config.store);
  Watchdog watchdog{store, notifier, cli::watch_options(rules)};
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
  const auto rules = load_rules(service.config);
  MailNotifier notifier{service.config.mail};
  LogStore store{service.config.store};
  std::optional<cli::LockFile> lock;
  if (const auto path = cli::watch_lock(store)) lock.emplace(*path);
  const cli::Journal::IntoSink records{service.journal, store};
  for (const auto& remark : rules.remarks) service.journal.log(Level::warning, remark);
  Watchdog watchdog{store, notifier, cli::watch_options(rules)};
  const Moment now = this_moment();
  for (const auto& alert : watchdog.check(now))
    service.journal.log(Level::info, "telling " + joined(alert.to) + ": " + alert.subject);
  const auto deliveries = watchdog.deliver(now, Watchdog::Which::waiting);
  for (const auto& fault : deliveries.faults) service.journal.log(Level::warning, fault.text);
  if (deliveries.faults.empty()) return true;
  std::fprintf(stderr, "ps_neelix: %s; %s for the next run\n", deliveries.faults.back().text.c_str(),
               (messages(deliveries.waiting) + (deliveries.waiting == 1 ? " waits" : " wait")).c_str());
  return false;
}

int run(const cli::Arguments& arguments) {
  if (cli::print_debug_mode("ps_neelix", arguments)) return EX_OK;
  if (arguments.has("test-only")) return try_rules(arguments);
  bool told = false;
  cli::run_service({"ps_neelix", {}, {}, false}, arguments, [&](cli::Service& service) { told = judge(service); });
  return told ? EX_OK : EX_UNAVAILABLE;
}

}  // namespace

int main(int argc, char** argv) { return cli::run_program(usage(), cli::words_of(argc, argv), run); }
