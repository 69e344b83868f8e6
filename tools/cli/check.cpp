#include "cli/check.hpp"

#include <sysexits.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "cli/failure.hpp"
#include "cli/migration_log.hpp"
#include "cli/output.hpp"
#include "cli/service.hpp"
#include "cli/watch.hpp"
#include "config/values.hpp"
#include "psherald/backtest.hpp"
#include "psherald/filter.hpp"
#include "watch/log_reader.hpp"
#include "watch/message_text.hpp"
#include "watch/redact.hpp"
#include "watch/report.hpp"
#include "watch/scenario.hpp"

namespace psherald::cli {
namespace {

void list_destinations(const Config& config) {
  for (const auto& to : config.forward) {
    const auto filter = parse_filter(to.where).value();
    const std::string name = to.name == to.url ? "" : to.name + ", ";
    std::printf("forward: %s%s, where %s\n", name.c_str(), to.url.c_str(), print(filter).c_str());
    for (const auto& note : filter.notes) std::printf("remark: %s\n", note.message.c_str());
  }
}

// ---- [[test]]

/// The rules that the test is about, at a place where it is always the same time.
Watchdog::Options options_of(const Config& config, const RuleTest& test) {
  auto options = config.watch;
  if (options.zone == "local") options.zone = "UTC";
  if (!test.rules.empty())
    std::erase_if(options.rules, [&](const Rule& rule) {
      return std::find(test.rules.begin(), test.rules.end(), rule.name) == test.rules.end();
    });
  return options;
}

/// Returns how many fail.
std::size_t run_tests(const Config& config) {
  std::size_t failed = 0;
  for (const auto& test : config.tests) {
    watch::ScenarioResult result;
    try {
      result = watch::run_scenario(test.json, [&](const std::string&) { return options_of(config, test); });
    } catch (const Error& error) {
      throw Error{Errc::bad_config, test.where + ": test \"" + test.name + "\": " + error.what()};
    }
    if (result.differences.empty()) continue;
    ++failed;
    std::printf("test \"%s\" fails (%s)\n", test.name.c_str(), test.where.c_str());
    for (const auto& difference : result.differences) std::printf("    %s\n", one_line(difference).c_str());
  }
  if (!config.tests.empty()) std::printf("tests: %zu passed, %zu failed\n", config.tests.size() - failed, failed);
  return failed;
}

// ---- --backtest

std::string duration_of(const std::optional<std::chrono::microseconds>& span) {
  return span ? watch::duration_text(*span) : "goes on";
}

std::string time_of(Timestamp time) { return format_local(time).substr(0, 19); }

std::string summary(const PastOfRule& past) {
  if (!past.judged) return "is not judged: it is not enabled, or nobody has stored what it looks at";
  if (past.openings == 0) return "nothing";
  const auto number = [](std::int64_t count) { return std::to_string(count); };
  const auto counted = [&](std::int64_t count, const std::string& what) {
    return number(count) + " " + what + (count == 1 ? "" : "s");
  };
  return counted(past.openings, "opening") + " of " + counted(past.keys, "key") + ", " + number(past.damped) +
         " damped, longest " + watch::duration_text(past.longest) + "    messages: " + number(past.bare_openings) +
         "+" + number(past.bare_ends) + " bare -> " + number(past.after_damping) + " after damping -> " +
         number(past.after_grouping) + " after grouping -> " + number(past.told) + " after silences; " +
         counted(past.reminders, "reminder");
}

/// Prints what became of each rule, and what of all.
class PastPrinter {
 public:
  PastPrinter(const LogStore& store, const Watchdog::Options& options, bool verbose, std::size_t width)
      : store_{store}, options_{options}, verbose_{verbose}, width_{width} {}

  void print(const PastOfRule& past) const {
    constexpr std::size_t shown = 20;
    line(past.rule, summary(past));
    const std::size_t count = verbose_ ? past.listed.size() : std::min(past.listed.size(), shown);
    for (std::size_t i = 0; i < count; ++i) print(past, past.listed[i]);
    if (const auto more = past.incidents - static_cast<std::int64_t>(count); more > 0)
      line("", "and " + std::to_string(more) + " more" +
                   (verbose_ ? "" : "; --verbose lists up to " + std::to_string(BacktestOptions{}.listed)));
  }

  void print(const PastOfReceiver& past, const std::string& days) const {
    line("all rules", std::to_string(past.messages) + " message" + (past.messages == 1 ? "" : "s") + " in " + days +
                          " to " + past.receiver + ", busiest day " + std::to_string(past.in_busiest_day) + " (" +
                          format_local(past.busiest_day).substr(0, 10) + "), busiest " +
                          watch::duration_text(options_.burst_window) + " " + std::to_string(past.in_busiest_window));
  }

  void line(const std::string& name, const std::string& text) const {
    std::printf("%s  %s\n", column(one_line(name), width_).c_str(), one_line(text).c_str());
  }

 private:
  void print(const PastOfRule& past, const PastIncident& incident) const {
    std::string text = time_of(incident.opened) + "  " + watch::word_of(past.kind);
    if (!incident.title.empty()) text += " " + incident.title;
    text += "   " + duration_of(incident.lasted);
    if (incident.relapses > 0)
      text += ", began anew " + std::to_string(incident.relapses) + (incident.relapses == 1 ? " time" : " times");
    if (incident.first_id != 0) text += "   #" + std::to_string(incident.first_id);
    line("", text);
    if (!verbose_ || incident.first_id == 0) return;
    for (auto record : watch::lines_around(store_.native_handle(), incident.first_id, options_.context))
      line("", "    " + watch::line_text(record));
  }

  const LogStore& store_;
  const Watchdog::Options& options_;
  const bool verbose_;
  const std::size_t width_;
};

int run_backtest(const Config& config, const Arguments& arguments) {
  const auto span = parse_duration(*arguments.value("backtest"));
  if (!span) throw UsageError{"--backtest: " + span.error().text};
  const auto known = need_rules(config);
  const auto only = arguments.value("rule");
  const auto& rules = known.options.rules;
  if (only && std::none_of(rules.begin(), rules.end(), [&](const Rule& rule) { return rule.name == *only; }))
    throw Failure{1, "there is no rule \"" + *only + "\"; psherald rules lists them"};

  const LogStore store = open_to_look(config.store);
  BacktestOptions how;
  how.until = now();
  how.from = how.until - *span;
  how.progress = [](double done) { show_progress("judging the past", done); };
  const auto result = backtest(store, known.options, how);

  std::size_t width = std::string_view{"all rules"}.size();
  for (const auto& past : result.rules) width = std::max(width, std::min<std::size_t>(characters(past.rule), 30));
  std::printf("backtest: %lld records from %s to %s\n", static_cast<long long>(result.records),
              time_of(how.from).c_str(), time_of(how.until).c_str());
  const PastPrinter printer{store, known.options, arguments.has("verbose"), width};
  for (const auto& past : result.rules)
    if (!only || past.rule == *only) printer.print(past);
  if (only) return EX_OK;
  if (result.receivers.empty()) printer.line("all rules", "nobody would have been told anything");
  for (const auto& past : result.receivers) printer.print(past, watch::duration_text(*span));
  check_written();
  return EX_OK;
}

int check_database(const Config& config, bool rebuild) {
  auto options = config.store;
  bool of_ps_herald = false;
  options.on_migration = [&](const std::string& step, double done) {
    of_ps_herald = true;
    show_progress(step, done);
  };
  const LogStore store = open_to_look(options);
  if (rebuild && !of_ps_herald) LogStore{options}.rebuild([](double done) { show_progress("rebuilding", done); });
  const auto faults = store.check([](double done) { show_progress("checking", done); });
  std::printf("database: %s, %lld records, %lld dead letters\n", store.path().c_str(),
              static_cast<long long>(store.count()), static_cast<long long>(store.dead_letter_count()));
  for (const auto& fault : faults) std::printf("fault: %s\n", fault.c_str());
  if (of_ps_herald)
    std::puts("remark: it is of ps.herald 1.4.2; the first program that is started to write to it makes it psherald's");
  if (const auto advice = sqlite_advice(); !advice.empty()) std::printf("remark: %s\n", advice.c_str());
  if (faults.empty()) return std::puts("all is well"), EX_OK;
  std::printf("%zu fault%s\n", faults.size(), faults.size() == 1 ? "" : "s");
  return EXIT_FAILURE;
}

}  // namespace

Usage check_usage() {
  return {
      "psherald check",
      "Checks configuration and database, and runs the tests of the rules. Ends with 0 when all is well.",
      {{0, "config", "FILE", "read FILE instead of ./psherald.toml"},
       {0, "database", "FILE", "the database file"},
       {0, "rebuild", "", "first make the summaries and the substring index anew from the records"},
       {0, "backtest", "DURATION", "instead of the database, what the rules would have found and told in that time"},
       {0, "rule", "NAME", "with --backtest: of this rule only"},
       {'v', "verbose", "", "with --backtest: all that was found, with the records around it"}},
      "",
      "  psherald check\n  psherald check --rebuild\n"
      "  psherald check --backtest 30d --rule \"disk full\" --verbose\n"};
}

int check(const Arguments& arguments, const std::string&) {
  const bool backtest = arguments.has("backtest");
  if (!backtest && (arguments.has("rule") || arguments.has("verbose")))
    throw UsageError{"--rule and --verbose belong to --backtest"};
  if (backtest && arguments.has("rebuild")) throw UsageError{"--backtest changes nothing, and --rebuild does"};
  const Config config = load_config(config_sources(arguments, {}));
  std::printf("configuration: %s, stage %s\n", config.file.empty() ? "defaults" : config.file.c_str(),
              std::string{config.stage->name}.c_str());
  list_destinations(config);
  if (const auto rules = find_rules(config)) {
    std::printf("rules: %s, %zu\n", rules->from.c_str(), rules->options.rules.size());
    for (const auto& remark : rules->remarks) std::printf("remark: %s\n", remark.c_str());
  }
  const auto failed = run_tests(config);
  if (backtest) return run_backtest(config, arguments);
  if (failed > 0) return EXIT_FAILURE;
  return check_database(config, arguments.has("rebuild"));
}

}  // namespace psherald::cli
