#include "cli/search.hpp"

#include <sys/ioctl.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>

#include "cli/failure.hpp"
#include "cli/migration_log.hpp"
#include "cli/record_writer.hpp"
#include "cli/service.hpp"
#include "psherald/query.hpp"
#include "record/plain.hpp"

namespace psherald::cli {
namespace {

std::vector<Option> search_options(std::vector<Option> own) {
  std::vector<Option> options{{0, "config", "FILE", "read FILE instead of ./psherald.toml"},
                              {0, "database", "FILE", "the database file"},
                              {0, "since", "TIME", "only what was received since: 2h, yesterday, 2026-11-22T10:30"}};
  options.insert(options.end(), own.begin(), own.end());
  return options;
}

// The text with marks under the mistake; a long one is cut around it.
std::string marked(std::string_view text, const QueryFault& fault) {
  constexpr std::size_t before = 50, most = 100;
  std::string shown;
  append_plain(shown, text, "?");
  std::vector<std::string> characters;
  for (const char c : shown) {
    if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) characters.emplace_back();
    if (!characters.empty()) characters.back() += c;
  }
  const std::size_t at = fault.column - 1, from = at > before ? at - before : 0;
  std::string line = from > 0 ? "..." : "", marks(at - from + line.size(), ' ');
  for (std::size_t i = from; i < std::min(characters.size(), from + most); ++i) line += characters[i];
  if (from + most < characters.size()) line += "...";
  marks += '^';
  const auto length = std::min(fault.length, most - (at - from));
  if (length > 1) marks.append(length - 1, '~');
  return "\n  " + line + "\n  " + marks;
}

Filter parsed(const std::string& text) {
  auto filter = parse_filter(text);
  if (filter) return std::move(*filter);
  const auto& fault = filter.error();
  throw Failure{EX_USAGE, fault.text + marked(text, fault)};
}

}  // namespace

Filter filter_of(const Arguments& arguments) {
  std::string text;
  for (const auto& word : arguments.operands()) (text += text.empty() ? "" : " ") += word;
  auto filter = parsed(text);
  for (const auto& note : filter.notes) std::fprintf(stderr, "note: %s\n", note.message.c_str());
  const auto since = arguments.value("since");
  if (!since) return filter;
  if (since->find_first_of("\"\\") != since->npos) throw UsageError{"--since: \"" + *since + "\" is not a time"};
  ast::And both;
  both.of.push_back(parsed("since:\"" + *since + '"').root);
  both.of.push_back(std::move(filter.root));
  return {{std::move(both)}, {}};
}

namespace {

LogStore store_of(const Arguments& arguments) {
  auto options = load_config(config_sources(arguments, {})).store;
  options.on_migration = show_progress;
  return open_to_look(std::move(options));
}

RecordWriter::Options writer_options(const Arguments& arguments) {
  RecordWriter::Options options;
  if (const auto name = arguments.value("format")) {
    const auto format = parse_record_format(*name);
    if (!format) throw UsageError{"\"" + *name + "\" is no format; there are table, json, ndjson, csv and log"};
    options.format = *format;
  }
  if (!::isatty(STDOUT_FILENO)) return options;
  const char* no_colour = std::getenv("NO_COLOR");
  options.colours = !no_colour || !*no_colour;
  ::winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) options.width = size.ws_col;
  return options;
}

void check_written() {
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) throw Failure{EX_IOERR, "the output cannot be written"};
}

}  // namespace

Usage query_usage() {
  return {"psherald query",
          "Prints the records that a filter matches, the newest first. Ends with 1 when there is none.",
          search_options({{0, "limit", "N", "at most N records (50)"},
                          {0, "format", "FORMAT", "table (the default), json, ndjson, csv or log"},
                          {0, "reverse", "", "the oldest first"}}),
          "[TEXT...]",
          "  psherald query 'level>=warning system:ch2eu refused'\n"
          "  psherald query --since=2h --format=ndjson 'attr.order_id:4711 or /time(d)? ?out/'\n"
          "  psherald query -- -module:health        a text that begins with a dash\n"};
}

int query(const Arguments& arguments, const std::string&) {
  std::signal(SIGPIPE, SIG_DFL);  // who reads the first lines only, such as head, has seen enough
  Query query{.filter = filter_of(arguments)};
  query.time_base = TimeBase{now(), Zone::local()};
  query.order = arguments.has("reverse") ? Order::oldest_first : Order::newest_first;
  std::size_t left = arguments.number("limit").value_or(50);
  RecordWriter writer{stdout, writer_options(arguments)};
  const auto store = store_of(arguments);
  bool any = false;
  do {
    query.limit = std::min<std::size_t>(left, 500);
    const auto page = find(store, query);
    for (const auto& record : page.batch.records()) writer.write(page.batch, record);
    any |= !page.batch.empty();
    left -= page.batch.size();
    query.cursor = page.next;
  } while (left > 0 && query.cursor != 0);
  writer.end();
  check_written();
  return any ? EX_OK : EXIT_FAILURE;
}

Usage count_usage() {
  return {"psherald count", "Prints how many records a filter matches. Ends with 1 when it is none.",
          search_options({}), "[TEXT...]", "  psherald count --since=yesterday 'level>=error -system:test'\n"};
}

int count(const Arguments& arguments, const std::string&) {
  const auto filter = filter_of(arguments);
  const auto records =
      psherald::count(store_of(arguments), {.filter = filter, .time_base = TimeBase{now(), Zone::local()}}).records;
  std::printf("%lld\n", static_cast<long long>(records));
  check_written();
  return records > 0 ? EX_OK : EXIT_FAILURE;
}

}  // namespace psherald::cli
