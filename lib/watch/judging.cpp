#include "watch/judging.hpp"

#include <unistd.h>

#include <algorithm>

#include "psherald/query.hpp"
#include "psherald/version.hpp"
#include "watch/announcer.hpp"
#include "watch/gauges.hpp"
#include "watch/intake.hpp"
#include "watch/log_reader.hpp"
#include "watch/outbox.hpp"

namespace psherald::watch {
namespace {

using namespace std::chrono_literals;
using Kind = Rule::Kind;

constexpr Tau lazy = 10s, usual = 60s;

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

class Judgement {
 public:
  Judgement(Book& book, StoreAccess& store, const Watchdog::Options& options, const Moment& now, bool lazily)
      : book_{book},
        store_{store},
        options_{options},
        moment_{now},
        lazily_{lazily},
        now_{tau_at(store.run(), now), now.wall, {}, {}} {}

  Tau make() {
    if (book_.cursor > store_.newest()) book_.cursor = store_.newest();
    refresh();
    if (book_.set) book_.set->rebind(time_base(options_, now_.wall));
    begin_new_rules();
    end_removed_rules();
    for (bool last = false; !last;) {
      const RecordId newest = store_.newest();
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
    learn_history(fresh, store_.reader(), options_, now_, book_.history);
    for (auto* rule : fresh) {
      rule->began = now_.tau;
      const auto looked = looked_at_before(store_.db(), rule->condition.rule, now_.wall);
      rule->from = looked ? first_since(store_.db(), *looked) - 1 : book_.history;
      begin(*rule, now_);
      rule->is_new = false;
    }
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

  /// What is read now has come since we last looked, whatever the clocks say.
  Tau tau_of(Timestamp received) const {
    return now_.tau - std::min(age_of(received, now_.wall), std::max(now_.tau - book_.looked, Tau{}));
  }

  void absorb_batch(const RecordBatch& batch, RecordId newest) {
    for (const auto& record : batch.records()) {
      if (record.id > newest) break;
      intake_.take(batch, record, tau_of(record.received));
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
    const auto until = bridge_alive_until(store_.db());
    const auto found = rule.keys.find("bridge");
    const bool first = found == rule.keys.end() || found->second.count == 0;
    // A bridge's time that lies before us is as old as it says only once: it stands still while the clock is behind it.
    if (!until || (!first && *until == found->second.last_received && *until < now_.wall)) return;
    intake_.take_bridge(rule, *until, first ? now_.tau - age_of(*until, now_.wall) : tau_of(*until));
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
        if (gauge.kind == kind) measure(*rule, gauge.key, gauge.value, now_);
    }
  }

  // ---- telling

  void tell() {
    if (!transitions_.empty()) urgent_ = true;
    announcer_.tell(transitions_);
    transitions_.clear();
  }

  void plan_wake() {
    Tau wake = std::min(now_.tau + 1h, announcer_.wake());
    for (const auto& rule : book_.rules)
      if (rule->condition.rule.enabled) wake = std::min(wake, rule->wake);
    book_.wake = wake;
  }

  // ---- storing

  bool is_to_be_stored(bool last) const {
    if (!last || !lazily_ || urgent_ || announcer_.has_news() || book_.first) return true;
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
    urgent_ = false;
  }

  /// The rows that ps.herald's ps_neelix writes in the name of the system that it has told of.
  RecordBatch notifications_of_ps_herald() {
    constexpr std::size_t most = 100;
    RecordBatch batch;
    std::size_t count = 0;
    for (const auto& [rule, incident] : announcer_.take_announced()) {
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
      record.received = now_.wall;
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
  Now now_;
  Hearing hearing_{};
  std::vector<Transition> transitions_{};
  Intake intake_{book_, now_, transitions_};
  Announcer announcer_{book_, now_};
  bool urgent_ = false;  // something to be stored at once
};

}  // namespace

void take_over(StoreAccess& store, const std::vector<Rule>& rules, const Moment& now, RecordId history) {
  Run first;
  first.cursor = history;
  first.wall = now.wall;
  for (const auto& rule : rules)
    if (const auto looked = looked_at_before(store.db(), rule, now.wall)) {
      first.wall = std::min(first.wall, *looked);
      first.cursor = std::min(first.cursor, first_since(store.db(), *looked) - 1);
    }
  first.tau = first.wall.time_since_epoch();
  store.take_over(first);
}

Tau judge(Book& book, StoreAccess& store, const Watchdog::Options& options, const Moment& now, bool lazily) {
  return Judgement{book, store, options, now, lazily}.make();
}

}  // namespace psherald::watch
