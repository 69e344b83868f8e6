#include "watch/book.hpp"

#include <algorithm>
#include <set>

#include "watch/intake.hpp"
#include "watch/outbox.hpp"

namespace psherald::watch {

Book make_book(const Watchdog::Options& options, Timestamp wall) {
  Book book;
  std::set<std::string> names;
  for (const auto& rule : options.rules) {
    auto condition = understand(rule, options);
    if (!condition) throw Error{Errc::bad_config, "rule \"" + rule.name + "\": " + condition.error().text};
    if (!names.insert(rule.name).second) throw Error{Errc::bad_config, "two rules have the name \"" + rule.name + "\""};
    book.rules.push_back(std::make_unique<RuleState>());
    book.rules.back()->condition = *std::move(condition);
  }
  for (const auto& maintenance : options.maintenance) {
    const auto hours = Hours::parse(maintenance.hours);
    if (!hours) throw Error{Errc::bad_config, "maintenance \"" + maintenance.name + "\": " + hours.error().text};
    const auto zone = TimeZone::find(maintenance.zone.empty() ? options.zone : maintenance.zone);
    if (!zone) throw Error{Errc::bad_config, "maintenance \"" + maintenance.name + "\": " + zone.error().text};
    book.windows.push_back({maintenance, *hours, {*zone, {}}});
  }
  std::vector<const Filter*> filters;
  for (auto& rule : book.rules) {
    if (!rule->condition.rule.enabled || rule->condition.is_gauge() || rule->condition.rule.kind == Rule::Kind::no_data)
      continue;
    if (rule->condition.rule.kind == Rule::Kind::gap) {
      book.gaps.push_back(rule.get());
      continue;
    }
    filters.push_back(&rule->condition.filter);
    book.by_records.push_back(rule.get());
  }
  if (!filters.empty()) book.set = std::make_unique<RuleSet>(filters, time_base(options, wall));
  return book;
}

Book open_book(StoreAccess& store, const Watchdog::Options& options, const Moment& now, RecordId history) {
  Book book = make_book(options, now.wall);
  const auto run = store.run();
  const Tau tau = tau_at(run, now);
  for (auto& rule : book.rules) {
    read_rule(store.db(), *rule, tau, book.incidents);
    if (!rule->is_new) expect(*rule, {tau, now.wall, {}, {}});
  }
  book.removed = read_stale(store.db(), book.rules, book.incidents);
  for (auto& rule : book.rules)
    for (auto& [name, key] : rule->keys)
      if (key.incident && key.incident->is_open()) book.active.push_back({rule.get(), key.incident});
  read_desk(store.db(), book.desk, book.incidents, tau);
  book.cursor = run.cursor;
  book.history = std::max(history, run.cursor);
  book.looked = run.tau;
  book.looked_wall = run.wall;
  book.stored = run.tau;
  return book;
}

}  // namespace psherald::watch
