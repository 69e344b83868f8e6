#include "watch/hush.hpp"

#include <algorithm>

#include "record/json.hpp"
#include "watch/judge_silence.hpp"

namespace psherald::watch {
namespace {

using namespace std::chrono_literals;

constexpr Tau after_parent = 60s;

const Key* find_key(const RuleState& rule, const std::string& name) {
  const auto found = rule.keys.find(name);
  return found == rule.keys.end() ? nullptr : &found->second;
}

std::optional<std::size_t> place_of(const ast::FieldRef& field, const std::vector<ast::FieldRef>& in) {
  const auto found = std::find(in.begin(), in.end(), field);
  return found == in.end() ? std::nullopt : std::optional{static_cast<std::size_t>(found - in.begin())};
}

bool includes(const std::vector<ast::FieldRef>& all, const std::vector<ast::FieldRef>& some) {
  return std::all_of(some.begin(), some.end(), [&](const auto& field) { return place_of(field, all).has_value(); });
}

}  // namespace

Hush::Hush(const std::vector<std::unique_ptr<RuleState>>& rules, const std::vector<Window>& windows,
           const std::vector<Silence>& silences, const Now& now)
    : rules_{rules}, windows_{windows}, silences_{silences}, now_{now} {}

std::string Hush::reason(const RuleState& rule, const Incident& incident) {
  if (rule.condition.rule.report_only) return "its rule only reports";
  if (auto why = silenced(rule, incident); !why.empty()) return why;
  if (auto why = maintained(rule); !why.empty()) return why;
  return explained(rule, incident);
}

std::string Hush::silenced(const RuleState& rule, const Incident& incident) {
  for (const auto& silence : silences_) {
    if (!silence.rule.empty() && silence.rule != rule.condition.rule.name) continue;
    if (!silence.key.empty() && silence.key != incident.key) continue;
    if (now_.wall < silence.from) continue;
    const bool over = silence.until_tau ? now_.tau >= *silence.until_tau : now_.wall >= silence.until;
    if (over) continue;
    const Key* key = find_key(rule, incident.key);
    const auto values = key ? key->values : split_key(incident.key);
    if (!silence.query.empty() && !matches_key(silence.query, rule.condition, values, now_.wall)) continue;
    wake_at(silence.until_tau ? *silence.until_tau : now_.tau + (silence.until - now_.wall));
    return "silenced by " + silence.author;
  }
  return {};
}

std::string Hush::maintained(const RuleState& rule) {
  for (const auto& window : windows_) {
    const auto& names = window.maintenance.rules;
    if (!names.empty() && std::find(names.begin(), names.end(), rule.condition.rule.name) == names.end()) continue;
    if (!window.hours.contains(now_.wall, window.calendar)) continue;
    wake_at(now_.tau + (window.hours.next_change(now_.wall, window.calendar) - now_.wall));
    return "maintenance \"" + window.maintenance.name + "\"";
  }
  return {};
}

bool Hush::is_parent(const RuleState& parent, const RuleState& child) {
  if (&parent == &child) return false;
  const auto &above = parent.condition, &below = child.condition;
  const auto& named = above.rule.hushes;
  if (std::find(named.begin(), named.end(), below.rule.name) != named.end()) return true;
  return above.is_heartbeat() && below.is_heartbeat() && above.by.size() < below.by.size() &&
         includes(below.by, above.by) && above.filter == below.filter;
}

bool Hush::explains(const RuleState& parent, const Key& key) {
  if (parent.condition.is_heartbeat() && is_suspect(parent.condition, key, now_)) return true;
  const auto& incident = key.incident;
  if (!incident || incident->phase == Incident::Phase::pending) return false;
  const bool lasts = incident->is_open() && (incident->holds || parent.condition.is_event());
  if (lasts || incident->phase == Incident::Phase::gone) return true;
  const Tau end = std::max(incident->last_true, parent.condition.is_event() ? incident->ended : Tau{}) + after_parent;
  if (now_.tau >= end) return false;
  wake_at(end);
  return true;
}

std::string Hush::explained(const RuleState& rule, const Incident& incident) {
  for (const auto& parent : rules_) {
    if (!is_parent(*parent, rule)) continue;
    const Key* own = find_key(rule, incident.key);
    const auto values = own ? own->values : split_key(incident.key);
    const auto& fields = rule.condition.by;
    const auto value_of = [&](std::size_t place) { return place < values.size() ? values[place] : std::string{}; };
    const std::string why = "rule \"" + parent->condition.rule.name + "\" says why";
    if (includes(fields, parent->condition.by)) {
      std::vector<std::string> picked;
      for (const auto& field : parent->condition.by) picked.push_back(value_of(*place_of(field, fields)));
      const Key* key = find_key(*parent, join_key(picked));
      if (key && explains(*parent, *key)) return why;
      continue;
    }
    for (const auto& [name, key] : parent->keys) {
      if (!key.incident) continue;
      bool equal = true;
      for (std::size_t i = 0; i < parent->condition.by.size() && equal; ++i)
        if (const auto place = place_of(parent->condition.by[i], fields))
          equal = i < key.values.size() && key.values[i] == value_of(*place);
      if (equal && explains(*parent, key)) return why;
    }
  }
  return {};
}

bool matches_key(const std::string& query, const Condition& condition, const std::vector<std::string>& values,
                 Timestamp now) {
  const auto filter = parse_filter(query);
  if (!filter) return false;
  Source source;
  Site site;
  Record record;
  std::string extra = "{";
  for (std::size_t i = 0; i < condition.by.size() && i < values.size(); ++i) {
    const std::string_view value = values[i];
    switch (condition.by[i].field) {
      case ast::Field::product: source.produkt_id = value; break;
      case ast::Field::system: source.system_id = value; break;
      case ast::Field::subsystem: source.sub_system_id = value; break;
      case ast::Field::subsubsystem: source.sub_sub_system_id = value; break;
      case ast::Field::user1: source.user_spec_1 = value; break;
      case ast::Field::user2: source.user_spec_2 = value; break;
      case ast::Field::logger: site.name = value; break;
      case ast::Field::module: site.module = value; break;
      case ast::Field::function: site.funcname = value; break;
      case ast::Field::file: site.pathname = value; break;
      case ast::Field::version: site.package_version = value; break;
      case ast::Field::level: record.level = parse_level(value).value_or(Level::notset); break;
      case ast::Field::attribute:
        append_json_string(extra += extra.size() > 1 ? "," : "", condition.by[i].name);
        append_json_string(extra += ":", value);
        break;
      default: break;
    }
  }
  extra += "}";
  record.extra = extra;
  RecordBatch batch;
  const auto& kept = batch.append(record, source, site);
  return Matcher{*filter, {now, Zone::utc()}}(batch, kept);
}

}  // namespace psherald::watch
