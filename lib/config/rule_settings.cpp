#include <array>

#include "config/apply.hpp"
#include "config/settings.hpp"

namespace psherald {
namespace {

// Of the one that is being read, the last one.
Rule& rule_of(Config& config) { return config.watch.rules.back(); }

template <Rule::Kind Kind>
Result<void> apply_rule_kind(Config& config, const Texts& texts) {
  rule_of(config).kind = Kind;
  rule_of(config).condition = texts.front();
  return {};
}
template <auto Member>
Result<void> apply_rule_text(Config& config, const Texts& texts) {
  rule_of(config).*Member = texts.front();
  return {};
}
template <auto Member>
Result<void> apply_rule_texts(Config& config, const Texts& texts) {
  rule_of(config).*Member = texts;
  return {};
}
template <auto Member>
Result<void> apply_rule_flag(Config& config, const Texts& texts) {
  return apply_flag(rule_of(config).*Member, texts);
}
template <auto Member>
Result<void> apply_rule_duration(Config& config, const Texts& texts) {
  Rule::Duration duration{};
  if (auto applied = apply_duration(duration, texts, "0s", longest_age); !applied) return applied;
  rule_of(config).*Member = duration;
  return {};
}
Result<void> apply_rule_resolve(Config& config, const Texts& texts) {
  return apply_flag(rule_of(config).resolve.emplace(), texts);
}
Result<void> apply_rule_remind(Config& config, const Texts& texts) {
  const auto steps = reminders_of(texts);
  if (!steps) return steps.error();
  rule_of(config).remind = *steps;
  return {};
}
Result<void> apply_rule_context(Config& config, const Texts& texts) {
  return apply_count(rule_of(config).context.emplace(), texts, 0, 50);
}

template <auto Member>
Result<void> apply_maintenance_text(Config& config, const Texts& texts) {
  config.watch.maintenance.back().*Member = texts.front();
  return {};
}
Result<void> apply_maintenance_rules(Config& config, const Texts& texts) {
  config.watch.maintenance.back().rules = texts;
  return {};
}

constexpr bool repeated = true;

constexpr auto table = std::to_array<SettingEntry>({
    {{"rule", "name", "text", "", "Unique. What the rule has found stays under it.", repeated},
     apply_rule_text<&Rule::name>},
    {{"rule", "heartbeat", "text", "",
      "Tell when nothing came for so long: a duration; \"learn\": longer than it ever was; \"due\": not when it "
      "should.",
      repeated},
     apply_rule_kind<Rule::Kind::heartbeat>},
    {{"rule", "pattern", "text", "", "Tell when a record matches this query.", repeated},
     apply_rule_kind<Rule::Kind::pattern>},
    {{"rule", "rate", "text", "",
      "Tell when so many come: \"> 100 in 5m\", \"< 3 in 10m\", \"> 3x in 1h\" of the usual.", repeated},
     apply_rule_kind<Rule::Kind::rate>},
    {{"rule", "first_seen", "text", "", "Tell when an error comes that was not there for so long, if ever.", repeated},
     apply_rule_kind<Rule::Kind::first_seen>},
    {{"rule", "lag", "text", "", "Tell when what is to be passed on waits for longer.", repeated},
     apply_rule_kind<Rule::Kind::lag>},
    {{"rule", "disk", "text", "", "Tell how full the store's disk is: \"> 90%\" or \"< 2G\".", repeated},
     apply_rule_kind<Rule::Kind::disk>},
    {{"rule", "gap", "text", "", "Tell when records are missing: \"> 0 in 1h\".", repeated},
     apply_rule_kind<Rule::Kind::gap>},
    {{"rule", "by", "texts", "heartbeat: system", "Fields whose values are judged each by itself.", repeated},
     apply_rule_texts<&Rule::by>},
    {{"rule", "where", "text", "first_seen: level>=error", "A query: only these records count.", repeated},
     apply_rule_text<&Rule::where>},
    {{"rule", "notify", "texts", "<watch.notify>", "Names of receivers.", repeated}, apply_rule_texts<&Rule::notify>},
    {{"rule", "expect", "texts", "", "Keys that must be there though they never were: \"shop\", \"h1/shop\".",
      repeated},
     apply_rule_texts<&Rule::expect>},
    {{"rule", "enabled", "flag", "true", "Whether it is judged.", repeated}, apply_rule_flag<&Rule::enabled>},
    {{"rule", "report_only", "flag", "false", "Whether it is judged, and never told.", repeated},
     apply_rule_flag<&Rule::report_only>},
    {{"rule", "grace", "duration", "0s", "heartbeat: so much longer.", repeated}, apply_rule_duration<&Rule::grace>},
    {{"rule", "hours", "text", "", "heartbeat: silence counts only then: \"Mon-Fri 08:00-18:00, Sat 09:00-12:00\".",
      repeated},
     apply_rule_text<&Rule::hours>},
    {{"rule", "due", "text", "", "heartbeat = \"due\": when it should come, as for cron: \"0 2 * * *\".", repeated},
     apply_rule_text<&Rule::due>},
    {{"rule", "zone", "text", "<watch.zone>", "The zone of hours and due.", repeated}, apply_rule_text<&Rule::zone>},
    {{"rule", "known", "duration", "0s", "heartbeat: what was seen for a shorter time is not waited for.", repeated},
     apply_rule_duration<&Rule::known>},
    {{"rule", "learn_min", "duration", "14d", "heartbeat = \"learn\": until then it is only listed.", repeated},
     apply_rule_duration<&Rule::learn_min>},
    {{"rule", "for", "duration", "0s", "It has to hold for so long before it begins.", repeated},
     apply_rule_duration<&Rule::pending>},
    {{"rule", "keep", "duration", "by kind",
      "Calm time before it is over: heartbeat 0s, pattern 15m, rate its window, lag and disk 5m, gap and first_seen "
      "1h.",
      repeated},
     apply_rule_duration<&Rule::keep>},
    {{"rule", "resolve", "flag", "true; first_seen: false", "Whether the end is told.", repeated}, apply_rule_resolve},
    {{"rule", "remind", "texts", "<watch.remind>; first_seen: none", "When it is told again. []: never.", repeated},
     apply_rule_remind},
    {{"rule", "interval", "duration", "<watch.interval>; first_seen: 30m", "Between two messages about openings.",
      repeated},
     apply_rule_duration<&Rule::interval>},
    {{"rule", "escalate.after", "duration", "", "What nobody has acknowledged for so long", repeated},
     apply_rule_duration<&Rule::escalate_after>},
    {{"rule", "escalate.notify", "texts", "", "is told to these receivers, too.", repeated},
     apply_rule_texts<&Rule::escalate>},
    {{"rule", "hushes", "texts", "", "Names of rules that are not told while this one holds.", repeated},
     apply_rule_texts<&Rule::hushes>},
    {{"rule", "forget", "duration", "30d", "What lasts for longer is given up, with a last message.", repeated},
     apply_rule_duration<&Rule::forget>},
    {{"rule", "context", "number", "<watch.context>", "Lines shown before and behind.", repeated}, apply_rule_context},
    {{"maintenance", "name", "text", "", "Unique.", repeated}, apply_maintenance_text<&Maintenance::name>},
    {{"maintenance", "hours", "text", "", "When nothing is told: \"Sun 02:00-04:00\".", repeated},
     apply_maintenance_text<&Maintenance::hours>},
    {{"maintenance", "rules", "texts", "", "Names of rules. Without it all.", repeated}, apply_maintenance_rules},
    {{"maintenance", "zone", "text", "<watch.zone>", "The zone of its hours.", repeated},
     apply_maintenance_text<&Maintenance::zone>},
});

}  // namespace

std::span<const SettingEntry> rule_settings() noexcept { return table; }

}  // namespace psherald
