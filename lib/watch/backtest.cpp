#include "psherald/backtest.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "psherald/query.hpp"
#include "watch/announcer.hpp"
#include "watch/intake.hpp"
#include "watch/log_reader.hpp"
#include "watch/telling.hpp"
#include "watch/time_zone.hpp"

namespace psherald {
namespace watch {
namespace {

using namespace std::chrono_literals;
using Kind = Rule::Kind;

constexpr Tau between_looks = 1s;     // as a Watchdog that runs
constexpr Tau longest_unseen = 1min;  // a look after a record, at the latest
constexpr Tau between_signs = 30s;    // of a bridge that is there

Tau tau_of(Timestamp time) { return time.time_since_epoch(); }

/// When the bridge was there, as of a time that goes forward.
class BridgeLog {
 public:
  explicit BridgeLog(sqlite3* db) {
    sqlite::Statement rows{db, "SELECT from_us, until_us FROM bridge_alive ORDER BY from_us, until_us"};
    while (rows.step()) signs_.push_back({Timestamp{Tau{rows.integer(0)}}, Timestamp{Tau{rows.integer(1)}}});
  }

  void advance(Timestamp to) {
    for (; next_ < signs_.size() && signs_[next_].from <= to; ++next_) add(signs_[next_]);
  }
  /// Before the first sign each record proves its own minute.
  void note_record(Timestamp received) {
    if (!signs_.empty() && received >= signs_.front().from) return;
    const auto minute = std::chrono::floor<std::chrono::minutes>(received);
    add({minute, signs_.empty() ? minute + 1min : std::min<Timestamp>(minute + 1min, signs_.front().from)});
  }

  const std::vector<Heard>& heard() const noexcept { return heard_; }
  std::optional<Timestamp> since(Timestamp now) const {
    if (next_ == 0) return Timestamp::min();
    const auto& last = signs_[next_ - 1];
    return now - last.until <= between_signs ? std::optional{last.from} : std::nullopt;
  }
  std::optional<Timestamp> alive_until(Timestamp now) const {
    return next_ == 0 ? std::nullopt : std::optional{std::min(signs_[next_ - 1].until, now)};
  }

 private:
  void add(const Heard& heard) {
    if (heard_.empty() || heard.from > heard_.back().until)
      heard_.push_back(heard);
    else
      heard_.back().until = std::max(heard_.back().until, heard.until);
  }

  std::vector<Heard> signs_{}, heard_{};
  std::size_t next_ = 0;
};

/// What becomes of one rule's incidents.
class Tally {
 public:
  Tally(const RuleState& rule, std::size_t listed) : condition_{&rule.condition}, listed_{listed} {
    past_.rule = condition_->rule.name;
    past_.kind = condition_->rule.kind;
    past_.judged = is_judged(rule);
  }
  static bool is_judged(const RuleState& rule) { return rule.condition.rule.enabled && !rule.condition.is_gauge(); }

  void begin(const IncidentRef& incident) {
    ++past_.incidents;
    keys_.insert(incident->key);
    if (incident->hold > condition_->keep) ++past_.damped;
    open_.emplace(incident, past_.listed.size());
    if (past_.listed.size() < listed_)
      past_.listed.push_back({incident->key, incident->title, Timestamp{incident->opened}, {}, 0, incident->first_id});
  }
  void end(const IncidentRef& incident) {
    const auto found = open_.find(incident);
    if (found == open_.end()) return;
    if (condition_->resolve || incident->phase == Incident::Phase::gone) ++ends_;
    close(*incident, found->second, incident->ended, true);
    open_.erase(found);
  }
  void note_message(bool reminder) { ++(reminder ? past_.reminders : past_.told); }

  PastOfRule finish(Tau now) {
    for (const auto& [incident, place] : open_) close(*incident, place, now, false);
    open_.clear();
    const auto receivers = static_cast<std::int64_t>(condition_->rule.notify.size());
    past_.openings = past_.incidents + relapses_;
    past_.keys = static_cast<std::int64_t>(keys_.size());
    past_.bare_openings = receivers * past_.openings;
    past_.bare_ends = receivers * (ends_ + (condition_->resolve ? relapses_ : 0));
    past_.after_damping = receivers * (past_.incidents + ends_);
    return std::move(past_);
  }

 private:
  void close(const Incident& incident, std::size_t place, Tau ended, bool over) {
    const Tau lasted = ended - incident.opened;
    past_.longest = std::max(past_.longest, lasted);
    relapses_ += incident.relapses;
    if (place >= past_.listed.size()) return;
    past_.listed[place].relapses = incident.relapses;
    if (over) past_.listed[place].lasted = lasted;
  }

  const Condition* condition_;
  std::size_t listed_;
  PastOfRule past_{};
  std::set<std::string> keys_{};
  std::unordered_map<IncidentRef, std::size_t> open_{};  // with their places in the list
  std::int64_t ends_ = 0, relapses_ = 0;
};

/// A watchdog in the past, with an outbox that only counts. Between two looks it does nothing, as one that runs: it
/// looks when something has come to be told, and when it is time.
class Replay {
 public:
  Replay(const LogStore& store, const Watchdog::Options& options, const BacktestOptions& how, bool hushing)
      : options_{options}, until_{how.until}, book_{make_book(options, how.from)}, bridge_{store.native_handle()} {
    book_.hushing = hushing;
    book_.silences = read_silences(store.native_handle(), Tau::min(), Timestamp::min());
    for (auto& silence : book_.silences) silence.until_tau.reset();  // of the past only the wall's time is known
    settings_ = {options.settle, options.settle_max, options.burst, options.burst_window, {}};
    for (const auto& rule : book_.rules) {
      tallies_.emplace(rule->condition.rule.name, Tally{*rule, how.listed});
      intervals_.emplace(rule->condition.rule.name, rule->condition.interval);
    }
    settings_.interval = [this](const std::string& name) { return intervals_.at(name); };
  }

  /// Knows what came before, up to the record `last`.
  void begin(const LogStore& store, Timestamp from, RecordId last) {
    set_time(from);
    std::vector<RuleState*> rules;
    for (auto& rule : book_.rules)
      if (Tally::is_judged(*rule)) rules.push_back(rule.get());
    learn_history(rules, store, options_, now_, last);
    for (auto* rule : rules) {
      rule->began = now_.tau;
      rule->from = last;
      watch::begin(*rule, now_);
      rule->is_new = false;
    }
    look(from);
  }
  /// Relative times in filters are meant from here on.
  void rebind(Timestamp time) {
    if (book_.set) book_.set->rebind(time_base(options_, time));
  }
  void take(const RecordBatch& batch, const Record& record) {
    // A clock may have been set; what we wrote ourselves tells no time.
    const bool tells_time = record.flags == Flag::none && record.received > now_.wall && record.received <= until_;
    const auto at = tells_time ? record.received : now_.wall;
    run_to(at);
    if (tells_time) bridge_.note_record(at);
    set_time(at);
    intake_.take(batch, record, now_.tau);
    plan(std::min(transitions_.empty() ? intake_.take_wake() : now_.tau, looked_ + longest_unseen));
  }
  void finish(Timestamp time) {
    run_to(time);
    look(time);
  }

  std::vector<PastOfRule> rules() {
    std::vector<PastOfRule> all;
    for (const auto& rule : book_.rules) all.push_back(tallies_.at(rule->condition.rule.name).finish(now_.tau));
    return all;
  }
  /// When each receiver would have got something.
  const std::map<std::string, std::vector<Timestamp>>& sent() const noexcept { return sent_; }

  /// Whether anything might not be told.
  bool can_hush() const {
    if (!book_.silences.empty() || !book_.windows.empty()) return true;
    return std::any_of(book_.rules.begin(), book_.rules.end(), [&](const auto& rule) {
      return rule->condition.rule.report_only ||
             std::any_of(book_.rules.begin(), book_.rules.end(),
                         [&](const auto& other) { return Hush::is_parent(*other, *rule); });
    });
  }

 private:
  void set_time(Timestamp time) {
    now_.wall = time;
    now_.tau = tau_of(time);
    bridge_.advance(time);
    now_.heard = bridge_.heard();
    now_.bridge_since = bridge_.since(time);
  }
  void plan(Tau at) { next_ = std::min(next_, std::max(at, looked_ + between_looks)); }
  void run_to(Timestamp time) {
    while (next_ <= tau_of(time)) look(Timestamp{next_});
  }

  void look(Timestamp time) {
    set_time(time);
    const bool bridge_changed = now_.bridge_since != book_.bridge_since;
    for (auto& rule : book_.rules) {
      if (!Tally::is_judged(*rule)) continue;
      if (rule->condition.rule.kind == Kind::no_data) hear_bridge(*rule);
      if (rule->touched || now_.tau >= rule->wake || bridge_changed || book_.first) settle(*rule, now_, transitions_);
      // What a watchdog would have stored.
      rule->ended.clear();
      rule->erased.clear();
      rule->newly_seen.clear();
    }
    book_.bridge_since = now_.bridge_since;
    book_.first = false;
    announcer_.tell(transitions_);
    announcer_.take_announced();
    for (const auto& transition : transitions_) count(transition);
    transitions_.clear();
    send();
    looked_ = now_.tau;
    next_ = Tau::max();
    plan(std::min(announcer_.wake(), book_.desk.wake()));
    for (const auto& rule : book_.rules)
      if (Tally::is_judged(*rule)) plan(rule->wake);
  }

  void hear_bridge(RuleState& rule) {
    const auto until = bridge_.alive_until(now_.wall);
    const auto found = rule.keys.find("bridge");
    const bool known = found != rule.keys.end() && found->second.count > 0;
    if (until && !(known && found->second.last_received >= *until)) intake_.take_bridge(rule, *until, tau_of(*until));
  }

  void count(const Transition& transition) {
    auto& tally = tallies_.at(transition.rule->condition.rule.name);
    if (transition.kind == Transition::Kind::opened)
      tally.begin(transition.incident);
    else
      tally.end(transition.incident);
  }

  void send() {
    for (auto& notice : book_.desk.waiting())
      if (notice.id == 0) notice.id = ++notices_;
    for (const auto& group : book_.desk.take_due(now_.tau, false, settings_)) {
      if (!find_receiver(options_.receivers, group.receiver)) continue;
      sent_[group.receiver].push_back(now_.wall);
      std::map<std::string, bool> only_reminds;  // by rule
      for (const auto& notice : group.notices) {
        auto& only = only_reminds.try_emplace(notice.rule, true).first->second;
        only = only && notice.kind == Alert::Kind::remind;
      }
      for (const auto& [rule, only] : only_reminds) tallies_.at(rule).note_message(only);
    }
  }

  const Watchdog::Options& options_;
  const Timestamp until_;
  Book book_;
  BridgeLog bridge_;
  Desk::Settings settings_{};
  std::map<std::string, Tally> tallies_{};
  std::map<std::string, Tau> intervals_{};
  std::map<std::string, std::vector<Timestamp>> sent_{};
  Now now_{};
  std::vector<Transition> transitions_{};
  Intake intake_{book_, now_, transitions_};
  Announcer announcer_{book_, now_};
  Tau looked_ = Tau::min() / 2, next_ = Tau::max();
  std::int64_t notices_ = 0;
};

PastOfReceiver past_of(const std::string& receiver, const std::vector<Timestamp>& sent, const TimeZone& zone,
                       Tau window) {
  PastOfReceiver past;
  past.receiver = receiver;
  past.messages = static_cast<std::int64_t>(sent.size());
  std::map<std::chrono::local_days, std::int64_t> days;
  for (const auto time : sent) ++days[std::chrono::floor<std::chrono::days>(zone.to_local(time))];
  for (const auto& [day, count] : days)
    if (count > past.in_busiest_day) past.in_busiest_day = count, past.busiest_day = zone.to_utc(day);
  for (std::size_t first = 0, last = 0; last < sent.size(); ++last) {
    while (sent[last] - sent[first] >= window) ++first;
    past.in_busiest_window = std::max(past.in_busiest_window, static_cast<std::int64_t>(last - first + 1));
  }
  return past;
}

}  // namespace
}  // namespace watch

Backtest backtest(const LogStore& store, const Watchdog::Options& options, const BacktestOptions& how) {
  using namespace watch;
  auto* db = store.native_handle();
  const RecordId before = first_since(db, how.from) - 1, last = first_since(db, how.until) - 1;
  std::vector<std::unique_ptr<Replay>> replays;  // as it would have been told, and if nothing kept it from being told
  replays.push_back(std::make_unique<Replay>(store, options, how, true));
  if (replays.front()->can_hush()) replays.push_back(std::make_unique<Replay>(store, options, how, false));
  for (auto& replay : replays) replay->begin(store, how.from, before);

  Backtest result;
  for (RecordId at = before; at < last;) {
    if (how.progress) how.progress(static_cast<double>(at - before) / static_cast<double>(last - before));
    const auto page = find(store, {.filter = {},
                                   .order = Order::oldest_first,
                                   .limit = static_cast<std::size_t>(options.batch),
                                   .cursor = at,
                                   .time_base = TimeBase{how.until, Zone::utc()}});
    for (auto& replay : replays)
      if (!page.batch.empty()) replay->rebind(page.batch.records().front().received);
    for (const auto& record : page.batch.records()) {
      if (record.id > last) break;
      ++result.records;
      for (auto& replay : replays) replay->take(page.batch, record);
    }
    at = page.next != 0 ? page.next : last;
  }
  for (auto& replay : replays) replay->finish(how.until);
  if (how.progress) how.progress(1);

  result.rules = replays.front()->rules();
  for (auto& rule : result.rules) rule.after_grouping = rule.told;
  if (replays.size() > 1) {
    const auto unhushed = replays.back()->rules();
    for (std::size_t i = 0; i < unhushed.size(); ++i) result.rules[i].after_grouping = unhushed[i].told;
  }
  const auto zone = TimeZone::find(options.zone);
  for (const auto& receiver : options.receivers) {
    const auto sent = replays.front()->sent().find(receiver.name);
    if (sent != replays.front()->sent().end())
      result.receivers.push_back(past_of(receiver.name, sent->second, zone ? *zone : TimeZone{}, options.burst_window));
  }
  return result;
}

}  // namespace psherald
