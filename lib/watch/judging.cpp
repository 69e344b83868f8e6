#include "watch/judging.hpp"

#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "psherald/fingerprint.hpp"
#include "psherald/query.hpp"
#include "psherald/version.hpp"
#include "query/attributes.hpp"
#include "watch/log_reader.hpp"
#include "watch/outbox.hpp"

namespace psherald::watch {
namespace {

using namespace std::chrono_literals;
using Kind = Rule::Kind;
using AlertKind = Alert::Kind;

constexpr Tau day = 24h, lazy = 10s, usual = 60s;

/// Where ps.herald's ps_neelix, or ours, has looked at a rule's system last, if it ever did. Only patterns need it.
std::optional<Timestamp> looked_at_before(sqlite3* db, const Rule& rule, Timestamp now) {
  if (rule.kind != Kind::pattern || rule.system.empty()) return {};
  const auto looked = looked_at(db, rule.system);
  return looked ? std::optional{std::min(*looked, now)} : std::nullopt;
}

/// Time that went by since a record was received, by a clock that may have been set meanwhile.
Tau age_of(Timestamp received, Timestamp wall) { return std::max<Tau>(wall - received, Tau{}); }

std::string cause_of(Kind kind) {
  switch (kind) {
    case Kind::pattern: return "PATTERN FOUND";
    case Kind::heartbeat: return "SYSTEM HEARTBEAT FAILURE";
    case Kind::rate: return "RATE";
    case Kind::first_seen: return "NEW ERROR";
    case Kind::lag: return "LAG";
    case Kind::disk: return "DISK";
    case Kind::gap: return "LOSS";
    case Kind::no_data: return "NO DATA";
  }
  return {};
}

TimeBase time_base(const Watchdog::Options& options, Timestamp wall) {
  if (options.zone == "local") return {wall, Zone::local()};
  const auto zone = TimeZone::find(options.zone);
  const auto offset = zone ? zone->offset(wall) : std::chrono::seconds{};
  return {wall, Zone::offset(static_cast<int>(offset.count() / 60))};
}

/// How many records a gap's own record says are missing.
std::int64_t missing_records(query::AttributeReader& attributes, std::string_view extra) {
  const auto number = [&](std::string_view name) {
    const auto value = attributes.first(name, extra);
    const auto* json = std::get_if<Json>(&value);
    return json ? std::strtoll(json->text.c_str(), nullptr, 10) : 0;
  };
  return std::max<std::int64_t>(number("to") - number("from") + 1, 1);
}

/// How far back a rule that is new has to look.
Tau history_of(const Condition& condition) {
  switch (condition.rule.kind) {
    case Kind::heartbeat: return condition.learn ? 56 * day : std::max(30 * day, 4 * condition.age);
    case Kind::first_seen: return condition.age;
    case Kind::rate:
    case Kind::gap: return condition.rate.relative ? 8 * day : condition.rate.window;
    default: return Tau{};
  }
}

class Judgement {
 public:
  Judgement(Book& book, StoreAccess& store, const Watchdog::Options& options, const Moment& now, bool lazily,
            RecordId until)
      : book_{book},
        store_{store},
        options_{options},
        moment_{now},
        lazily_{lazily},
        until_{until},
        now_{tau_at(store.run(), now), now.wall, {}, {}} {}

  Tau make() {
    if (book_.cursor > store_.newest()) book_.cursor = store_.newest();
    refresh();
    if (book_.set) book_.set->rebind(time_base(options_, now_.wall));
    begin_new_rules();
    end_removed_rules();
    for (bool last = false; !last;) {
      const RecordId newest = std::min(store_.newest(), until_);
      auto page = book_.cursor < newest ? read_page(newest) : Page{};
      absorb_batch(page.batch, newest);
      book_.cursor =
          page.next != 0 ? std::max(std::min(page.next, newest), book_.cursor) : std::max(newest, book_.cursor);
      last = book_.cursor >= newest;
      if (last) settle_all();
      tell();
      if (last) plan_wake();
      if (is_to_be_stored(last)) write(last);
    }
    book_.looked = now_.tau;
    book_.looked_wall = now_.wall;
    book_.first = false;
    return now_.tau;
  }

 private:
  Page read_page(RecordId newest) const {
    const auto limit = std::min<RecordId>(options_.batch, newest - book_.cursor);
    return find(store_.reader(), {.filter = {},
                                  .order = Order::oldest_first,
                                  .limit = static_cast<std::size_t>(limit),
                                  .cursor = book_.cursor,
                                  .time_base = TimeBase{now_.wall, Zone::utc()}});
  }

  // ---- what others have decided

  void refresh() {
    if (read_acknowledgements(store_.db(), book_.incidents)) urgent_ = true;
    book_.silences = read_silences(store_.db(), now_.tau, now_.wall);
    for (const auto& [rule_name, key_name] : read_retirements(store_.db()))
      for (auto& rule : book_.rules)
        if (rule->condition.rule.name == rule_name) retire(*rule, key_name);
  }

  void retire(RuleState& rule, const std::string& name) {
    const auto found = rule.keys.find(name);
    if (found == rule.keys.end()) return;
    Key& key = found->second;
    key.retired = key.dirty = true;
    urgent_ = true;
    if (!key.incident || !key.incident->is_open()) return;
    auto& incident = *key.incident;
    incident.phase = Incident::Phase::gone;
    incident.ended = now_.tau;
    incident.end_reason = "retired";
    incident.dirty = true;
    rule.ended.push_back(key.incident);
    transitions_.push_back({Transition::Kind::gone, &rule, key.incident});
  }

  // ---- rules that come and go

  void begin_new_rules() {
    std::vector<RuleState*> fresh;
    for (auto& rule : book_.rules)
      if (rule->is_new && rule->dirty) fresh.push_back(rule.get());
    if (fresh.empty()) return;
    urgent_ = true;
    read_history(fresh);
    for (auto* rule : fresh) {
      rule->began = now_.tau;
      const auto looked = looked_at_before(store_.db(), rule->condition.rule, now_.wall);
      rule->from = looked ? first_since(store_.db(), *looked) - 1 : std::min(store_.newest(), until_);
      begin(*rule, now_);
      rule->is_new = false;
    }
  }

  void read_history(const std::vector<RuleState*>& fresh) {
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
    RuleSet set{filters, time_base(options_, now_.wall)};
    const RecordId newest = std::min(store_.newest(), until_);
    RecordId at = first_since(store_.db(), now_.wall - back) - 1;
    const auto hearing = read_hearing(store_.db(), at + 1, now_.wall - back, now_.wall);
    now_.heard = hearing.heard;
    while (at < newest) {
      const auto page = find(store_.reader(), {.filter = {},
                                               .order = Order::oldest_first,
                                               .limit = static_cast<std::size_t>(options_.batch),
                                               .cursor = at,
                                               .time_base = TimeBase{now_.wall, Zone::utc()}});
      for (const auto& record : page.batch.records()) {
        if (record.id > newest || record.flags != Flag::none || is_notification(record.message)) continue;
        for (const auto number : set.matching(page.batch, record))
          learn(*rules[number],
                sign_of(*rules[number], page.batch, record, now_.tau - age_of(record.received, now_.wall)), now_);
      }
      at = page.next != 0 ? page.next : newest;
    }
    now_.heard = {};
  }

  void end_removed_rules() {
    for (auto& rule : book_.removed) {
      const bool there = std::any_of(book_.rules.begin(), book_.rules.end(), [&](const auto& other) {
        return other->condition.rule.name == rule->condition.rule.name;
      });
      abandon(*rule, there ? "its rule has changed" : "its rule was removed", now_.tau, transitions_);
      urgent_ = true;
    }
  }

  // ---- records

  Sign sign_of(const RuleState& rule, const RecordBatch& batch, const Record& record, Tau tau) {
    Sign sign;
    sign.id = record.id;
    sign.received = record.received;
    sign.tau = tau;
    values_.clear();
    for (const auto& field : rule.condition.by) values_.push_back(field_text(field, batch, record));
    sign.values = &values_;
    if (rule.condition.rule.kind == Kind::first_seen) {
      sign.fingerprint = fingerprint(record, batch.site(record));
      sign.message = record.message;
      sign.version = batch.site(record).package_version;
    }
    return sign;
  }

  /// What is read now has come since we last looked, whatever the clocks say.
  Tau tau_of(Timestamp received) const {
    return now_.tau - std::min(age_of(received, now_.wall), std::max(now_.tau - book_.looked, Tau{}));
  }

  void absorb_batch(const RecordBatch& batch, RecordId newest) {
    for (const auto& record : batch.records()) {
      if (record.id > newest) break;
      if (has(record.flags, Flag::gap)) absorb_gap(batch, record);
      if (record.flags != Flag::none || is_notification(record.message) || !book_.set) continue;
      for (const auto number : book_.set->matching(batch, record)) {
        auto& rule = *book_.by_records[number];
        if (record.id <= rule.from) continue;
        absorb(rule, sign_of(rule, batch, record, tau_of(record.received)), now_, transitions_);
      }
    }
  }

  void absorb_gap(const RecordBatch& batch, const Record& record) {
    for (auto* rule : book_.gaps) {
      if (record.id <= rule->from) continue;
      if (!Matcher{rule->condition.filter, {now_.wall, Zone::utc()}}(batch, record)) continue;
      auto sign = sign_of(*rule, batch, record, tau_of(record.received));
      sign.amount = missing_records(attributes_, record.extra);
      absorb(*rule, sign, now_, transitions_);
    }
  }

  // ---- time

  void settle_all() {
    const auto oldest = oldest_needed();
    hearing_ = read_hearing(store_.db(), oldest.first, oldest.second, now_.wall);
    now_.heard = hearing_.heard;
    now_.bridge_since = hearing_.bridge_since;
    const bool bridge_changed = now_.bridge_since != book_.bridge_since;
    look_for_a_blind_time();
    measure_all();
    for (auto& rule : book_.rules) {
      if (!rule->condition.rule.enabled) continue;
      if (rule->condition.rule.kind == Kind::no_data) hear_bridge(*rule);
      if (rule->touched || now_.tau >= rule->wake || bridge_changed || book_.first) settle(*rule, now_, transitions_);
    }
    book_.bridge_since = now_.bridge_since;
  }

  /// The first record whose silence is judged, by id and time.
  std::pair<RecordId, Timestamp> oldest_needed() const {
    std::pair<RecordId, Timestamp> oldest{store_.newest() + 1, now_.wall};
    Tau window{};
    for (const auto& rule : book_.rules) {
      const auto& condition = rule->condition;
      if (condition.is_watching_for_absence() && !condition.is_heartbeat())
        window = std::max(window, condition.rate.window);
      if (!condition.is_heartbeat()) continue;
      for (const auto& [name, key] : rule->keys)
        if ((key.count > 0 || key.listed) && !key.retired && !key.stale && key.last_received < oldest.second)
          oldest = {key.last_id, key.last_received};
    }
    if (window > Tau{} && now_.wall - window < oldest.second)
      oldest = {std::min(oldest.first, first_since(store_.db(), now_.wall - window)), now_.wall - window};
    return oldest;
  }

  void hear_bridge(RuleState& rule) {
    static const std::vector<std::string> bridge{"bridge"};
    const auto until = bridge_alive_until(store_.db());
    const auto found = rule.keys.find("bridge");
    const bool first = found == rule.keys.end() || found->second.count == 0;
    // A bridge's time that lies before us is as old as it says only once: it stands still while the clock is behind it.
    if (!until || (!first && *until == found->second.last_received && *until < now_.wall)) return;
    Sign sign;
    sign.received = *until;
    sign.tau = first ? now_.tau - age_of(*until, now_.wall) : tau_of(*until);
    sign.values = &bridge;
    absorb(rule, sign, now_, transitions_);
  }

  /// Nobody looked, and nobody could have been heard: that is said once, since nothing else will say it.
  void look_for_a_blind_time() {
    if (!book_.first || !now_.bridge_since || *now_.bridge_since <= book_.looked_wall) return;
    for (auto& rule : book_.rules) {
      if (rule->condition.rule.kind != Kind::no_data) continue;
      const auto found = rule->keys.find("bridge");
      if (found == rule->keys.end()) continue;
      const auto& key = found->second;
      if (key.incident && key.incident->is_open()) continue;
      const auto from = std::max(book_.looked_wall, key.last_received);
      if (*now_.bridge_since - from <= rule->condition.age) continue;
      auto incident = std::make_shared<Incident>();
      incident->rule = rule->condition.rule.name;
      incident->key = incident->title = "bridge";
      incident->phase = Incident::Phase::resolved;
      incident->holds = false;
      incident->opened = now_.tau - (now_.wall - from);
      incident->last_true = incident->ended = now_.tau - (now_.wall - *now_.bridge_since);
      incident->detail =
          "from " + format_local(from).substr(0, 19) + " to " + format_local(*now_.bridge_since).substr(0, 19);
      rule->ended.push_back(incident);
      transitions_.push_back({Transition::Kind::blind, rule.get(), incident});
    }
  }

  void measure_all() {
    const bool any = std::any_of(book_.rules.begin(), book_.rules.end(),
                                 [](const auto& rule) { return rule->condition.is_gauge(); });
    if (!any) return;
    const auto gauges = options_.gauges ? options_.gauges() : read_gauges(store_.reader(), now_.wall);
    for (auto& rule : book_.rules) {
      if (!rule->condition.is_gauge() || !rule->condition.rule.enabled) continue;
      const auto kind = rule->condition.rule.kind == Kind::lag ? Gauge::Kind::lag
                        : rule->condition.fullness.percent     ? Gauge::Kind::disk
                                                               : Gauge::Kind::disk_free;
      for (const auto& gauge : gauges)
        if (gauge.kind == kind) measure(*rule, gauge.key, gauge.value, now_, transitions_);
    }
  }

  // ---- telling

  void tell() {
    Hush hush{book_.rules, book_.windows, book_.silences, now_};
    for (const auto& transition : transitions_) tell(transition, hush);
    if (!transitions_.empty()) urgent_ = true;
    transitions_.clear();
    book_.hushed = 0;
    tell_wake_ = Tau::max();
    for (auto& [rule, incident] : book_.active) {
      if (incident->phase != Incident::Phase::firing) continue;
      follow(*rule, incident, hush);
    }
    std::erase_if(book_.active, [](const Book::Active& one) { return !one.incident->is_open(); });
    tell_wake_ = std::min(tell_wake_, hush.wake());
  }

  void tell(const Transition& transition, Hush& hush) {
    auto& rule = *transition.rule;
    const auto& incident = transition.incident;
    switch (transition.kind) {
      case Transition::Kind::opened:
        if (!incident->is_open()) return;
        book_.active.push_back({&rule, incident});
        if (hush.reason(rule, *incident).empty()) announce(rule, incident);
        return;
      case Transition::Kind::ended:
        if (!incident->announced) {
          // What has come and gone meanwhile.
          if (!rule.condition.is_event() || incident->hushed || !hush.reason(rule, *incident).empty()) return;
          announce(rule, incident);
        }
        if (rule.condition.resolve) tell_all(rule, incident, AlertKind::resolve);
        return;
      case Transition::Kind::gone:
        if (!incident->announced) return;
        remind(rule, incident);
        return tell_all(rule, incident, AlertKind::gone);
      case Transition::Kind::blind:
        incident->announced = true;
        incident->announced_at = now_.tau;
        for (const auto& receiver : rule.condition.rule.notify) queue(rule, incident, receiver, AlertKind::blind);
        return;
    }
  }

  void follow(RuleState& rule, const IncidentRef& incident, Hush& hush) {
    const auto why = hush.reason(rule, *incident);
    if (!why.empty()) {
      ++book_.hushed;
      if (!incident->announced) incident->hushed = true;
      return;
    }
    if (!incident->announced) announce(rule, incident);
    if (incident->acknowledged_by) return;
    remind(rule, incident);
    escalate(rule, incident);
    tell_wake_ = std::min(tell_wake_, incident->next);
    if (is_to_escalate(rule, *incident))
      tell_wake_ = std::min(tell_wake_, incident->announced_at + rule.condition.rule.escalate_after);
  }

  static bool is_to_escalate(const RuleState& rule, const Incident& incident) {
    return !rule.condition.rule.escalate.empty() && !incident.escalated;
  }

  void announce(RuleState& rule, const IncidentRef& incident) {
    incident->announced = incident->dirty = true;
    incident->hushed = false;
    // What came and went is told now, and what began while nobody looked has lasted since then.
    incident->announced_at = now_.tau;
    incident->next = next_reminder(rule, *incident);
    for (const auto& receiver : rule.condition.rule.notify) queue(rule, incident, receiver, AlertKind::open);
    if (rule.condition.rule.kind != Kind::no_data) announced_.push_back({&rule, incident});
  }

  Tau next_reminder(const RuleState& rule, const Incident& incident) const {
    const auto& steps = rule.condition.remind;
    if (steps.empty()) return Tau::max();
    return now_.tau + steps[std::min(static_cast<std::size_t>(incident.reminders), steps.size() - 1)];
  }

  void remind(RuleState& rule, const IncidentRef& incident) {
    if (now_.tau < incident->next || incident->acknowledged_by) return;
    ++incident->reminders;
    incident->next = next_reminder(rule, *incident);
    tell_all(rule, incident, AlertKind::remind);
  }

  void escalate(RuleState& rule, const IncidentRef& incident) {
    if (!is_to_escalate(rule, *incident)) return;
    if (now_.tau - incident->announced_at < rule.condition.rule.escalate_after) return;
    incident->escalated = incident->dirty = true;
    for (const auto& receiver : rule.condition.rule.escalate)
      if (!incident->told.contains(receiver)) queue(rule, incident, receiver, AlertKind::escalate);
    urgent_ = true;
  }

  void tell_all(RuleState& rule, const IncidentRef& incident, AlertKind kind) {
    incident->dirty = true;
    const auto told = incident->told;
    for (const auto& [receiver, root] : told) queue(rule, incident, receiver, kind);
  }

  void queue(const RuleState& rule, const IncidentRef& incident, const std::string& receiver, AlertKind kind) {
    incident->told.try_emplace(receiver);
    book_.desk.add({0, receiver, rule.condition.rule.name, incident, kind, now_.tau});
    urgent_ = true;
  }

  void plan_wake() {
    Tau wake = std::min(now_.tau + 1h, tell_wake_);
    for (const auto& rule : book_.rules)
      if (rule->condition.rule.enabled) wake = std::min(wake, rule->wake);
    book_.wake = wake;
  }

  // ---- storing

  bool is_to_be_stored(bool last) const {
    if (!last || !lazily_ || urgent_ || book_.first) return true;
    const bool moved = book_.cursor != store_.run().cursor;
    return now_.tau - book_.stored >= (moved ? lazy : usual);
  }

  void write(bool last) {
    const auto notifications = notifications_of_ps_herald();
    const bool heartbeats = last && (!lazily_ || now_.tau - book_.heartbeats >= usual);
    store_.transaction([&](sqlite3* writer) {
      for (auto& rule : book_.removed) {
        write_rule(writer, *rule);
        remove_rule(writer, rule->condition.rule.name);
      }
      for (auto& rule : book_.rules) write_rule(writer, *rule);
      for (auto& notice : book_.desk.waiting())
        if (notice.id == 0) queue_notice(writer, notice);
      write_cursor(writer, book_.cursor);
      if (last) {
        write_time(writer, now_.tau, moment_);
        if (heartbeats) {
          write_heartbeats(writer, now_.wall);
          forget_old(writer, now_.tau, now_.wall);
        }
      }
      store_.append(notifications);
    });
    book_.removed.clear();
    for (const auto& active : book_.active) book_.incidents.emplace(active.incident->id, active.incident);
    std::erase_if(book_.incidents, [](const auto& entry) { return !entry.second->is_open(); });
    if (heartbeats) book_.heartbeats = now_.tau;
    book_.stored = now_.tau;
    announced_.clear();
    urgent_ = false;
  }

  /// The rows that ps.herald's ps_neelix writes in the name of the system that it has told of.
  RecordBatch notifications_of_ps_herald() const {
    constexpr std::size_t most = 100;
    RecordBatch batch;
    std::size_t count = 0;
    for (const auto& [rule, incident] : announced_) {
      if (++count > most) break;
      const auto& condition = rule->condition;
      const auto& system = condition.rule.system;
      const auto& name = !system.empty() ? system : !incident->title.empty() ? incident->title : condition.rule.name;
      const std::string message = "Neelix added Notification " + cause_of(condition.rule.kind) + " for " + name;
      std::string own = system;
      const auto key = rule->keys.find(incident->key);
      for (std::size_t i = 0; i < condition.by.size() && key != rule->keys.end() && own.empty(); ++i)
        if (condition.by[i].field == ast::Field::system && i < key->second.values.size()) own = key->second.values[i];
      Record record;
      record.created = now_.wall;
      record.level = Level::warning;
      record.flags = Flag::own;
      record.message = message;
      Source source;
      if (!own.empty()) source.system_id = own;
      Site site;
      site.name = "ps_neelix";
      site.package_version = version;
      Process process;
      process.process = ::getpid();
      batch.append(record, source, site, process);
    }
    return batch;
  }

  Book& book_;
  StoreAccess& store_;
  const Watchdog::Options& options_;
  const Moment& moment_;
  const bool lazily_;
  const RecordId until_;
  Now now_;
  Hearing hearing_{};
  std::vector<Transition> transitions_{};
  std::vector<Book::Active> announced_{};
  std::vector<std::string> values_{};
  query::AttributeReader attributes_{};
  Tau tell_wake_ = Tau::max();
  bool urgent_ = false;  // something to be stored at once
};

}  // namespace

void take_over(StoreAccess& store, const std::vector<Rule>& rules, const Moment& now) {
  Run first;
  first.cursor = store.newest();
  first.wall = now.wall;
  for (const auto& rule : rules)
    if (const auto looked = looked_at_before(store.db(), rule, now.wall)) {
      first.wall = std::min(first.wall, *looked);
      first.cursor = std::min(first.cursor, first_since(store.db(), *looked) - 1);
    }
  first.tau = first.wall.time_since_epoch();
  store.take_over(first);
}

Book open_book(StoreAccess& store, const Watchdog::Options& options, const Moment& now) {
  Book book;
  const auto run = store.run();
  const Tau tau = tau_at(run, now);
  std::set<std::string> names;
  for (const auto& rule : options.rules) {
    auto condition = understand(rule, options);
    if (!condition) throw Error{Errc::bad_config, "rule \"" + rule.name + "\": " + condition.error().text};
    if (!names.insert(rule.name).second) throw Error{Errc::bad_config, "two rules have the name \"" + rule.name + "\""};
    auto state = std::make_unique<RuleState>();
    state->condition = *std::move(condition);
    read_rule(store.db(), *state, tau, book.incidents);
    if (!state->is_new) expect(*state, {tau, now.wall, {}, {}});
    book.rules.push_back(std::move(state));
  }
  for (auto& stale : read_stale(store.db(), book.rules, book.incidents)) book.removed.push_back(std::move(stale.rule));
  for (const auto& maintenance : options.maintenance) {
    const auto hours = Hours::parse(maintenance.hours);
    if (!hours) throw Error{Errc::bad_config, "maintenance \"" + maintenance.name + "\": " + hours.error().text};
    const auto zone = TimeZone::find(maintenance.zone.empty() ? options.zone : maintenance.zone);
    if (!zone) throw Error{Errc::bad_config, "maintenance \"" + maintenance.name + "\": " + zone.error().text};
    book.windows.push_back({maintenance, *hours, {*zone, {}}});
  }
  std::vector<const Filter*> filters;
  for (auto& rule : book.rules) {
    if (!rule->condition.rule.enabled || rule->condition.is_gauge() || rule->condition.rule.kind == Kind::no_data)
      continue;
    if (rule->condition.rule.kind == Kind::gap) {
      book.gaps.push_back(rule.get());
      continue;
    }
    filters.push_back(&rule->condition.filter);
    book.by_records.push_back(rule.get());
  }
  if (!filters.empty()) book.set = std::make_unique<RuleSet>(filters, time_base(options, now.wall));
  for (auto& rule : book.rules)
    for (auto& [name, key] : rule->keys)
      if (key.incident && key.incident->is_open()) book.active.push_back({rule.get(), key.incident});
  read_desk(store.db(), book.desk, book.incidents, tau);
  book.cursor = run.cursor;
  book.looked = run.tau;
  book.looked_wall = run.wall;
  book.stored = run.tau;
  return book;
}

Tau judge(Book& book, StoreAccess& store, const Watchdog::Options& options, const Moment& now, bool lazily,
          RecordId until) {
  return Judgement{book, store, options, now, lazily, until}.make();
}

std::vector<Gauge> read_gauges(const LogStore& store, Timestamp now) {
  std::vector<Gauge> gauges;
  auto* db = store.native_handle();
  sqlite::Statement rows{
      db,
      "SELECT name, (SELECT received FROM entry WHERE entry.id > cursor.id ORDER BY entry.id LIMIT 1) "
      "FROM cursor"};
  while (rows.step()) {
    const auto waiting = rows.optional_integer(1);
    const Tau lag = waiting ? age_of(Timestamp{Tau{*waiting}}, now) : Tau{};
    gauges.push_back({Gauge::Kind::lag, std::string{rows.text(0)}, std::chrono::duration<double>(lag).count()});
  }
  const auto folder = std::filesystem::absolute(store.file()).parent_path().string();
  struct statvfs disk;
  if (::statvfs(folder.c_str(), &disk) != 0 || disk.f_blocks == 0) return gauges;
  const double all = static_cast<double>(disk.f_blocks), free = static_cast<double>(disk.f_bavail);
  gauges.push_back({Gauge::Kind::disk, folder, 100 * (all - free) / all});
  gauges.push_back({Gauge::Kind::disk_free, folder, free * static_cast<double>(disk.f_frsize)});
  return gauges;
}

}  // namespace psherald::watch
