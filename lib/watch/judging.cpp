#include "watch/judging.hpp"

#include <unistd.h>

#include <algorithm>
#include <unordered_map>

#include "psherald/version.hpp"
#include "watch/log_reader.hpp"
#include "watch/outbox.hpp"

namespace psherald::watch {
namespace {

/// Where ps.herald's ps_neelix, or ours, has looked at a rule's system last, if it ever did. Only patterns need it.
std::optional<Timestamp> looked_at_before(sqlite3* db, const Rule& rule, Timestamp now) {
  if (rule.kind != Rule::Kind::pattern) return {};
  const auto looked = looked_at(db, rule.system);
  return looked ? std::optional{std::min(*looked, now)} : std::nullopt;
}

/// Time that went by since a record was received, by a clock that may have been set meanwhile.
Tau age_of(Timestamp received, const Now& now) { return std::max(now.wall - received, Tau{}); }

/// The row that ps.herald's ps_neelix writes in the name of the system that it has told of.
void append_notification(RecordBatch& batch, const Rule& rule, Timestamp now) {
  const std::string cause = rule.kind == Rule::Kind::pattern ? "PATTERN FOUND" : "SYSTEM HEARTBEAT FAILURE";
  const std::string message = "Neelix added Notification " + cause + " for " + rule.system;
  Record record;
  record.created = now;
  record.level = Level::warning;
  record.flags = Flag::own;
  record.message = message;
  Source source;
  source.system_id = rule.system;
  Site site;
  site.name = "ps_neelix";
  site.package_version = version;
  Process process;
  process.process = ::getpid();
  batch.append(record, source, site, process);
}

class Judgement {
 public:
  Judgement(StoreAccess& store, const Watchdog::Options& options, const Moment& now)
      : store_{store}, options_{options}, moment_{now}, run_{store.run()}, now_{tau_at(run_, now), now.wall, {}, {}} {}

  Tau make() {
    read_rules();
    RecordId cursor = std::min(run_.cursor, store_.newest());
    for (bool last = false; !last;) {
      const auto oldest = sqlite::integer(store_.db(), "SELECT min(id) FROM entry").value_or(1);
      const RecordId newest = store_.newest(), from = std::max(cursor + 1, oldest);
      cursor = std::min(newest, from + options_.batch - 1);
      last = cursor == newest;
      read_log(from, cursor);
      if (last) settle_all();
      store(cursor, last);
    }
    return now_.tau;
  }

 private:
  void read_rules() {
    for (const auto& rule : options_.rules) {
      Watched watched{rule, {}, {}, false, {}};
      watched.is_new = !read_state(store_.db(), rule, watched.state);
      watched.stored = watched.state;
      if (watched.is_new) learn(rule, watched.state.key);
      watched_.push_back(std::move(watched));
    }
    for (auto& watched : watched_)
      if (watched.rule.kind != Rule::Kind::no_data) by_system_[watched.rule.system].push_back(&watched);
  }

  /// What a rule that is new has to know of the past.
  void learn(const Rule& rule, Key& key) const {
    if (rule.kind == Rule::Kind::pattern) {
      const auto looked = looked_at_before(store_.db(), rule, now_.wall);
      key.last_id = looked ? first_since(store_.db(), *looked) - 1 : store_.newest();
    }
    if (rule.kind != Rule::Kind::heartbeat) return;
    const auto sign = last_sign(store_.db(), rule.system);
    if (!sign) return;
    key.count = 1;
    key.first = key.last = now_.tau - age_of(sign->received, now_);
    key.last_received = sign->received;
    key.last_id = sign->id;
  }

  void read_log(RecordId from, RecordId to) {
    std::string system;
    read_signs(store_.db(), from, to, [&](std::string_view of, Sign sign) {
      const auto found = by_system_.find(system = of);
      if (found == by_system_.end()) return;
      sign.tau = tau_of(sign.received);
      for (auto* watched : found->second) hear(*watched, sign);
    });
  }

  void hear(Watched& watched, const Sign& sign) const {
    add(watched, absorb(watched.rule, {&sign, 1}, watched.state, now_, options_.remind));
  }

  static void add(Watched& watched, const std::vector<Transition>& transitions) {
    watched.transitions.insert(watched.transitions.end(), transitions.begin(), transitions.end());
  }

  /// What is read now has come since we last looked, whatever the clocks say.
  Tau tau_of(Timestamp received) const { return now_.tau - std::min(age_of(received, now_), now_.tau - run_.tau); }

  void settle_all() {
    const auto hearing = read_hearing(store_.db(), oldest_sign(), now_.wall);
    now_.heard = hearing.heard;
    now_.bridge_since = hearing.bridge_since;
    for (auto& watched : watched_) {
      if (watched.rule.kind == Rule::Kind::no_data) hear_bridge(watched);
      add(watched, settle(watched.rule, watched.state, now_, options_.remind));
    }
    now_.heard = {};
  }

  Sign oldest_sign() const {
    Sign oldest{0, now_.wall, {}, {}};
    for (const auto& watched : watched_) {
      const auto& key = watched.state.key;
      if (watched.rule.kind == Rule::Kind::heartbeat && key.count > 0 && !key.retired &&
          key.last_received < oldest.received)
        oldest = {key.last_id, key.last_received, {}, {}};
    }
    return oldest;
  }

  void hear_bridge(Watched& watched) const {
    const auto until = bridge_alive_until(store_.db());
    const auto& key = watched.state.key;
    const bool first = key.count == 0;
    // A bridge's time that lies before us is as old as it says only once: it stands still while the clock is behind it.
    if (!until || (!first && *until == key.last_received && *until < now_.wall)) return;
    hear(watched, {0, *until, first ? now_.tau - age_of(*until, now_) : tau_of(*until), {}});
  }

  void store(RecordId cursor, bool last) {
    RecordBatch notifications;
    for (const auto& watched : watched_)
      for (const auto& transition : watched.transitions)
        if (transition.kind == Alert::Kind::open && watched.rule.kind != Rule::Kind::no_data)
          append_notification(notifications, watched.rule, now_.wall);
    store_.transaction([&](sqlite3* writer) {
      drop_stale_rules(writer);
      for (auto& watched : watched_) write_state(writer, watched, now_.tau);
      write_cursor(writer, cursor);
      if (last) {
        write_time(writer, now_.tau, moment_);
        write_heartbeats(writer, now_.wall);
        forget_old(writer, now_.tau, now_.wall);
      }
      store_.append(notifications);
    });
  }

  void drop_stale_rules(sqlite3* writer) const {
    const auto& rules = options_.rules;
    for (const auto& name : stale_rules(writer, rules)) {
      const bool there = std::any_of(rules.begin(), rules.end(), [&](const Rule& rule) { return rule.name == name; });
      drop_rule(writer, name, there ? "its rule has changed" : "its rule was removed", now_.tau);
    }
  }

  StoreAccess& store_;
  const Watchdog::Options& options_;
  const Moment& moment_;
  const Run run_;
  Now now_;
  std::vector<Watched> watched_{};
  std::unordered_map<std::string, std::vector<Watched*>> by_system_{};
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

Tau judge(StoreAccess& store, const Watchdog::Options& options, const Moment& now) {
  return Judgement{store, options, now}.make();
}

}  // namespace psherald::watch
