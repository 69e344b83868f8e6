#include "watch/scenario.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <initializer_list>
#include <map>
#include <memory>
#include <set>

#include "psherald/log_store.hpp"
#include "record/json.hpp"
#include "store/in_transaction.hpp"
#include "watch/condition.hpp"
#include "watch/message_text.hpp"
#include "watch/orders.hpp"

namespace psherald::watch {
namespace {

using namespace std::chrono_literals;
namespace dom = simdjson::dom;

constexpr Timestamp start{std::chrono::sys_days{std::chrono::year{2026} / 1 / 5}};  // a Monday

[[noreturn]] void fail(const std::string& why) { throw Error{Errc::bad_config, why}; }

Tau tau_of(double seconds) { return Tau{static_cast<std::int64_t>(seconds * 1e6 + (seconds < 0 ? -0.5 : 0.5))}; }

/// Of seconds also as a duration: "1h30m", "-2d".
double number_of(const dom::element& element) {
  if (element.is_double()) return element.get_double();
  if (element.is_int64()) return static_cast<double>(element.get_int64().value());
  if (element.is_string()) {
    std::string_view text = element.get_string().value();
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    if (const auto span = parse_span(text)) return (negative ? -1 : 1) * std::chrono::duration<double>(*span).count();
  }
  fail("a number is expected where \"" + simdjson::to_string(element) + "\" stands");
}

std::optional<dom::element> member(const dom::object& object, std::string_view name) {
  auto found = object.at_key(name);
  if (found.error() != simdjson::SUCCESS) return {};
  return found.value();
}

std::optional<double> number(const dom::object& object, std::string_view name) {
  const auto found = member(object, name);
  return found ? std::optional{number_of(*found)} : std::nullopt;
}

std::string text(const dom::object& object, std::string_view name) {
  const auto found = member(object, name);
  if (!found) return {};
  if (!found->is_string()) fail("\"" + std::string{name} + "\" has to be a text");
  return std::string{found->get_string().value()};
}

void check_members(const dom::object& object, const char* what, std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : object)
    if (std::find(known.begin(), known.end(), name) == known.end())
      fail("nobody knows \"" + std::string{name} + "\" of " + what + " " + simdjson::minify(object));
}

std::string numbered(std::string_view text, std::size_t number) {
  std::string out{text};
  if (const auto at = out.find("%d"); at != out.npos) out.replace(at, 2, std::to_string(number));
  return out;
}

/// A record as an event has it.
void append_record(RecordBatch& batch, const dom::object& fields, std::size_t count, Timestamp received) {
  Record record;
  Source source;
  Site site;
  record.received = received;
  std::string extra = "{";
  std::vector<std::string> texts;
  texts.reserve(fields.size() + 1);
  for (const auto& [name, value] : fields) {
    if (name == "created") {
      record.created = start + tau_of(number_of(value));
      continue;
    }
    if (name == "line") {
      site.lineno = static_cast<std::int64_t>(number_of(value));
      continue;
    }
    if (name == "gap") {
      record.flags = Flag::own | Flag::gap;
      append_json_string(extra += extra.size() > 1 ? "," : "", "from");
      extra += ":1,\"to\":" + std::to_string(static_cast<std::int64_t>(number_of(value)));
      continue;
    }
    texts.push_back(value.is_string() ? numbered(value.get_string().value(), count) : simdjson::minify(value));
    const std::string_view said = texts.back();
    if (name == "system")
      source.system_id = said;
    else if (name == "host" || name == "subsystem")
      source.sub_system_id = said;
    else if (name == "product")
      source.produkt_id = said;
    else if (name == "subsubsystem")
      source.sub_sub_system_id = said;
    else if (name == "user1")
      source.user_spec_1 = said;
    else if (name == "user2")
      source.user_spec_2 = said;
    else if (name == "logger")
      site.name = said;
    else if (name == "function")
      site.funcname = said;
    else if (name == "module")
      site.module = said;
    else if (name == "file")
      site.pathname = said;
    else if (name == "version" || name == "package_version")
      site.package_version = said;
    else if (name == "message")
      record.message = said;
    else if (name == "exception")
      record.exc_text = said;
    else if (name == "level")
      record.level = parse_level(said).value_or(Level::info);
    else {
      append_json_string(extra += extra.size() > 1 ? "," : "", name);
      extra += ":";
      value.is_string() ? append_json_string(extra, said) : void(extra += said);
    }
  }
  extra += "}";
  if (extra.size() > 2) record.extra = extra;
  batch.append(record, source, site);
}

struct Event {
  Tau at{};
  bool is_record = false;
  dom::object object{};
  std::size_t count = 0;  // of a repeated one
};

std::vector<Event> events_of(const dom::object& scenario, Tau& last) {
  std::vector<Event> events;
  const auto listed = member(scenario, "events");
  if (!listed || !listed->is_array()) fail("\"events\" has to be a list");
  constexpr std::size_t most = 2'000'000;
  for (const dom::element element : listed->get_array()) {
    if (!element.is_object()) fail("an event has to be an object");
    const dom::object object = element.get_object();
    check_members(object, "an event",
                  {"t", "every", "until", "times", "gap_s", "record", "history", "restart", "clock_step", "bridge",
                   "watch", "ack", "silence", "config", "prune", "gauge", "notifier"});
    const auto at = number(object, "t");
    if (!at) fail("an event needs \"t\": when it happens, in seconds");
    const bool is_record = member(object, "record") || member(object, "history");
    std::size_t times = static_cast<std::size_t>(number(object, "times").value_or(1));
    double step = number(object, "gap_s").value_or(0);
    if (const auto every = number(object, "every")) {
      const auto until = number(object, "until");
      if (!until || *every <= 0) fail("\"every\" needs \"until\", and more than 0");
      step = *every;
      times = 0;
      while (*at + step * static_cast<double>(times) < *until) ++times;
    }
    if (times > most || events.size() > most) fail("there are too many events");
    for (std::size_t i = 0; i < times; ++i)
      events.push_back({tau_of(*at + step * static_cast<double>(i)), is_record, object, i});
    if (times > 0) last = std::max(last, events.back().at);
  }
  std::stable_sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
    return a.at != b.at ? a.at < b.at : a.is_record < b.is_record;
  });
  return events;
}

struct Told {
  Tau at{};
  std::string receiver{}, kind{}, rule{}, key{}, title{};
  bool expected = false;
};

class Simulation final : public Notifier {
 public:
  using Load = std::function<Watchdog::Options(const std::string&)>;
  Simulation(const dom::object& scenario, const Load& load)
      : scenario_{scenario}, load_{load}, store_{LogStore::Options{.path = ":memory:"}} {
    sqlite::execute(db(), "PRAGMA synchronous = OFF");  // nobody pulls the plug here
    take_options(load(text(scenario, "config")));
  }

  std::vector<std::string> run() {
    Tau last{};
    const auto events = events_of(scenario_, last);
    const auto expected = member(scenario_, "expect");
    if (expected && expected->is_array())
      for (const dom::element element : expected->get_array())
        last = std::max(last, tau_of(number(element.get_object(), "t_max").value_or(0)));
    const auto end = number(scenario_, "end") ? tau_of(*number(scenario_, "end")) : last + 1s;

    auto next = events.begin();
    const Tau first = events.empty() ? Tau{} : std::min(events.front().at, Tau{});
    raise_bridge(first);
    for (; next != events.end() && next->at < Tau{}; ++next) add_record(*next);
    now_ = Tau{};
    write_records();
    mark_alive();
    start_watchdog();
    for (;;) {
      const Tau wake = watchdog_ ? now_ + std::max<Tau>(watchdog_->wake(), 1us) : Tau::max();
      const Tau event = next == events.end() ? Tau::max() : next->at;
      const Tau at = std::min(wake, event);
      if (at >= end) break;
      now_ = at;
      if (bridge_) mark_alive();
      bool restart = false;
      while (next != events.end() && next->at == now_) restart = happen(*next++) || restart;
      write_records();
      if (bridge_) mark_alive();
      if (restart && watchdog_) start_watchdog();
      check();
    }
    return differences();
  }

 private:
  sqlite3* db() { return store_.native_handle(); }
  Timestamp wall(Tau at) const { return start + at + step_; }
  Moment moment() const { return {wall(now_), now_ + 24h, "simulation"}; }

  void take_options(Watchdog::Options options) {
    options_ = std::move(options);
    options_.deliveries = 1;  // one after the other, always in the same order
    options_.gauges = [this] {
      std::vector<Gauge> all;
      for (const auto& [place, value] : gauges_)
        all.push_back({place.first == "lag" ? Gauge::Kind::lag : Gauge::Kind::disk, place.second, value});
      return all;
    };
  }

  void raise_bridge(Tau from) {
    bridge_ = true;
    sqlite::Statement{db(), "INSERT INTO bridge_alive(from_us, until_us) VALUES(?1, ?1)"}
        .bind(1, std::int64_t{wall(from).time_since_epoch().count()})
        .run();
    interval_ = sqlite3_last_insert_rowid(db());
  }
  void mark_alive() {
    sqlite::Statement{db(), "UPDATE bridge_alive SET until_us = max(until_us, ?1) WHERE rowid = ?2"}
        .bind_all(std::int64_t{wall(now_).time_since_epoch().count()}, interval_)
        .run();
  }

  void add_record(const Event& event) {
    if (!bridge_) return;
    const auto fields =
        member(event.object, "record") ? member(event.object, "record") : member(event.object, "history");
    if (!fields->is_object()) fail("a record has to be an object");
    append_record(records_, fields->get_object(), event.count, wall(event.at));
  }
  void write_records() {
    if (records_.empty()) return;
    store_.begin();
    store_.append(records_);
    store_.commit();
    records_ = {};
  }

  void start_watchdog() {
    watchdog_.reset();
    watchdog_ = std::make_unique<Watchdog>(store_, *this, options_);
    check();
  }
  void check() {
    if (!watchdog_) return;
    for (const auto& alert : watchdog_->check(moment(), Watchdog::Pace::steady)) items_[alert.uid] = alert.items;
    watchdog_->deliver(moment());
  }

  /// True: the watchdog begins anew.
  bool happen(const Event& event) {
    const auto& object = event.object;
    if (event.is_record) return add_record(event), false;
    if (member(object, "restart")) return true;
    if (const auto step = number(object, "clock_step")) return step_ += tau_of(*step), false;
    if (const auto bridge = text(object, "bridge"); !bridge.empty()) {
      if (bridge == "up" && !bridge_) raise_bridge(now_);
      bridge_ = bridge == "up";
      return false;
    }
    if (const auto watch = text(object, "watch"); !watch.empty()) {
      if (watch == "down") watchdog_.reset();
      if (watch == "up" && !watchdog_) watchdog_ = std::make_unique<Watchdog>(store_, *this, options_);
      return false;
    }
    if (const auto ack = member(object, "ack")) return acknowledge_one(ack->get_object()), false;
    if (const auto silence = member(object, "silence")) return silence_one(silence->get_object()), false;
    if (const auto config = text(object, "config"); !config.empty()) return take_config(config);
    if (const auto before = number(object, "prune"))
      return store_.prune({.since = wall(tau_of(*before)), .max_bytes = {}, .keep_from = 0}), false;
    if (const auto gauge = member(object, "gauge")) {
      const dom::object set = gauge->get_object();
      gauges_[{text(set, "name"), text(set, "key")}] = number(set, "value").value_or(0);
      return false;
    }
    if (const auto notifier = member(object, "notifier")) {
      const dom::object set = notifier->get_object();
      const auto fails = member(set, "fail");
      failing_[text(set, "receiver")] = fails && fails->is_bool() && fails->get_bool().value();
      return false;
    }
    fail("nobody knows the event " + simdjson::minify(object));
  }

  bool take_config(const std::string& config) {
    try {
      take_options(load_(config));
    } catch (const Error&) {
      return false;  // a wrong file changes nothing
    }
    return true;
  }

  void acknowledge_one(const dom::object& object) {
    sqlite::Statement row{db(), "SELECT id FROM watch_incident WHERE rule = ?1 AND key = ?2 AND phase = 'firing'"};
    const auto rule = text(object, "rule"), key = text(object, "key");
    const auto id = row.bind_all(rule, key).first_integer();
    row.reset();
    if (id) acknowledge(db(), *id, "somebody", "", wall(now_));
  }
  void silence_one(const dom::object& object) {
    Silence silence;
    silence.rule = text(object, "rule");
    silence.key = text(object, "key");
    silence.query = text(object, "query");
    silence.from = wall(now_);
    silence.until = wall(tau_of(number(object, "until").value_or(0)));
    silence.author = "somebody";
    add_silence(db(), silence);
  }

  Delivery deliver(const Alert& alert, const std::string&) noexcept override {
    if (failing_[alert.receiver]) return {Delivery::Outcome::unavailable, 0, "away", {}};
    if (!accepted_.insert(alert.uid).second || alert.channel != first_channel(alert.receiver))
      return {Delivery::Outcome::accepted, 250, "", {}};
    ++messages_[alert.receiver];
    for (const auto& item : items_[alert.uid])
      told_.push_back({now_, alert.receiver, std::string{name_of(item.kind)}, item.rule, item.key, item.title, false});
    return {Delivery::Outcome::accepted, 250, "", {}};
  }

  std::string first_channel(const std::string& name) const {
    for (const auto& receiver : options_.receivers)
      if (receiver.name == name)
        return !receiver.mail.empty()      ? "mail"
               : !receiver.webhook.empty() ? "webhook"
               : !receiver.command.empty() ? "command"
               : !receiver.syslog.empty()  ? "syslog"
                                           : "log";
    return "mail";
  }

  // ---- comparing

  static std::string when(Tau time) {
    const auto seconds = std::chrono::duration<double>(time).count();
    std::array<char, 40> number{};
    std::snprintf(number.data(), number.size(), "t = %.10g", seconds);
    return time < 60s ? number.data() : std::string{number.data()} + " (" + duration_text(time) + ")";
  }

  std::vector<std::string> differences() {
    std::vector<std::string> found;
    const auto expected = member(scenario_, "expect");
    if (expected && expected->is_array())
      for (const dom::element element : expected->get_array()) compare(element.get_object(), found);
    std::size_t shown = 0;
    for (const auto& told : told_)
      if (!told.expected && ++shown <= 20)
        found.push_back("not expected: at " + when(told.at) + " " + told.receiver + " is told " + told.kind +
                        " of rule \"" + told.rule + "\", key \"" + told.title + "\"");
    const auto messages = member(scenario_, "messages");
    if (!messages || !messages->is_object()) return found;
    for (const auto& [receiver, count] : messages->get_object()) {
      const auto got = messages_[std::string{receiver}];
      if (got != static_cast<std::size_t>(number_of(count)))
        found.push_back(std::string{receiver} + " gets " + std::to_string(got) + " messages, and should get " +
                        simdjson::minify(count));
    }
    return found;
  }

  void compare(const dom::object& expected, std::vector<std::string>& found) {
    check_members(expected, "what is expected", {"kind", "rule", "key", "receiver", "t_min", "t_max", "count"});
    const auto kind = text(expected, "kind"), rule = text(expected, "rule"), key = text(expected, "key"),
               receiver = text(expected, "receiver");
    const Tau from = tau_of(number(expected, "t_min").value_or(0)),
              to = tau_of(number(expected, "t_max").value_or(1e12));
    const auto count = static_cast<std::size_t>(number(expected, "count").value_or(1));
    std::size_t met = 0;
    for (auto& told : told_) {
      if (met == count) break;
      if (told.expected || told.kind != kind || told.rule != rule || told.at < from || told.at > to) continue;
      if (key != "*" && told.key != key && told.title != key) continue;
      if (!receiver.empty() && told.receiver != receiver) continue;
      told.expected = true;
      ++met;
    }
    if (met == count) return;
    std::string missing = "missing: " + (receiver.empty() ? std::string{"somebody"} : receiver) + " is told " + kind +
                          " of rule \"" + rule + "\", key \"" + key + "\", from " + when(from) + " to " + when(to);
    if (count > 1) missing += ", " + std::to_string(count - met) + " of " + std::to_string(count) + " times";
    found.push_back(std::move(missing));
  }

  const dom::object scenario_;
  const Load& load_;
  LogStore store_;
  Watchdog::Options options_{};
  std::unique_ptr<Watchdog> watchdog_{};
  Tau now_{}, step_{};
  bool bridge_ = false;
  std::int64_t interval_ = 0;
  RecordBatch records_{};
  std::map<std::pair<std::string, std::string>, double> gauges_{};
  std::map<std::string, bool> failing_{};
  std::map<std::string, std::vector<Alert::Item>> items_{};
  std::set<std::string> accepted_{};
  std::map<std::string, std::size_t> messages_{};
  std::vector<Told> told_{};
};

}  // namespace

ScenarioResult run_scenario(std::string_view json,
                            const std::function<Watchdog::Options(const std::string&)>& load) try {
  dom::parser parser;
  const simdjson::padded_string padded{json};
  dom::element document = parser.parse(padded);
  const dom::object scenario = document.get_object();
  return {text(scenario, "name"), Simulation{scenario, load}.run()};
} catch (const simdjson::simdjson_error& error) {
  throw Error{Errc::bad_config, std::string{"this is no scenario: "} + error.what()};
}

}  // namespace psherald::watch
