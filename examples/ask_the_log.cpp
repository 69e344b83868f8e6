// The questions of `psherald query`, `top`, `histogram` and `patterns`, asked by a program: what a service could print
// at the end of a night, or a test when it fails.

#include <cstdio>
#include <string>

#include "psherald/psherald.hpp"

namespace {

using namespace psherald;

void write(LogStore& store, std::string_view system, Level level, const std::string& message) {
  RecordBatch batch;
  Record record;
  record.received = now();
  record.level = level;
  record.message = message;
  Source source;
  source.system_id = system;
  batch.append(record, source);
  store.begin();
  store.append(batch);
  store.commit();
}

}  // namespace

int main() {
  LogStore store{{":memory:"}};
  for (int order = 4711; order < 4731; ++order) {
    write(store, "shop", Level::info, "order " + std::to_string(order) + " accepted");
    if (order % 5 == 0) write(store, "mail", Level::error, "order " + std::to_string(order) + ": connection refused");
  }

  // A filter is text that people write, so it may be wrong: then it says where.
  const auto errors = parse_filter("level>=error refused since:1h");
  if (!errors) return std::printf("column %zu: %s\n", errors.error().column, errors.error().text.c_str()), 1;

  // Whoever waits for an answer can bound it; what was cut off says so.
  const Selection selection{.filter = *errors, .budget = std::chrono::seconds{1}};
  const auto all = count(store, selection);
  std::printf("%s%lld errors\n", all.coverage.cut ? "at least " : "", static_cast<long long>(all.records));

  const auto systems = facets(store, selection, {{ast::Field::system}});
  for (const auto& [name, records] : systems.of[0].values)
    std::printf("  by system: %s %lld\n", name.c_str(), static_cast<long long>(records));
  for (const auto& pattern : patterns(store, selection).patterns)
    std::printf("  by message: %s %lld\n", pattern.message.c_str(), static_cast<long long>(pattern.records));
  for (const auto& bar : histogram(store, selection, 10).bars)
    for (const auto& [level, records] : bar)
      std::printf("  a bar: %s %lld\n", level_name(level).c_str(), static_cast<long long>(records));

  // The newest of them, and what was logged around it, whoever it was.
  const auto newest = find(store, {.filter = *errors, .limit = 1}).batch;
  for (const auto& batch = around(store, newest.records()[0].id, {.before = 1, .after = 1});
       const auto& record : batch.records())
    std::printf("  %lld %s\n", static_cast<long long>(record.id), std::string{record.message}.c_str());

  return all.records == 4 && systems.of[0].values.size() == 1 ? 0 : 1;
}
