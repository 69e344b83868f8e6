#include "cli/selecting.hpp"

#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "cli/failure.hpp"
#include "cli/migration_log.hpp"
#include "cli/service.hpp"
#include "record/plain.hpp"

namespace psherald::cli {
namespace {

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

}  // namespace

std::vector<Option> selecting_options(std::vector<Option> own) {
  std::vector<Option> options{{0, "config", "FILE", "read FILE instead of ./psherald.toml"},
                              {0, "database", "FILE", "the database file"},
                              {0, "since", "TIME", "only what was received since: 2h, yesterday, 2026-11-22T10:30"}};
  options.insert(options.end(), own.begin(), own.end());
  return options;
}

Filter parsed_filter(const std::string& text) {
  auto filter = parse_filter(text);
  if (filter) return std::move(*filter);
  throw Failure{EX_USAGE, filter.error().text + marked(text, filter.error())};
}

ast::FieldRef parsed_field(const std::string& name) {
  auto field = parse_field(name);
  if (field) return std::move(*field);
  throw Failure{EX_USAGE, field.error().text + marked(name, field.error())};
}

Filter filter_of(const Arguments& arguments, std::size_t first_operand) {
  std::string text;
  for (std::size_t i = first_operand; i < arguments.operands().size(); ++i)
    (text += text.empty() ? "" : " ") += arguments.operands()[i];
  auto filter = parsed_filter(text);
  for (const auto& note : filter.notes) std::fprintf(stderr, "note: %s\n", note.message.c_str());
  const auto since = arguments.value("since");
  if (!since) return filter;
  if (since->find_first_of("\"\\") != since->npos) throw UsageError{"--since: \"" + *since + "\" is not a time"};
  ast::And both;
  both.of.push_back(parsed_filter("since:\"" + *since + '"').root);
  both.of.push_back(std::move(filter.root));
  return {{std::move(both)}, {}};
}

TimeBase time_base() { return {now(), Zone::local()}; }

LogStore store_of(const Arguments& arguments) {
  auto options = load_config(config_sources(arguments, {})).store;
  options.on_migration = show_progress;
  return open_to_look(std::move(options));
}

Selection Looking::selection(const Arguments& arguments, std::size_t first_operand) {
  Selection selection{.filter = filter_of(arguments, first_operand), .time_base = time_base()};
  if (!::isatty(STDERR_FILENO)) return selection;
  selection.progress = [this](double done) {
    shown_ = true;
    show_progress("looking", std::min(done, 0.99));
  };
  return selection;
}

Looking::~Looking() {
  if (shown_) std::fputs("\r\x1b[K", stderr);
}

}  // namespace psherald::cli
