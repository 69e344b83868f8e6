#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "psherald/watchdog.hpp"
#include "store/sqlite.hpp"
#include "support/place.hpp"

namespace psherald::testing {

using namespace std::chrono_literals;

using Texts = std::vector<std::string>;

inline constexpr Timestamp start{std::chrono::sys_days{std::chrono::year{2026} / 1 / 5}};

inline Moment moment(std::chrono::microseconds since_start) { return {start + since_start, since_start, "boot"}; }

/// Takes what it gets, or does what a test says for an address.
class Postbox final : public Notifier {
 public:
  Delivery deliver(const Alert& alert, const std::string& address) noexcept override {
    std::lock_guard guard{mutex_};
    attempts.emplace_back(alert, address);
    const auto scripted = answers.find(address);
    return scripted == answers.end() ? Delivery{Delivery::Outcome::accepted, 250, "taken", {}} : scripted->second;
  }
  /// Subjects in the order in which they came, with the address where it is not the usual one.
  Texts subjects() const {
    Texts all;
    for (const auto& [alert, address] : attempts)
      all.push_back(alert.subject + (address == "ops@h" ? "" : " to " + address));
    return all;
  }
  std::vector<std::pair<Alert, std::string>> attempts{};
  std::map<std::string, Delivery> answers{};

 private:
  std::mutex mutex_{};
};

inline Receiver mailed(const std::string& name, Texts addresses) {
  Receiver receiver;
  receiver.name = name;
  receiver.mail = std::move(addresses);
  return receiver;
}

inline Receiver hooked(const std::string& name) {
  Receiver receiver;
  receiver.name = name;
  receiver.webhook = "http://" + name + "/";
  return receiver;
}

inline Rule rule_of(const std::string& system, const std::string& kind) {
  Rule rule;
  rule.name = system + " " + kind;
  rule.where = "system=\"" + system + "\"";
  rule.system = system;
  rule.notify = {system};
  return rule;
}
inline Rule heartbeat(const std::string& system, std::chrono::seconds age) {
  Rule rule = rule_of(system, "heartbeat");
  rule.kind = Rule::Kind::heartbeat;
  rule.condition = std::to_string(age.count()) + "s";
  rule.by = {"system"};
  return rule;
}
inline Rule pattern(const std::string& system, const std::string& text) {
  Rule rule = rule_of(system, "pattern");
  rule.condition = "message:\"" + text + "\"";
  return rule;
}

/// A store in which the bridge is alive and systems send, and whoever watches it.
class World {
 public:
  World() : store_{std::make_unique<LogStore>(LogStore::Options{place_.file()})} {
    sqlite::execute(db(), "PRAGMA synchronous = OFF");  // nobody pulls the plug here
  }

  LogStore& store() { return *store_; }
  /// As another program would.
  void reopen() {
    store_.reset();
    store_ = std::make_unique<LogStore>(LogStore::Options{place_.file()});
  }
  sqlite3* db() { return store_->native_handle(); }

  RecordId send(const std::string& system, const std::string& message, std::chrono::microseconds at,
                Flag flags = Flag::none) {
    Record record;
    record.message = message;
    record.received = start + at;
    record.flags = flags;
    Source source;
    source.system_id = system;
    return send(record, source);
  }
  RecordId send(const Record& record, const Source& source, const Site& site = {}) {
    RecordBatch batch;
    batch.append(record, source, site);
    store_->begin();
    const auto appended = store_->append(batch);
    store_->commit();
    return appended.first_id;
  }
  void alive(std::chrono::microseconds at) { store_->mark_alive(start + at); }

  /// A run of ps_neelix: subjects of what was decided.
  Texts run(std::chrono::microseconds at, bool bridge = true, Watchdog::Which which = Watchdog::Which::due) {
    if (bridge) alive(at);
    Watchdog watchdog{*store_, postbox, options};
    Texts subjects;
    for (const auto& alert : watchdog.check(moment(at))) subjects.push_back(alert.subject);
    watchdog.deliver(moment(at), which);
    return subjects;
  }

  Texts column(const std::string& sql) {
    Texts values;
    sqlite::Statement rows{db(), sql};
    while (rows.step()) values.emplace_back(rows.is_null(0) ? "NULL" : rows.text(0));
    return values;
  }

  Watchdog::Options options{};
  Postbox postbox{};
  Place& place() { return place_; }

 private:
  Place place_;
  std::unique_ptr<LogStore> store_;
};

inline Watchdog::Options shop_rules() {
  Watchdog::Options options;
  options.rules = {pattern("shop", "disk full"), heartbeat("shop", 2h)};
  options.receivers = {mailed("shop", {"ops@h"})};
  options.batch = 3;
  return options;
}

inline const std::string silent = "neelix  shop  SYSTEM HEARTBEAT FAILURE",
                         back = "neelix  shop  OVER SYSTEM HEARTBEAT FAILURE", found = "neelix  shop  PATTERN FOUND";

}  // namespace psherald::testing
