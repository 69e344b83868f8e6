#include <array>

#include "config/apply.hpp"
#include "config/settings.hpp"

namespace psherald {
namespace {

template <auto Member>
Result<void> apply_watch_duration(Config& config, const Texts& texts) {
  return apply_duration(config.watch.*Member, texts, "0s", longest_age);
}

Result<void> apply_watch_notify(Config& config, const Texts& texts) {
  config.watch_notify = texts;
  return {};
}
Result<void> apply_watch_remind(Config& config, const Texts& texts) {
  const auto steps = reminders_of(texts);
  if (!steps) return steps.error();
  config.watch.remind = *steps;
  return {};
}
Result<void> apply_watch_nodata(Config& config, const Texts& texts) {
  const auto age = parse_duration(texts.front());
  if (!age) return age.error();
  config.watch_nodata = *age == std::chrono::seconds{0} ? "" : texts.front();
  return {};
}
Result<void> apply_watch_burst(Config& config, const Texts& texts) {
  if (auto applied = apply_count(config.watch.burst, texts, 0, 10'000); !applied) return applied;
  if (config.watch.burst == 0) return Fault{Errc::bad_config, "\"0\" would tell nobody anything; write 1 at least"};
  return {};
}
Result<void> apply_watch_zone(Config& config, const Texts& texts) {
  config.watch.zone = texts.front();
  return check_maintenance({"", "00:00-24:00", {}, texts.front()});
}
Result<void> apply_watch_holidays(Config& config, const Texts& texts) {
  config.watch.holidays = texts;
  return check_holidays(texts);
}
Result<void> apply_watch_link(Config& config, const Texts& texts) {
  config.watch.link = texts.front();
  while (config.watch.link.ends_with('/')) config.watch.link.pop_back();
  if (is_web_url(texts.front())) return {};
  return Fault{Errc::bad_config, "\"" + texts.front() + "\" is no link; write \"https://logs.example.org\""};
}
Result<void> apply_watch_ping(Config& config, const Texts& texts) {
  config.watch_ping = texts.front();
  if (is_web_url(texts.front())) return {};
  return Fault{Errc::bad_config, "\"" + texts.front() + "\" is no URL; write \"https://example.org/ping/4711\""};
}
Result<void> apply_watch_context(Config& config, const Texts& texts) {
  return apply_count(config.watch.context, texts, 0, 50);
}
Result<void> apply_redact_patterns(Config& config, const Texts& texts) {
  config.watch.redact = texts;
  return check_redaction(texts);
}
Result<void> apply_redact_defaults(Config& config, const Texts& texts) {
  return apply_flag(config.watch.redact_defaults, texts);
}

constexpr auto table = std::to_array<SettingEntry>({
    {{"watch", "notify", "texts", "", "Names of receivers: who is told by rules that name nobody."},
     apply_watch_notify},
    {{"watch", "remind", "texts", "1h, 4h, 12h, 24h",
      "How long after an opening it is told again, each after the one before; the last one repeats. []: never."},
     apply_watch_remind},
    {{"watch", "interval", "duration", "5m",
      "Between two messages about openings of one rule to one receiver; those in between are gathered."},
     apply_watch_duration<&Watchdog::Options::interval>},
    {{"watch", "settle", "duration", "1s", "A first message waits until nothing more has opened for so long."},
     apply_watch_duration<&Watchdog::Options::settle>},
    {{"watch", "settle_max", "duration", "5s", "And not for longer than that."},
     apply_watch_duration<&Watchdog::Options::settle_max>},
    {{"watch", "nodata", "duration", "2m", "How long no bridge may be there before that is told. 0s: for ever."},
     apply_watch_nodata},
    {{"watch", "burst", "number", "10",
      "So many messages a receiver gets within burst_window; what is more comes in one."},
     apply_watch_burst},
    {{"watch", "burst_window", "duration", "10m", "The time that burst is about."},
     apply_watch_duration<&Watchdog::Options::burst_window>},
    {{"watch", "zone", "text", "local", "The zone of hours and due: local, UTC or a name such as Europe/Berlin."},
     apply_watch_zone},
    {{"watch", "holidays", "texts", "",
      "Dates such as 2026-12-25 on which no hours count and nothing learnt is expected."},
     apply_watch_holidays},
    {{"watch", "link", "text", "", "Where the page is, for links in messages: https://logs.example.org"},
     apply_watch_link},
    {{"watch", "ping", "text", "",
      "A URL that is asked for each minute while all is judged, so that another one can tell that nobody watches."},
     apply_watch_ping},
    {{"watch", "context", "number", "3", "Lines shown before and behind what is told."}, apply_watch_context},
    {{"redact", "patterns", "texts", "", "Regular expressions (RE2) of what no message shows."}, apply_redact_patterns},
    {{"redact", "defaults", "flag", "true",
      "Whether passwords, tokens and keys are taken out of messages, wherever they look like such."},
     apply_redact_defaults},
});

}  // namespace

std::span<const SettingEntry> watch_settings() noexcept { return table; }

}  // namespace psherald
