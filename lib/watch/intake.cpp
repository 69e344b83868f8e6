#include "watch/intake.hpp"

#include <algorithm>
#include <cstdlib>

#include "psherald/fingerprint.hpp"
#include "psherald/query.hpp"
#include "query/variants.hpp"
#include "watch/log_reader.hpp"

namespace psherald::watch {
namespace {

using namespace std::chrono_literals;
using Kind = Rule::Kind;

constexpr Tau day = 24h;

bool is_own(const Record& record) { return record.flags != Flag::none || is_notification(record.message); }

/// How many records a gap's own record says are missing.
std::int64_t missing_records(query::AttributeReader& attributes, std::string_view extra) {
  const auto number = [&](std::string_view name) {
    const auto value = attributes.first(name, extra);
    const auto* json = std::get_if<Json>(&value);
    return json ? std::strtoll(json->text.c_str(), nullptr, 10) : 0;
  };
  return std::max<std::int64_t>(number("to") - number("from") + 1, 1);
}

}  // namespace

TimeBase time_base(const Watchdog::Options& options, Timestamp wall) {
  if (options.zone == "local") return {wall, Zone::local()};
  const auto zone = TimeZone::find(options.zone);
  const auto offset = zone ? zone->offset(wall) : std::chrono::seconds{};
  return {wall, Zone::offset(static_cast<int>(offset.count() / 60))};
}

Tau history_of(const Condition& condition) {
  switch (condition.rule.kind) {
    case Kind::heartbeat: return condition.learn ? 56 * day : std::max(30 * day, 4 * condition.age);
    case Kind::first_seen: return condition.age;
    case Kind::rate:
    case Kind::gap: return condition.rate.relative ? 8 * day : condition.rate.window;
    default: return Tau{};
  }
}

Sign SignReader::read(const RuleState& rule, const RecordBatch& batch, const Record& record, Tau tau) {
  Sign sign;
  sign.id = record.id;
  sign.received = record.received;
  sign.tau = tau;
  values_.clear();
  for (const auto& field : rule.condition.by) values_.push_back(field_text(field, batch, record));
  sign.values = &values_;
  if (rule.condition.rule.kind == Kind::first_seen) {
    sign.fingerprint = fingerprint(record, batch.site(record));
    sign.call_site = query::call_site(record, batch.site(record));
    sign.message = record.message;
    sign.version = batch.site(record).package_version;
  }
  return sign;
}

void Intake::take(const RecordBatch& batch, const Record& record, Tau tau) {
  if (has(record.flags, Flag::gap)) take_gap(batch, record, tau);
  if (!book_.set || is_own(record)) return;
  for (const auto number : book_.set->matching(batch, record)) {
    auto& rule = *book_.by_records[number];
    if (record.id > rule.from) wake_ = std::min(wake_, absorb(rule, signs_.read(rule, batch, record, tau), now_, out_));
  }
}

void Intake::take_bridge(RuleState& rule, Timestamp until, Tau tau) {
  static const std::vector<std::string> bridge{"bridge"};
  Sign sign;
  sign.received = until;
  sign.tau = tau;
  sign.values = &bridge;
  wake_ = std::min(wake_, absorb(rule, sign, now_, out_));
}

void Intake::take_gap(const RecordBatch& batch, const Record& record, Tau tau) {
  for (auto* rule : book_.gaps) {
    if (record.id <= rule->from) continue;
    if (!Matcher{rule->condition.filter, {now_.wall, Zone::utc()}}(batch, record)) continue;
    auto sign = signs_.read(*rule, batch, record, tau);
    sign.amount = missing_records(attributes_, record.extra);
    wake_ = std::min(wake_, absorb(*rule, sign, now_, out_));
  }
}

void learn_history(const std::vector<RuleState*>& fresh, const LogStore& store, const Watchdog::Options& options,
                   Now now, RecordId newest) {
  std::vector<const Filter*> filters;
  std::vector<RuleState*> rules;
  Tau back{};
  for (auto* rule : fresh) {
    if (rule->condition.rule.kind == Kind::gap || history_of(rule->condition) == Tau{}) continue;
    filters.push_back(&rule->condition.filter);
    rules.push_back(rule);
    back = std::max(back, history_of(rule->condition));
  }
  if (rules.empty()) return;
  RuleSet set{filters, time_base(options, now.wall)};
  SignReader signs;
  auto* db = store.native_handle();
  RecordId at = first_since(db, now.wall - back) - 1;
  const auto hearing = read_hearing(db, at + 1, now.wall - back, now.wall);
  now.heard = hearing.heard;
  while (at < newest) {
    const auto page = find(store, {.filter = {},
                                   .order = Order::oldest_first,
                                   .limit = static_cast<std::size_t>(options.batch),
                                   .cursor = at,
                                   .time_base = TimeBase{now.wall, Zone::utc()}});
    for (const auto& record : page.batch.records()) {
      if (record.id > newest || is_own(record)) continue;
      const Tau tau = now.tau - std::max<Tau>(now.wall - record.received, Tau{});
      for (const auto number : set.matching(page.batch, record))
        learn(*rules[number], signs.read(*rules[number], page.batch, record, tau), now);
    }
    at = page.next != 0 ? page.next : newest;
  }
}

}  // namespace psherald::watch
