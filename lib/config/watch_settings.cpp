#include <array>

#include "config/apply.hpp"
#include "config/settings.hpp"
#include "net/client.hpp"
#include "notify/mail.hpp"

namespace psherald {
namespace {

// ---- [mail]

Result<void> apply_mail_server(Config& config, const Texts& texts) {
  const auto server = net::parse_mail_server(texts.front());
  if (!server) return server.error();
  config.mail.server = texts.front();
  return {};
}

Result<void> check_address(const std::string& address) {
  if (notify::is_address(address)) return {};
  return Fault{Errc::bad_config, "\"" + address + "\" is no mail address; write NAME@HOST"};
}

Result<void> apply_mail_from(Config& config, const Texts& texts) {
  config.mail.from = texts.front();
  return check_address(texts.front());
}

Result<void> apply_mail_admin(Config& config, const Texts& texts) {
  config.mail_admin = texts;
  for (const auto& address : texts)
    if (auto checked = check_address(address); !checked) return checked;
  return {};
}

Result<void> apply_mail_user(Config& config, const Texts& texts) {
  config.mail.user = texts.front();
  return {};
}

Result<void> apply_mail_password_file(Config& config, const Texts& texts) {
  config.mail.password_file = texts.front();
  return {};
}

Result<void> apply_mail_timeout(Config& config, const Texts& texts) {
  return apply_duration(config.mail.timeout, texts, "1s", "1h");
}

Result<void> apply_mail_verify(Config& config, const Texts& texts) { return apply_flag(config.mail.verify, texts); }

// ---- [watch] and [redact]

template <auto Member>
Result<void> apply_watch_duration(Config& config, const Texts& texts) {
  return apply_duration(config.watch.*Member, texts, "0s", longest_age);
}
template <auto Member>
Result<void> apply_watch_texts(Config& config, const Texts& texts) {
  config.watch.*Member = texts;
  return {};
}
template <auto Member>
Result<void> apply_watch_text(Config& config, const Texts& texts) {
  config.watch.*Member = texts.front();
  return {};
}

Result<std::vector<Rule::Duration>> durations_of(const Texts& texts) {
  std::vector<Rule::Duration> all;
  for (const auto& text : texts) {
    const auto one = parse_duration(text);
    if (!one) return one.error();
    if (*one < std::chrono::seconds{1})
      return Fault{Errc::bad_config, "\"" + text + "\" is too short between two reminders"};
    all.push_back(*one);
  }
  return all;
}

Result<void> apply_watch_notify(Config& config, const Texts& texts) {
  config.watch_notify = texts;
  return {};
}
Result<void> apply_watch_remind(Config& config, const Texts& texts) {
  const auto steps = durations_of(texts);
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
bool is_web_url(const std::string& text) { return text.starts_with("http://") || text.starts_with("https://"); }
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

// ---- [[receiver]]: of the one that is being read, the last one

Receiver& receiver_of(Config& config) { return config.watch.receivers.back(); }

Result<void> apply_receiver_name(Config& config, const Texts& texts) {
  receiver_of(config).name = texts.front();
  return {};
}
Result<void> apply_receiver_mail(Config& config, const Texts& texts) {
  receiver_of(config).mail = texts;
  for (const auto& address : texts)
    if (auto checked = check_address(address); !checked) return checked;
  return {};
}
Result<void> apply_receiver_webhook(Config& config, const Texts& texts) {
  receiver_of(config).webhook = texts.front();
  if (is_web_url(texts.front())) return {};
  return Fault{Errc::bad_config, "\"" + texts.front() + "\" is no URL; write \"https://...\""};
}
Result<void> apply_receiver_format(Config& config, const Texts& texts) {
  using Format = Receiver::Format;
  for (const auto& [name, format] :
       {std::pair{"json", Format::json}, std::pair{"slack", Format::slack}, std::pair{"ntfy", Format::ntfy}})
    if (texts.front() == name) {
      receiver_of(config).format = format;
      return {};
    }
  return Fault{Errc::bad_config, "\"" + texts.front() + "\" is no format; write \"json\", \"slack\" or \"ntfy\""};
}
Result<void> apply_receiver_secret_file(Config& config, const Texts& texts) {
  receiver_of(config).secret_file = texts.front();
  return {};
}
Result<void> apply_receiver_command(Config& config, const Texts& texts) {
  receiver_of(config).command = texts;
  if (texts.front().starts_with('/')) return {};
  return Fault{Errc::bad_config,
               "\"" + texts.front() + "\": write the program with its whole path, then its arguments"};
}
Result<void> apply_receiver_syslog(Config& config, const Texts& texts) {
  receiver_of(config).syslog = texts.front();
  return check_facility(texts.front());
}
Result<void> apply_receiver_log(Config& config, const Texts& texts) {
  return apply_flag(receiver_of(config).log, texts);
}

// ---- [[rule]] and [[maintenance]]: likewise

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
  const auto steps = durations_of(texts);
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

constexpr auto mail_table = std::to_array<SettingEntry>({
    {{"mail", "server", "text", "smtp://localhost:25",
      "Where mail is handed in: smtp://HOST:PORT, encrypted when the server offers it; smtp+starttls:// and smtps:// "
      "insist on it and on a certificate that fits."},
     apply_mail_server},
    {{"mail", "from", "text", "neelix@<hostname>", "The sender's address."}, apply_mail_from},
    {{"mail", "admin", "texts", "",
      "Who is told where a section of ps_neelix.cfg has no MAIL_TO, and when no bridge is there."},
     apply_mail_admin},
    {{"mail", "user", "text", "",
      "Who logs in at the server. The password is sent only encrypted, or to a server on this machine."},
     apply_mail_user},
    {{"mail", "password_file", "text", "", "A file whose first line is the password, and that nobody else may read."},
     apply_mail_password_file},
    {{"mail", "timeout", "duration", "30s", "The longest that the server may take for one message."},
     apply_mail_timeout},
    {{"mail", "verify", "flag", "true", "Whether the server's certificate has to fit, where it is looked at."},
     apply_mail_verify},
});

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
    {{"receiver", "name", "text", "", "By which rules name it. Unique.", repeated}, apply_receiver_name},
    {{"receiver", "mail", "texts", "", "Addresses.", repeated}, apply_receiver_mail},
    {{"receiver", "webhook", "text", "", "A URL that gets the message by POST.", repeated}, apply_receiver_webhook},
    {{"receiver", "format", "text", "json", "What the webhook gets: json, slack or ntfy.", repeated},
     apply_receiver_format},
    {{"receiver", "secret_file", "text", "",
      "A file whose first line signs what the webhook gets, and that nobody else may read.", repeated},
     apply_receiver_secret_file},
    {{"receiver", "command", "texts", "",
      "A program, with its whole path, and its arguments. It reads the message as JSON.", repeated},
     apply_receiver_command},
    {{"receiver", "syslog", "text", "", "A facility: daemon, user, local0 to local7.", repeated},
     apply_receiver_syslog},
    {{"receiver", "log", "flag", "false", "Whether it is written to the log of the program that watches.", repeated},
     apply_receiver_log},
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

std::span<const SettingEntry> mail_settings() noexcept { return mail_table; }
std::span<const SettingEntry> watch_settings() noexcept { return table; }

}  // namespace psherald
