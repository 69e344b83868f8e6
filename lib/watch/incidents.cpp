#include "psherald/incidents.hpp"

#include <algorithm>

#include "store/in_transaction.hpp"
#include "watch/orders.hpp"

namespace psherald {
namespace {

using sqlite::Statement;
using watch::Tau;

Timestamp timestamp(std::int64_t us) { return Timestamp{Tau{us}}; }

/// Watch time and the clock, as they belong together now.
struct Clocks {
  explicit Clocks(sqlite3* db) {
    moment = this_moment();
    const auto run = watch::read_run(db);
    tau = run ? watch::tau_at(*run, moment) : moment.wall.time_since_epoch();
  }
  Timestamp wall(std::int64_t at) const { return moment.wall - (tau - Tau{at}); }
  Moment moment{};
  Tau tau{};
};

std::int64_t opened_within_a_day(std::string_view json) {
  if (json.size() <= 2) return 0;
  return 1 + std::count(json.begin(), json.end(), ',');
}

void check_silence(const SilenceInfo& what) {
  if (what.author.empty()) throw Error{Errc::bad_config, "a silence needs an author: who asks for it?"};
  if (what.rule.empty() && what.key.empty() && what.query.empty())
    throw Error{Errc::bad_config, "a silence needs a rule, a key or a query; \"*\" as query silences everything"};
  if (what.query.empty()) return;
  if (const auto filter = parse_filter(what.query); !filter)
    throw Error{Errc::bad_query, "column " + std::to_string(filter.error().column) + ": " + filter.error().text};
}

std::int64_t add(LogStore& store, const SilenceInfo& what, Timestamp until, std::optional<Tau> until_tau) {
  check_silence(what);
  if (until <= now()) throw Error{Errc::bad_config, "a silence that ends in the past silences nothing"};
  watch::Silence silence;
  silence.rule = what.rule;
  silence.key = what.key;
  silence.query = what.query;
  silence.from = now();
  silence.until = until;
  silence.until_tau = until_tau;
  silence.author = what.author;
  silence.reason = what.reason;
  return store::in_transaction(store, [&](sqlite3* db) { return watch::add_silence(db, silence); });
}

}  // namespace

std::vector<IncidentInfo> incidents(const LogStore& store, const IncidentQuery& query) {
  auto* db = store.native_handle();
  const Clocks clocks{db};
  std::string sql =
      "SELECT id, rule, key, coalesce(title, key), phase, calm, opened_tau, last_true_tau, ended_tau, count, opens, "
      "first_id, last_id, detail, end_reason, acked_by, ack_note, reminders, announced_tau IS NOT NULL, escalated FROM "
      "watch_incident WHERE (?1 = 0 OR id < ?1) AND (?2 = '' OR rule = ?2)";
  if (query.id != 0) sql += " AND id = ?4";
  if (query.open_only) sql += " AND phase IN ('pending', 'firing')";
  Statement rows{db, sql + " ORDER BY id DESC LIMIT ?3"};
  rows.bind_all(query.below, std::string_view{query.rule}, static_cast<std::int64_t>(query.limit));
  if (query.id != 0) rows.bind(4, query.id);
  Statement told{db, "SELECT receiver FROM watch_told WHERE incident = ?1 ORDER BY receiver"};
  std::vector<IncidentInfo> all;
  while (rows.step()) {
    IncidentInfo info;
    info.id = rows.integer(0);
    info.rule = rows.text(1);
    info.key = rows.text(2);
    info.title = rows.text(3);
    info.phase = rows.text(4);
    info.calm = info.phase == "firing" && rows.integer(5) != 0;
    info.opened = clocks.wall(rows.integer(6));
    info.last_true = clocks.wall(rows.integer(7));
    if (!rows.is_null(8)) info.ended = clocks.wall(rows.integer(8));
    info.count = rows.integer(9);
    info.openings = opened_within_a_day(rows.text(10));
    info.first_id = rows.integer(11);
    info.last_id = rows.integer(12);
    info.detail = rows.text(13);
    info.end_reason = rows.text(14);
    if (!rows.is_null(15)) info.acknowledged_by = rows.text(15);
    info.note = rows.text(16);
    info.reminders = static_cast<int>(rows.integer(17));
    info.announced = rows.integer(18) != 0;
    info.escalated = rows.integer(19) != 0;
    told.bind(1, info.id);
    while (told.step()) info.told.emplace_back(told.text(0));
    all.push_back(std::move(info));
  }
  return all;
}

FiringIncidents count_firing(const LogStore& store) {
  Statement row{store.native_handle(),
                "SELECT count(*), count(*) - count(acked_by) FROM watch_incident WHERE phase IN ('pending', 'firing') "
                "AND phase = 'firing'"};
  row.step();
  return {row.integer(0), row.integer(1)};
}

bool acknowledge(LogStore& store, std::int64_t incident, const std::string& who, const std::string& note) {
  return store::in_transaction(store, [&](sqlite3* db) {
    return watch::acknowledge(db, incident, who.empty() ? "somebody" : who, note, now());
  });
}

std::vector<SilenceInfo> silences(const LogStore& store) {
  auto* db = store.native_handle();
  const Clocks clocks{db};
  std::vector<SilenceInfo> all;
  for (const auto& silence : watch::read_silences(db, clocks.tau, clocks.moment.wall))
    all.push_back({silence.id, silence.rule, silence.key, silence.query, silence.from,
                   silence.until_tau ? clocks.wall(silence.until_tau->count()) : silence.until, silence.author,
                   silence.reason});
  return all;
}

std::int64_t silence_for(LogStore& store, const SilenceInfo& what, std::chrono::seconds duration) {
  const Clocks clocks{store.native_handle()};
  return add(store, what, clocks.moment.wall + duration, clocks.tau + duration);
}

std::int64_t silence_until(LogStore& store, const SilenceInfo& what, Timestamp until) {
  return add(store, what, until, {});
}

bool end_silence(LogStore& store, std::int64_t id) {
  return store::in_transaction(store, [&](sqlite3* db) { return watch::end_silence(db, id, now()); });
}

std::vector<SenderInfo> senders(const LogStore& store, const std::vector<Rule>& rules) {
  constexpr std::int64_t stale = 2, retired = 4;
  auto* db = store.native_handle();
  const auto wall = now();
  std::vector<SenderInfo> all;
  Statement rows{
      db,
      "SELECT k.rule, k.key, k.count, k.last_us, k.flags, k.model, EXISTS (SELECT 1 FROM watch_incident i WHERE "
      "i.rule = k.rule AND i.key = k.key AND i.phase = 'firing' AND i.calm = 0), coalesce(k.fields, '{}') FROM "
      "watch_key k ORDER BY "
      "k.rule, k.key"};
  while (rows.step()) {
    const Rule* rule = nullptr;
    for (const auto& one : rules)
      if (one.name == rows.text(0)) rule = &one;
    if (!rules.empty() && (!rule || rule->kind != Rule::Kind::heartbeat)) continue;
    SenderInfo info;
    info.rule = rows.text(0);
    info.key = rows.text(1);
    info.fields = rows.text(7);
    info.records = rows.integer(2);
    info.last = timestamp(rows.integer(3));
    const auto flags = rows.integer(4);
    const bool silent = rows.integer(6) != 0;
    info.state = (flags & retired) ? "retired" : (flags & stale) ? "stale" : silent ? "silent" : "watched";
    if (rule && rule->condition == "learn" && !rows.is_null(5)) {
      const auto profile = watch::Profile::load(rows.blob(5));
      using Phase = watch::Profile::Phase;
      const auto phase = profile.phase(wall, rule->learn_min);
      if (info.state == "watched" && phase != Phase::watched)
        info.state = phase == Phase::learning ? "learning" : "report only";
      if (profile.usual_interval() > Tau{}) info.usual_interval = profile.usual_interval();
      if (phase != Phase::learning) info.longest_silence = profile.longest_silence(wall, {});
      info.false_alarms = profile.false_alarms(wall);
    }
    all.push_back(std::move(info));
  }
  return all;
}

bool retire_sender(LogStore& store, const std::string& rule, const std::string& key) {
  return store::in_transaction(store, [&](sqlite3* db) { return watch::retire(db, rule, key); });
}

std::vector<RuleInfo> rule_states(const LogStore& store) {
  std::vector<RuleInfo> all;
  Statement rows{store.native_handle(),
                 "SELECT name, health, (SELECT count(*) FROM watch_key WHERE rule = name), (SELECT count(*) FROM "
                 "watch_incident i WHERE i.rule = name AND phase = 'firing') FROM watch_rule ORDER BY name"};
  while (rows.step())
    all.push_back({std::string{rows.text(0)}, std::string{rows.text(1)}, rows.integer(2), rows.integer(3)});
  return all;
}

std::vector<DeliveryInfo> deliveries(const LogStore& store, std::size_t limit, std::int64_t incident) {
  std::vector<DeliveryInfo> all;
  Statement rows{
      store.native_handle(),
      "SELECT m.id, m.uid, m.receiver, m.channel, json_extract(m.payload, '$.subject'), m.state, d.try, d.at_us, "
      "d.target, d.detail, d.code FROM watch_delivery d JOIN watch_message m ON m.id = d.message WHERE ?2 = 0 OR m.id "
      "IN (SELECT message FROM watch_notice WHERE incident = ?2) ORDER BY d.rowid DESC LIMIT ?1"};
  rows.bind_all(static_cast<std::int64_t>(limit), incident);
  while (rows.step()) {
    DeliveryInfo info;
    info.message = rows.integer(0);
    info.uid = rows.text(1);
    info.receiver = rows.text(2);
    info.channel = rows.text(3);
    info.subject = rows.text(4);
    info.state = rows.text(5);
    info.tries = rows.integer(6);
    info.at = timestamp(rows.integer(7));
    info.target = rows.text(8);
    info.detail = rows.text(9);
    info.code = rows.integer(10);
    all.push_back(std::move(info));
  }
  return all;
}

}  // namespace psherald
