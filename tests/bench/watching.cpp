#include "watching.hpp"

#include <chrono>
#include <string>

#include "measure.hpp"
#include "psherald/psherald.hpp"

namespace {

using namespace psherald;
using namespace std::chrono_literals;

class Taker final : public Notifier {
 public:
  Delivery deliver(const Alert&, const std::string&) noexcept override {
    return {Delivery::Outcome::accepted, 250, "", {}};
  }
};

/// Of all kinds that read the log; nearly none of their texts occurs, as in a log where little is wrong.
Watchdog::Options some_rules(std::size_t count) {
  Watchdog::Options options;
  Receiver ops;
  ops.name = "ops";
  ops.log = true;
  options.receivers = {ops};
  for (std::size_t i = 0; i < count; ++i) {
    const auto number = std::to_string(i);
    Rule rule;
    rule.name = "rule " + number;
    rule.notify = {"ops"};
    switch (i % 10) {
      case 0:
        rule.kind = Rule::Kind::heartbeat;
        rule.condition = "1h";
        rule.where = "system:system" + number;
        break;
      case 1:
        rule.kind = Rule::Kind::rate;
        rule.condition = "> 1000000 in 5m";
        rule.where = "level>=critical logger:logger" + number;
        break;
      default: rule.condition = "level>=error \"trouble number " + number + "\"";
    }
    options.rules.push_back(std::move(rule));
  }
  return options;
}

Moment at(Timestamp wall) { return {wall, wall.time_since_epoch(), "bench"}; }

void append(LogStore& store, const std::vector<RecordBatch>& batches) {
  store.begin();
  for (const auto& batch : batches) store.append(batch);
  store.commit();
}

std::size_t read_all(const LogStore& store) {
  std::size_t count = 0;
  Query query{.order = Order::oldest_first, .limit = 20'000};
  do {
    const auto page = find(store, query);
    count += page.batch.size();
    query.cursor = page.next;
  } while (query.cursor != 0);
  return count;
}

}  // namespace

WatchFigures measure_watching(const std::vector<RecordBatch>& batches, std::size_t rules) {
  WatchFigures figures;
  Taker taker;
  {
    LogStore store{{":memory:"}};
    Watchdog watchdog{store, taker, some_rules(rules)};
    watchdog.check(at(now()));
    append(store, batches);
    std::size_t count = 0;
    const double reading = seconds_of([&] { count = read_all(store); });
    const double judging = seconds_of([&] { watchdog.check(at(now())); });
    figures.read_rate = double(count) / reading;
    figures.judged_rate = double(count) / judging;
  }
  LogStore store{{":memory:"}};
  auto options = some_rules(0);
  Rule alive;
  alive.name = "alive";
  alive.kind = Rule::Kind::heartbeat;
  alive.condition = "10m";
  alive.notify = {"ops"};
  options.rules = {alive};
  Watchdog watchdog{store, taker, options};
  const auto begin = now();
  watchdog.check(at(begin));
  std::vector<RecordBatch> signs(1);
  for (int i = 0; i < 10'000; ++i) {
    const std::string system = "system" + std::to_string(i);
    Record record;
    record.received = begin;
    record.message = "alive";
    Source source;
    source.system_id = system;
    signs[0].append(record, source);
  }
  append(store, signs);
  watchdog.check(at(begin + 1s));
  store.mark_alive(begin);
  store.mark_alive(begin + 11min);
  const double silent =
      seconds_of([&] { figures.messages = watchdog.check(at(begin + 11min), Watchdog::Pace::once).size(); });
  figures.silent_ms = silent * 1e3;
  return figures;
}
