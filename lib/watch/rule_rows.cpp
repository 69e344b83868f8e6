#include "watch/rule_rows.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "record/json.hpp"
#include "record/number.hpp"
#include "watch/judge_rate.hpp"
#include "watch/row_times.hpp"

namespace psherald::watch {
namespace {

using sqlite::Statement;

constexpr std::size_t fingerprint_digits = 16;

// In watch_key.flags.
constexpr std::int64_t listed = 1, stale = 2, retired = 4;

std::int64_t flags_of(const Key& key) {
  return (key.listed ? listed : 0) | (key.stale ? stale : 0) | (key.retired ? retired : 0);
}

void read_keys(sqlite3* db, RuleState& rule) {
  Statement rows{
      db, "SELECT key, count, first_tau, last_tau, last_us, last_id, flags, model FROM watch_key WHERE rule = ?1"};
  rows.bind(1, std::string_view{rule.condition.rule.name});
  while (rows.step()) {
    Key key;
    key.name = rows.text(0);
    key.values = split_key(key.name);
    key.count = rows.integer(1);
    key.first = Tau{rows.integer(2)};
    key.last = Tau{rows.integer(3)};
    key.last_received = timestamp(rows.integer(4));
    key.last_id = rows.integer(5);
    const auto flags = rows.integer(6);
    key.listed = (flags & listed) != 0;
    key.stale = (flags & stale) != 0;
    key.retired = (flags & retired) != 0;
    const auto kind = rule.condition.rule.kind;
    if (kind == Rule::Kind::rate || kind == Rule::Kind::gap) {
      key.counter = fresh_counter(rule.condition);
      key.counter->load(rows.blob(7));
    }
    if (rule.condition.learn) key.profile = std::make_shared<Profile>(Profile::load(rows.blob(7)));
    key.dirty = false;
    rule.keys.emplace(key.name, std::move(key));
  }
}

void write_key(Statement& insert, const RuleState& rule, Key& key) {
  std::string model;
  if (key.counter) model = key.counter->save();
  if (key.profile) model = key.profile->save();
  const auto fields = fields_json(rule.condition.by, key.values);
  insert.bind_all(std::string_view{rule.condition.rule.name}, std::string_view{key.name}, std::string_view{fields},
                  key.count, us(key.first), us(key.last), us(key.last_received), key.last_id, flags_of(key));
  insert.bind_blob(10, model).run();
  key.dirty = false;
}

/// Of the first variant of a call site: where that is, how many there are, and what they have in common; of another
/// one the first one's name.
std::string alias_of(const std::string& name, const Seen& seen) {
  if (!seen.variants) return {};
  const auto& variants = *seen.variants;
  if (variants.first != name) return variants.first;
  return variants.site.substr(0, fingerprint_digits) + " " + std::to_string(variants.count) + " " + variants.form;
}

/// Null: it is no first one.
std::shared_ptr<Variants> variants_of(const std::string& name, std::string_view alias) {
  if (alias.size() <= fingerprint_digits || alias[fingerprint_digits] != ' ') return {};
  const auto site = alias.substr(0, fingerprint_digits);
  alias.remove_prefix(fingerprint_digits + 1);
  const auto count = alias.substr(0, alias.find(' '));
  alias.remove_prefix(std::min(count.size() + 1, alias.size()));
  // What stands behind a fingerprint is what the rule is `by`, and the same for all variants.
  return std::make_shared<Variants>(Variants{name, std::string{site} + name.substr(fingerprint_digits),
                                             std::string{alias}, parse_number<std::size_t>(count).value_or(1)});
}

void read_seen(sqlite3* db, RuleState& rule) {
  std::vector<std::pair<std::string, std::string>> others;  // with the name of their first one
  Statement rows{db,
                 "SELECT fingerprint, first_tau, first_id, last_tau, last_id, count, version, alias FROM watch_seen "
                 "WHERE rule = ?1"};
  rows.bind(1, std::string_view{rule.condition.rule.name});
  while (rows.step()) {
    const std::string name{rows.text(0)};
    Seen seen{
        Tau{rows.integer(1)},      Tau{rows.integer(3)},           rows.integer(2), rows.integer(4), rows.integer(5),
        std::string{rows.text(6)}, variants_of(name, rows.text(7))};
    if (seen.variants)
      rule.variants[seen.variants->site].push_back(seen.variants);
    else if (!rows.is_null(7))
      others.emplace_back(name, rows.text(7));
    rule.seen.emplace(name, std::move(seen));
  }
  for (const auto& [name, first] : others)
    if (const auto found = rule.seen.find(first); found != rule.seen.end())
      rule.seen[name].variants = found->second.variants;
}

void write_seen(sqlite3* db, RuleState& rule) {
  if (rule.newly_seen.empty()) return;
  Statement see{db,
                "INSERT INTO watch_seen(rule, fingerprint, first_tau, first_id, last_tau, last_id, count, version, "
                "alias) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT(rule, fingerprint) DO UPDATE SET "
                "last_tau = excluded.last_tau, last_id = excluded.last_id, count = excluded.count, alias = "
                "excluded.alias"};
  std::sort(rule.newly_seen.begin(), rule.newly_seen.end());
  rule.newly_seen.erase(std::unique(rule.newly_seen.begin(), rule.newly_seen.end()), rule.newly_seen.end());
  for (const auto& name : rule.newly_seen) {
    const auto& seen = rule.seen.at(name);
    const auto alias = alias_of(name, seen);
    see.bind_all(std::string_view{rule.condition.rule.name}, std::string_view{name}, us(seen.first), seen.first_id,
                 us(seen.last), seen.last_id, seen.count, std::string_view{seen.version},
                 alias.empty() ? std::string_view{} : std::string_view{alias})
        .run();
  }
  rule.newly_seen.clear();
}

/// The key that an incident is of, made where nothing else is known of it.
Key& key_of(RuleState& rule, const Incident& incident) {
  auto& key = rule.keys[incident.key];
  if (!key.name.empty() || !key.values.empty() || incident.key.empty()) return key;
  key.name = incident.key;
  key.values = split_key(incident.key);
  if (rule.condition.rule.kind == Rule::Kind::first_seen) key.values.erase(key.values.begin());
  key.dirty = false;
  return key;
}

void add_incidents(sqlite3* db, RuleState& rule, Tau since, Incidents& incidents) {
  for (const auto& incident : read_incidents(db, rule.condition.rule.name, since)) {
    incidents.emplace(incident->id, incident);
    key_of(rule, *incident).incident = incident;
  }
}

bool has_changed(const RuleState& rule) {
  return rule.dirty || !rule.ended.empty() || !rule.erased.empty() || !rule.newly_seen.empty() ||
         std::any_of(rule.keys.begin(), rule.keys.end(), [](const auto& entry) {
           return entry.second.dirty || (entry.second.incident && entry.second.incident->dirty);
         });
}

bool is_kept_as_key(const RuleState& rule) { return rule.condition.rule.kind != Rule::Kind::first_seen; }

}  // namespace

void read_rule(sqlite3* db, RuleState& rule, Tau now, Incidents& incidents) {
  Statement row{db, "SELECT condition_hash, began_tau, from_id, health FROM watch_rule WHERE name = ?1"};
  if (!row.bind(1, std::string_view{rule.condition.rule.name}).step()) return;
  // An empty hash is from before this version: the rule is taken for what it was.
  if (row.text(0) != rule.condition.hash && !row.text(0).empty()) return;
  rule.dirty = row.text(0).empty();
  rule.is_new = false;
  rule.began = Tau{row.integer(1)};
  rule.from = row.integer(2);
  rule.health = row.text(3);
  row.reset();
  read_keys(db, rule);
  read_seen(db, rule);
  add_incidents(db, rule, now - std::chrono::hours{24}, incidents);
}

void write_rule(sqlite3* db, RuleState& rule) {
  if (!has_changed(rule)) return;
  const std::string_view name = rule.condition.rule.name;
  if (rule.dirty)
    Statement{db,
              "INSERT INTO watch_rule(name, condition_hash, began_tau, from_id, health) VALUES(?1, ?2, ?3, ?4, ?5) ON "
              "CONFLICT(name) DO UPDATE SET condition_hash = excluded.condition_hash, began_tau = excluded.began_tau, "
              "from_id = excluded.from_id, health = excluded.health"}
        .bind_all(name, std::string_view{rule.condition.hash}, us(rule.began), rule.from, std::string_view{rule.health})
        .run();
  rule.dirty = rule.is_new = false;
  for (const auto& incident : rule.ended)
    if (incident->dirty) write_incident(db, *incident);
  rule.ended.clear();
  Statement insert{
      db,
      "INSERT INTO watch_key(rule, key, fields, count, first_tau, last_tau, last_us, last_id, flags, model) "
      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT(rule, key) DO UPDATE SET count = "
      "excluded.count, first_tau = excluded.first_tau, last_tau = excluded.last_tau, last_us = "
      "excluded.last_us, last_id = excluded.last_id, flags = excluded.flags, model = excluded.model"};
  for (auto& [key_name, key] : rule.keys) {
    if (key.dirty && is_kept_as_key(rule)) write_key(insert, rule, key);
    if (key.incident && key.incident->dirty) write_incident(db, *key.incident);
  }
  for (const auto& erased : rule.erased)
    Statement{db, "DELETE FROM watch_key WHERE rule = ?1 AND key = ?2"}.bind_all(name, std::string_view{erased}).run();
  rule.erased.clear();
  write_seen(db, rule);
}

void remove_rule(sqlite3* db, const std::string& name) {
  for (const char* sql : {"DELETE FROM watch_rule WHERE name = ?1", "DELETE FROM watch_key WHERE rule = ?1",
                          "DELETE FROM watch_seen WHERE rule = ?1"})
    Statement{db, sql}.bind(1, std::string_view{name}).run();
}

std::vector<std::unique_ptr<RuleState>> read_stale(sqlite3* db, const std::vector<std::unique_ptr<RuleState>>& rules,
                                                   Incidents& incidents) {
  std::unordered_map<std::string_view, const RuleState*> by_name;
  for (const auto& rule : rules) by_name.emplace(rule->condition.rule.name, rule.get());
  std::vector<std::unique_ptr<RuleState>> all;
  Statement rows{db, "SELECT name, condition_hash FROM watch_rule ORDER BY name"};
  while (rows.step()) {
    const auto found = by_name.find(rows.text(0));
    if (found != by_name.end() && (rows.text(1).empty() || found->second->condition.hash == rows.text(1))) continue;
    auto stale = std::make_unique<RuleState>();
    stale->condition.rule.name = rows.text(0);
    stale->dirty = false;
    add_incidents(db, *stale, Tau::max(), incidents);
    all.push_back(std::move(stale));
  }
  return all;
}

std::string fields_json(const std::vector<ast::FieldRef>& by, const std::vector<std::string>& values) {
  std::string json = "{";
  for (std::size_t i = 0; i < by.size() && i < values.size(); ++i) {
    append_json_string(json += i > 0 ? "," : "", print(by[i]));
    append_json_string(json += ":", values[i]);
  }
  return json + "}";
}

}  // namespace psherald::watch
