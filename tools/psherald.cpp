/// psherald: all of it in one program: bridge and page together, one record from a shell, a search, a check, a copy.

#include <sysexits.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "cli/bridge.hpp"
#include "cli/check.hpp"
#include "cli/complete.hpp"
#include "cli/export.hpp"
#include "cli/failure.hpp"
#include "cli/forwarding.hpp"
#include "cli/import.hpp"
#include "cli/incidents.hpp"
#include "cli/migration_log.hpp"
#include "cli/page_service.hpp"
#include "cli/program.hpp"
#include "cli/replay.hpp"
#include "cli/search.hpp"
#include "cli/send.hpp"
#include "cli/service.hpp"
#include "cli/sql.hpp"
#include "cli/statistics.hpp"
#include "cli/store_status.hpp"
#include "cli/token.hpp"
#include "cli/watch_service.hpp"
#include "config/nearest.hpp"

namespace {

using namespace psherald;
using Words = std::vector<std::string>;

// ---- up

cli::Usage up_usage() {
  return {"psherald up",
          "Receives records, shows them on a page and watches them by the rules of ps_neelix, in one process.",
          {{'v', "verbose", "", "say on stderr too what goes into the log file"},
           {'d', "debug", "", "log more"},
           {0, "config", "FILE", "read FILE instead of ./psherald.toml"},
           {0, "database", "FILE", "the database file"},
           {0, "listen", "ADDRESS", "HOST:PORT or unix:PATH to receive records on; may be repeated"},
           {0, "web", "ADDRESS", "HOST:PORT or unix:PATH to serve the page on"},
           {0, "forward", "URL", cli::forward_help}},
          "",
          "  psherald up                             on the stage's ports, on this machine only\n"
          "  psherald up --listen 0.0.0.0:9020       receive from everywhere\n"
          "  psherald up --forward http://central:9024   pass on what is stored\n"};
}

/// How a shell finds this program again: by name where PATH has it, else by its whole path.
std::string own_command(const std::string& called) {
  if (called.find('/') == std::string::npos) return called;
  std::error_code error;
  const auto path = std::filesystem::canonical("/proc/self/exe", error);
  return error ? called : path.string();
}

void print_welcome(const cli::PageService& page, const cli::Bridge& bridge, const std::string& called) {
  const std::string endpoint = bridge.endpoints().front();
  std::printf("\nThe page:      %s\nRecords go to: %s\n", page.url().c_str(), endpoint.c_str());
  std::printf("Send one:      %s emit --to %s \"hello, psherald\"\n", own_command(called).c_str(), endpoint.c_str());
  std::printf("Ctrl-C ends it; everything is stored.\n\n");
  std::fflush(stdout);
}

int up(const cli::Arguments& arguments, const std::string& called) {
  const cli::ServiceKind kind{
      "psherald", {{"listen", "bridge.listen"}, {"web", "web.listen"}}, {"ps_bridge", "ps_herald"}, true};
  cli::run_service(kind, arguments, [&](cli::Service& service) {
    const auto destinations = cli::destinations_of(service.config, arguments);
    LogStore store{service.config.store};
    asio::io_context io{1};
    QueuedSink queue{store, service.config.queue};
    const cli::Journal::IntoSink records{service.journal, queue};
    cli::Forwarding forwarding{io, store, queue, service.journal, destinations};
    Access access{service.config.tokens, service.config.pages.hosts};
    cli::Bridge bridge{io, store, queue, service, access, {}, forwarding};
    service.config.pages.keep_from = [&] { return forwarding.needed_from(); };
    cli::PageService page{io, store, &queue, service, access, bridge.endpoints().front(), &bridge.api()};
    cli::WatchService watch{service, store, queue};
    print_welcome(page, bridge, called);
    const auto stop = [&] {
      bridge.stop();
      page.stop();
      watch.stop();
      forwarding.stop();
    };
    service.run(io, stop, [&](const Config& config) {
      access.reload();
      watch.reload(config);
      bridge.reload(config);
      page.reload(config);
    });
    forwarding.drain();
    service.journal.log(Level::info, bridge.summary());
  });
  return EX_OK;
}

// ---- emit

cli::Usage emit_usage() {
  return {"psherald emit",
          "Sends one record to the stage's bridge. The text \"-\" is read from stdin.",
          {{'v', "verbose", "", "say where it went"},
           {0, "level", "LEVEL", "DEBUG, INFO (the default), WARNING, ERROR, CRITICAL or a number"},
           {0, "service-name", "NAME", "who says it: the record's system_id where SYSTEM_ID is not set"},
           {0, "to", "ADDRESS",
            "HOST:PORT or unix:PATH of another bridge than the stage's on DIRECT_HERALD_HOST (localhost)"}},
          "TEXT...",
          "  psherald emit \"backup done\"\n"
          "  psherald emit --level=ERROR --service-name=backup \"disk full\"\n"
          "  dmesg | tail -n 20 | psherald emit --service-name=kernel -\n"};
}

constexpr std::size_t longest_frame = std::size_t{1} << 20;  // what a bridge takes unless its max_frame says otherwise

std::string text_of_stdin() {
  std::string text(longest_frame + 1, 0);
  std::cin.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::cin.gcount()));
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

std::string text_of(const Words& words) {
  if (words.empty()) throw cli::UsageError{"there is no text to send"};
  if (words == Words{"-"}) return text_of_stdin();
  std::string text = words.front();
  for (auto word = words.begin() + 1; word != words.end(); ++word) text += " " + *word;
  return text;
}

Level level_of(const cli::Arguments& arguments) {
  const std::string text = arguments.value("level").value_or("INFO");
  if (const auto level = parse_level(text)) return *level;
  throw cli::UsageError{"\"" + text + "\" is no level; there are DEBUG, INFO, WARNING, ERROR, CRITICAL, and numbers"};
}

/// The bridge of this stage, wherever ps.basic's variable says that it runs.
std::string bridge_of_stage() {
  const char* variable = std::getenv("DIRECT_HERALD_HOST");
  std::string host = variable && *variable ? variable : "localhost";
  if (host.find(':') != std::string::npos && host.front() != '[') host = "[" + host + "]";
  return host + ":" + std::to_string(load_config({}).stage->logging_port);
}

int emit(const cli::Arguments& arguments, const std::string& called) {
  const std::string program = std::filesystem::path{called}.filename().string();
  const std::string frame = cli::socket_handler_frame(
      {text_of(arguments.operands()), level_of(arguments), arguments.value("service-name").value_or(program)});
  if (frame.size() > longest_frame)
    throw cli::Failure{EX_DATAERR, "the text is too long: a bridge takes records of 1 MiB; nothing was sent"};
  const auto to = arguments.value("to");
  const std::string address = to ? *to : bridge_of_stage();
  cli::send_to_bridge(address, frame);
  if (arguments.has("verbose")) std::printf("sent to %s\n", address.c_str());
  return EX_OK;
}

// ---- backup

cli::Usage backup_usage() {
  return {"psherald backup",
          "Copies the database, as it is now, to a new file. Programs that write to it go on.",
          {{0, "config", "FILE", "read FILE instead of ./psherald.toml"}, {0, "database", "FILE", "the database file"}},
          "FILE",
          "  psherald backup /var/backups/herald-$(date +%F).sqlite\n"};
}

int backup(const cli::Arguments& arguments, const std::string&) {
  if (arguments.operands().size() != 1) throw cli::UsageError{"name the one file that the backup goes to"};
  const auto& to = arguments.operands().front();
  auto options = load_config(cli::config_sources(arguments, {})).store;
  bool of_ps_herald = false;
  options.on_migration = [&](const std::string&, double) { of_ps_herald = true; };
  const LogStore store = cli::open_to_look(options);
  if (of_ps_herald)
    throw Error{Errc::store_foreign, "cannot make a backup of " + options.path +
                                         ": it is of ps.herald 1.4.2; stop what writes to it, and copy the file"};
  store.backup(to, [](double done) { cli::show_progress("copying", done); });
  std::printf("%s: %lld records\n", to.c_str(),
              static_cast<long long>(LogStore{{.path = to, .read_only = true}}.count()));
  return EX_OK;
}

// ---- the program

cli::Usage complete_usage();
int complete(const cli::Arguments& arguments, const std::string& called);

const std::vector<cli::Command>& commands() {
  static const std::vector<cli::Command> all{{"up", up_usage, up},
                                             {"emit", emit_usage, emit},
                                             {"query", cli::query_usage, cli::query},
                                             {"tail", cli::tail_usage, cli::tail},
                                             {"count", cli::count_usage, cli::count},
                                             {"top", cli::top_usage, cli::top},
                                             {"histogram", cli::histogram_usage, cli::histogram},
                                             {"patterns", cli::patterns_usage, cli::patterns},
                                             {"values", cli::values_usage, cli::values},
                                             {"systems", cli::systems_usage, cli::systems},
                                             {"status", cli::status_usage, cli::status},
                                             {"incidents", cli::incidents_usage, cli::incidents},
                                             {"ack", cli::ack_usage, cli::ack},
                                             {"silence", cli::silence_usage, cli::silence},
                                             {"senders", cli::senders_usage, cli::senders},
                                             {"rules", cli::rules_usage, cli::rules},
                                             {"test-notify", cli::test_notify_usage, cli::test_notify},
                                             {"import-rules", cli::import_rules_usage, cli::import_rules},
                                             {"token", cli::token_usage, cli::token},
                                             {"check", cli::check_usage, cli::check},
                                             {"backup", backup_usage, backup},
                                             {"export", cli::export_usage, cli::export_records},
                                             {"import", cli::import_usage, cli::import_records},
                                             {"replay", cli::replay_usage, cli::replay},
                                             {"sql", cli::sql_usage, cli::sql},
                                             {"complete", complete_usage, complete}};
  return all;
}

cli::Usage complete_usage() {
  return {"psherald complete",
          "Prints what the last word of a command line can become, for the completion of shells.",
          {},
          "[-- WORD...]",
          "  psherald complete -- query sys\n"};
}

int complete(const cli::Arguments& arguments, const std::string&) {
  for (const auto& completion : cli::completions(arguments.operands(), commands())) std::puts(completion.c_str());
  return EX_OK;
}

cli::Usage usage() {
  std::string about = "Receives, keeps and shows the log records of distributed programs.\n\nCommands:\n";
  for (const auto& command : commands()) {
    std::string line = "  " + std::string{command.name};
    line.resize(16, ' ');
    about += line + command.usage().about + "\n";
  }
  about += "  help          Prints the page of a command.";
  return {
      "psherald", about, {}, "COMMAND", "  psherald up\n  psherald emit \"hello, psherald\"\n  psherald help emit\n"};
}

const cli::Command* find_command(std::string_view name) {
  for (const auto& command : commands())
    if (command.name == name) return &command;
  return nullptr;
}

int run_command(const cli::Command& command, const Words& words, const std::string& called) {
  return cli::run_program(command.usage(), words,
                          [&](const cli::Arguments& arguments) { return command.run(arguments, called); });
}

[[noreturn]] void refuse_command(const std::string& name) {
  Words names{"help"};
  for (const auto& command : commands()) names.emplace_back(command.name);
  throw cli::UsageError{"unknown command " + name + did_you_mean(name, names, "")};
}

/// What is left when no command comes first: `help`, or a mistake.
int help_command(const Words& words, const std::string& called) {
  if (words.empty()) throw cli::UsageError{"there is no command"};
  if (words.front() != "help") refuse_command(words.front());
  if (words.size() == 1) return cli::run_program(usage(), {"--help"}, {});
  const cli::Command* command = find_command(words[1]);
  if (!command) refuse_command(words[1]);
  return run_command(*command, {"--help"}, called);
}

int run(const Words& words, const std::string& called) {
  // Under the name that scripts of ps.basic know it by.
  if (std::filesystem::path{called}.filename() == "ps_shell_log")
    return run_command(*find_command("emit"), words, called);
  if (const cli::Command* command = words.empty() ? nullptr : find_command(words.front()))
    return run_command(*command, {words.begin() + 1, words.end()}, called);
  return cli::run_program(usage(), words,
                          [&](const cli::Arguments& arguments) { return help_command(arguments.operands(), called); });
}

}  // namespace

int main(int argc, char** argv) { return run(cli::words_of(argc, argv), argc > 0 ? argv[0] : "psherald"); }
