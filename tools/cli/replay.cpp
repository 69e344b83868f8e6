#include "cli/replay.hpp"

#include <sysexits.h>

#include <algorithm>
#include <cstdio>

#include "cli/failure.hpp"
#include "cli/migration_log.hpp"
#include "cli/selecting.hpp"
#include "cli/service.hpp"
#include "psherald/config.hpp"
#include "psherald/forwarder.hpp"

namespace psherald::cli {
namespace {

std::string in_quotes(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted += '"';
}

std::string query_of(const Arguments& arguments) {
  std::string text;
  if (const auto where = arguments.value("where"); where && !where->empty()) text += "(" + *where + ")";
  if (const auto from = arguments.value("from")) text += " since:" + in_quotes(*from);
  if (const auto to = arguments.value("to")) text += " until:" + in_quotes(*to);
  parsed_filter(text);
  return text;
}

/// One of [[forward]] by its name, with its files; else a URL of its own.
Forwarder::Options destination_of(const Arguments& arguments, const Config& config) {
  const auto dest = arguments.value("dest");
  if (!dest) throw UsageError{"name a destination with --dest: a URL, or the name of a [[forward]] of psherald.toml"};
  const auto known = std::find_if(config.forward.begin(), config.forward.end(),
                                  [&](const auto& one) { return one.name == *dest || one.url == *dest; });
  auto options = known != config.forward.end() ? *known : Forwarder::Options{};
  if (known == config.forward.end()) options.url = *dest;
  if (const auto file = arguments.value("token-file")) options.token_file = *file;
  options.name = "replay";
  return options;
}

void show(const Forwarder::Stats& stats) {
  const double all = static_cast<double>(stats.cursor + static_cast<RecordId>(stats.lag));
  show_progress("sending", all > 0 ? static_cast<double>(stats.cursor) / all : 1);
}

}  // namespace

Usage replay_usage() {
  return {
      "psherald replay",
      "Sends records of the past again to another psherald, which stores what it has not got. Ctrl-C ends it.",
      {{0, "config", "FILE", "read FILE instead of ./psherald.toml"},
       {0, "database", "FILE", "the database file"},
       {0, "from", "TIME", "only what was received since, such as 2h, yesterday or 2026-11-22T09:00"},
       {0, "to", "TIME", "only what was received before"},
       {0, "where", "QUERY", "only what matches"},
       {0, "dest", "URL",
        "where to: http://HOST:PORT, https://HOST:PORT, http:unix:PATH, or the name of a [[forward]]"},
       {0, "token-file", "FILE", "a file whose first line is the token to show there"}},
      "",
      "  psherald replay --from 2h --dest http://127.0.0.1:9024\n"
      "  psherald replay --from 2026-11-22T09:00 --to 2026-11-22T10:00 --where \"level>=warning\" --dest central\n"};
}

int replay(const Arguments& arguments, const std::string&) {
  if (!arguments.operands().empty()) throw UsageError{"\"" + arguments.operands().front() + "\" is one word too many"};
  const Config config = load_config(config_sources(arguments, {}));
  auto options = destination_of(arguments, config);
  options.where = query_of(arguments);
  options.time_base = time_base();
  options.on_fault = [](const Fault& fault) { std::fprintf(stderr, "psherald: %s\n", fault.text.c_str()); };
  LogStore store = open_to_look(config.store);
  const auto stats = psherald::replay(store, options, show);
  std::printf("%llu records sent to %s, %llu not taken there\n", static_cast<unsigned long long>(stats.sent),
              options.url.c_str(), static_cast<unsigned long long>(stats.refused));
  return EX_OK;
}

}  // namespace psherald::cli
