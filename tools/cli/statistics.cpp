#include "cli/statistics.hpp"

#include <sysexits.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdlib>

#include "cli/failure.hpp"
#include "cli/output.hpp"
#include "cli/selecting.hpp"

namespace psherald::cli {
namespace {

constexpr Option format_option{0, "format", "FORMAT", "table (the default), json, ndjson or csv"};

int ended(bool any) {
  check_written();
  return any ? EX_OK : EXIT_FAILURE;
}

void note_others(std::int64_t records, const char* what) {
  if (records > 0)
    std::fprintf(stderr, "note: %lld records have %s that are not listed; --limit lists more\n",
                 static_cast<long long>(records), what);
}

FieldValue text_value(const std::string& text) { return text.empty() ? FieldValue{} : FieldValue{text}; }

// A bar of eighths, for tables on a terminal.
std::string bar_of(std::int64_t part, std::int64_t whole) {
  constexpr std::size_t longest = 30;
  constexpr std::string_view eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto all = static_cast<std::size_t>(
      std::llround(std::ceil(static_cast<double>(part) / static_cast<double>(whole) * longest * 8)));
  std::string bar;
  for (std::size_t i = 0; i < all / 8; ++i) bar += "█";
  return bar.append(eighths[all % 8]);
}
bool has_bars(const OutputOptions& options) { return options.format == Format::table && options.width > 0; }

ast::FieldRef field_operand(const Arguments& arguments) {
  if (arguments.operands().empty()) throw UsageError{"name a field, such as system, level or attr.order_id"};
  return parsed_field(arguments.operands().front());
}

Json levels_of(const std::map<Level, std::int64_t>& bar) {
  std::vector<std::string> names;
  std::vector<FieldValue> records;
  for (const auto& [level, number] : bar) {
    names.push_back(level_name(level));
    records.emplace_back(number);
  }
  return {json_object(names, records)};
}

// How long ago, in its largest unit.
std::string age_of(Timestamp time, Timestamp at) {
  const auto seconds = std::max<std::int64_t>(std::chrono::floor<std::chrono::seconds>(at - time).count(), 0);
  constexpr std::pair<std::int64_t, const char*> units[] = {{86'400, "d"}, {3'600, "h"}, {60, "m"}};
  for (const auto& [length, unit] : units)
    if (seconds >= 2 * length) return std::to_string(seconds / length) + unit;
  return std::to_string(seconds) + "s";
}

}  // namespace

// ---- count

Usage count_usage() {
  return {"psherald count", "Prints how many records a filter matches. Ends with 1 when it is none.",
          selecting_options({}), "[TEXT...]", "  psherald count --since=yesterday 'level>=error -system:test'\n"};
}

int count(const Arguments& arguments, const std::string&) {
  Looking looking;
  const auto selection = looking.selection(arguments);
  const auto records = psherald::count(store_of(arguments), selection).records;
  std::printf("%lld\n", static_cast<long long>(records));
  return ended(records > 0);
}

// ---- top

Usage top_usage() {
  return {"psherald top", "Prints the most frequent values of a field, among the records that a filter matches.",
          selecting_options({{0, "limit", "N", "at most N values (10)"}, format_option}), "FIELD [TEXT...]",
          "  psherald top system --since=1h 'level>=error'\n  psherald top attr.http.status module:api\n"};
}

int top(const Arguments& arguments, const std::string&) {
  const auto field = field_operand(arguments);
  const auto options = output_options(arguments, Format::table, Of::rows);
  Looking looking;
  const auto selection = looking.selection(arguments, 1);
  const auto facet =
      std::move(facets(store_of(arguments), selection, {field}, arguments.number("limit").value_or(10)).of.front());
  const bool any = !facet.values.empty() || facet.absent > 0;
  if (!any && options.format != Format::json) return ended(false);

  std::vector<std::string> names{"records", print(field)};
  if (has_bars(options)) names.emplace_back("");
  RowWriter writer{stdout, names, options};
  const auto most = std::max(facet.values.empty() ? 0 : facet.values.front().records, facet.absent);
  const auto write = [&](std::int64_t records, FieldValue value) {
    std::vector<FieldValue> row{records, std::move(value)};
    if (has_bars(options)) row.emplace_back(bar_of(records, most));
    writer.write(std::move(row));
  };
  for (const auto& value : facet.values) write(value.records, value.value);
  if (facet.absent > 0)
    write(facet.absent, options.format == Format::table ? FieldValue{std::string{"(absent)"}} : FieldValue{});
  writer.end();
  note_others(facet.others, "values");
  return ended(any);
}

// ---- values

Usage values_usage() {
  return {"psherald values", "Prints the values that a field has, sorted, a line each.",
          selecting_options({{0, "limit", "N", "at most N values (1000)"}}), "FIELD [TEXT...]",
          "  psherald values system\n  psherald values attr.order_id --since=1h system:shop\n"};
}

int values(const Arguments& arguments, const std::string&) {
  const auto field = field_operand(arguments);
  const std::size_t most = arguments.number("limit").value_or(1'000);
  Looking looking;
  const auto selection = looking.selection(arguments, 1);
  const auto facet = std::move(facets(store_of(arguments), selection, {field}, most).of.front());
  std::vector<std::string> sorted;
  for (const auto& value : facet.values) sorted.push_back(one_line(value.value));
  std::sort(sorted.begin(), sorted.end());
  for (const auto& value : sorted) std::printf("%s\n", value.c_str());
  note_others(facet.others, "values");
  return ended(!sorted.empty());
}

// ---- histogram

Usage histogram_usage() {
  return {"psherald histogram", "Prints how many of the records that a filter matches were received when.",
          selecting_options({{0, "bars", "N", "at most N spans of time (40)"}, format_option}), "[TEXT...]",
          "  psherald histogram --since=24h 'level>=warning'\n  psherald histogram received:2026-11-22 --format=csv\n"};
}

int histogram(const Arguments& arguments, const std::string&) {
  const auto options = output_options(arguments, Format::table, Of::rows);
  Looking looking;
  const auto selection = looking.selection(arguments);
  const auto found = psherald::histogram(store_of(arguments), selection, arguments.number("bars").value_or(40));
  if (found.bars.empty() && options.format != Format::json) return ended(false);

  const auto above = [](const std::map<Level, std::int64_t>& bar, Level level) {
    std::int64_t records = 0;
    for (auto at = bar.lower_bound(level); at != bar.end(); ++at) records += at->second;
    return records;
  };
  std::int64_t most = 1;
  for (const auto& bar : found.bars) most = std::max(most, above(bar, bar.empty() ? Level{} : bar.begin()->first));
  std::vector<std::string> names{"from", "records", "warnings", "errors"};
  const bool by_level = options.format == Format::json || options.format == Format::ndjson;
  if (by_level) names.emplace_back("levels");
  if (has_bars(options)) names.emplace_back("");
  RowWriter writer{stdout, names, options};
  for (std::size_t i = 0; i < found.bars.size(); ++i) {
    const auto& bar = found.bars[i];
    const auto records = above(bar, bar.empty() ? Level{} : bar.begin()->first);
    std::vector<FieldValue> row{found.from + i * found.width, records,
                                above(bar, Level::warning) - above(bar, Level::error), above(bar, Level::error)};
    if (by_level) row.emplace_back(levels_of(bar));
    if (has_bars(options)) row.emplace_back(bar_of(records, most));
    writer.write(std::move(row));
  }
  writer.end();
  if (found.estimated) std::fputs("note: at the borders of these spans the numbers are estimates\n", stderr);
  return ended(!found.bars.empty());
}

// ---- patterns

Usage patterns_usage() {
  return {"psherald patterns",
          "Prints the most frequent messages, those that differ in numbers, names and times only taken as one.",
          selecting_options({{0, "limit", "N", "at most N patterns (20)"}, format_option}), "[TEXT...]",
          "  psherald patterns --since=1h 'level>=error'\n"};
}

int patterns(const Arguments& arguments, const std::string&) {
  const auto options = output_options(arguments, Format::table, Of::rows);
  Looking looking;
  const auto selection = looking.selection(arguments);
  const auto found = psherald::patterns(store_of(arguments), selection, arguments.number("limit").value_or(20));
  if (found.patterns.empty() && options.format != Format::json) return ended(false);
  RowWriter writer{stdout, {"records", "level", "first", "last", "example", "message", "exception"}, options};
  for (const auto& pattern : found.patterns)
    writer.write({pattern.records, level_name(pattern.level), pattern.first, pattern.last, pattern.example,
                  pattern.message, text_value(pattern.exception)});
  writer.end();
  note_others(found.others, "patterns");
  return ended(!found.patterns.empty());
}

// ---- systems

Usage systems_usage() {
  return {"psherald systems", "Prints who was heard, and when for the last time; who was heard last comes first.",
          selecting_options({format_option}), "[TEXT...]",
          "  psherald systems\n  psherald systems --since=7d product:shop\n"};
}

int systems(const Arguments& arguments, const std::string&) {
  const auto options = output_options(arguments, Format::table, Of::rows);
  Looking looking;
  const auto selection = looking.selection(arguments);
  const auto found = heard_systems(store_of(arguments), selection);
  if (found.systems.empty() && options.format != Format::json) return ended(false);
  RowWriter writer{
      stdout, {"last", "ago", "records", "newest", "product", "system", "subsystem", "subsubsystem"}, options};
  for (const auto& system : found.systems)
    writer.write({system.last, age_of(system.last, selection.time_base->now), system.records, system.newest,
                  text_value(system.product), text_value(system.system), text_value(system.subsystem),
                  text_value(system.subsubsystem)});
  writer.end();
  return ended(!found.systems.empty());
}

}  // namespace psherald::cli
