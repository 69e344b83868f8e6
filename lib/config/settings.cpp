#include "config/settings.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

#include "config/values.hpp"
#include "forward/destination_url.hpp"
#include "net/address.hpp"
#include "net/client.hpp"
#include "net/listener.hpp"
#include "notify/mail.hpp"
#include "psherald/filter.hpp"

namespace psherald {
namespace {

using Texts = std::vector<std::string>;

Result<void> apply_stage(Config& config, const Texts& texts) {
  config.stage = &stage_of(texts.front());
  return {};
}

Result<void> apply_path(Config& config, const Texts& texts) {
  if (texts.front().empty()) return Fault{Errc::bad_config, "an empty path names no file"};
  config.store.path = texts.front();
  return {};
}

Result<void> apply_size(std::size_t& to, const Texts& texts, std::string_view least, std::string_view most) {
  const auto size = parse_size(texts.front());
  if (!size) return size.error();
  if (*size < *parse_size(least) || *size > *parse_size(most))
    return Fault{Errc::bad_config, "\"" + texts.front() + "\" is out of range; it must be between " +
                                       std::string{least} + " and " + std::string{most}};
  to = *size;
  return {};
}

// To what counts seconds, or parts of them.
template <class Duration>
Result<void> apply_duration(Duration& to, const Texts& texts, std::string_view least, std::string_view most) {
  const auto duration = parse_duration(texts.front());
  if (!duration) return duration.error();
  if (*duration < *parse_duration(least) || *duration > *parse_duration(most))
    return Fault{Errc::bad_config, "\"" + texts.front() + "\" is out of range; it must be between " +
                                       std::string{least} + " and " + std::string{most}};
  to = *duration;
  return {};
}
// A century is more than any log lives, and keeps "now minus age" far from where the clock's numbers end.
constexpr std::string_view longest_age = "36500d";

Result<void> apply_flag(bool& to, const Texts& texts) {
  if (texts.front() != "true" && texts.front() != "false")
    return Fault{Errc::bad_config, "\"" + texts.front() + "\" is neither true nor false"};
  to = texts.front() == "true";
  return {};
}

Result<void> apply_page_cache(Config& config, const Texts& texts) {
  return apply_size(config.store.page_cache_bytes, texts, "64K", "4G");
}
Result<void> apply_max_frame(Config& config, const Texts& texts) {
  return apply_size(config.ingest.max_frame_bytes, texts, "1K", "16M");
}
Result<void> apply_queue_bytes(Config& config, const Texts& texts) {
  return apply_size(config.queue.max_bytes, texts, "64K", "4G");
}

Result<void> apply_bridge_listen(Config& config, const Texts& texts) {
  for (const auto& address : texts)
    if (const auto parsed = net::parse_address(address); !parsed)
      return Fault{Errc::bad_config, "cannot listen on " + address + ": " + parsed.error().text};
  config.ingest.listen = texts;
  return {};
}

Result<void> apply_web_listen(Config& config, const Texts& texts) {
  for (const auto& address : texts)
    if (!net::is_loopback(address) && config.tokens.empty())
      return Fault{Errc::bad_config, "listening on " + address + unguarded_page};
  config.web.listen = texts;
  return {};
}

Result<void> apply_cors(Config& config, const Texts& texts) {
  for (const auto& origin : texts)
    if (origin.find("://") == std::string::npos || origin.back() == '/')
      return Fault{Errc::bad_config, "\"" + origin + "\" is no origin; write \"https://example.org\""};
  config.pages.cors = texts;
  return {};
}

Result<void> apply_hosts(Config& config, const Texts& texts) {
  for (const auto& name : texts)
    if (name.empty() || name.find_first_of(":/ ") != std::string::npos)
      return Fault{Errc::bad_config, "\"" + name + "\" is no name of a machine; write \"logs.example.org\""};
  config.pages.hosts = texts;
  return {};
}

Result<void> apply_tokens(Config& config, const Texts& texts) {
  if (texts.front().empty()) return Fault{Errc::bad_config, "an empty path names no file"};
  config.tokens = texts.front();
  return {};
}

// For all ports of ours.
Result<void> apply_tls(Config& config, std::string TlsOptions::*file, const Texts& texts) {
  if (texts.front().empty()) return Fault{Errc::bad_config, "an empty path names no file"};
  config.ingest.tls.*file = texts.front();
  config.web.tls.*file = texts.front();
  return {};
}
Result<void> apply_certificate(Config& config, const Texts& texts) {
  return apply_tls(config, &TlsOptions::certificate_file, texts);
}
Result<void> apply_key(Config& config, const Texts& texts) { return apply_tls(config, &TlsOptions::key_file, texts); }
Result<void> apply_client_ca(Config& config, const Texts& texts) {
  return apply_tls(config, &TlsOptions::client_ca_file, texts);
}

// ---- [http]: for all ports of ours

template <auto Limit>
Result<void> apply_http_size(Config& config, const Texts& texts) {
  if (const auto applied = apply_size(config.web.limits.*Limit, texts, "1K", "1G"); !applied) return applied;
  config.ingest.http_limits.*Limit = config.web.limits.*Limit;
  return {};
}

template <auto Limit>
Result<void> apply_http_count(Config& config, const Texts& texts) {
  const auto& text = texts.front();
  std::size_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || end != text.data() + text.size() || count < 1 || count > 100'000)
    return Fault{Errc::bad_config, "\"" + text + "\" is no number; write one from 1 to 100000"};
  config.web.limits.*Limit = config.ingest.http_limits.*Limit = count;
  return {};
}

template <auto Limit>
Result<void> apply_http_time(Config& config, const Texts& texts) {
  if (const auto applied = apply_duration(config.web.limits.*Limit, texts, "1s", "1h"); !applied) return applied;
  config.ingest.http_limits.*Limit = config.web.limits.*Limit;
  return {};
}

Result<void> apply_max_age(Config& config, const Texts& texts) {
  return apply_duration(config.max_age.emplace(), texts, "1s", longest_age);
}

Result<void> apply_max_size(Config& config, const Texts& texts) {
  std::size_t size = 0;
  if (const auto applied = apply_size(size, texts, "64M", "1048576G"); !applied) return applied;
  config.max_size = size;
  return {};
}

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

// ---- [[forward]]: of the destination that is being read, the last one

Result<void> apply_forward_to(Config& config, const Texts& texts) {
  const auto url = forward::parse_destination(texts.front());
  if (!url) return url.error();
  config.forward.back().url = texts.front();
  return {};
}

Result<void> apply_forward_name(Config& config, const Texts& texts) {
  constexpr std::size_t longest = 64;
  if (texts.front().empty() || texts.front().size() > longest)
    return Fault{Errc::bad_config, "a destination's name has 1 to 64 bytes, not " +
                                       std::to_string(texts.front().size()) +
                                       "; give it another one, as name in psherald.toml"};
  config.forward.back().name = texts.front();
  return {};
}

Result<void> apply_forward_where(Config& config, const Texts& texts) {
  if (const auto filter = parse_filter(texts.front()); !filter)
    return Fault{Errc::bad_config, "column " + std::to_string(filter.error().column) + ": " + filter.error().text};
  config.forward.back().where = texts.front();
  return {};
}

// One that is encrypted, or not, or carries a password, is not what somebody wanted who wrote a file for it.
template <auto Member>
Result<void> apply_forward_file(Config& config, const Texts& texts, bool plain = false) {
  if (texts.front().empty()) return Fault{Errc::bad_config, "an empty path names no file"};
  const auto& url = config.forward.back().url;
  if (!url.starts_with("https:") && !(plain && url.starts_with("http:")))
    return Fault{Errc::bad_config,
                 "\"" + url + "\" has no use for it; " + (plain ? "http:// and https:// have" : "only https:// has")};
  config.forward.back().*Member = texts.front();
  return {};
}

Result<void> apply_forward_token_file(Config& config, const Texts& texts) {
  return apply_forward_file<&Forwarder::Options::token_file>(config, texts, true);
}
Result<void> apply_forward_ca(Config& config, const Texts& texts) {
  return apply_forward_file<&Forwarder::Options::ca_file>(config, texts);
}
Result<void> apply_forward_certificate(Config& config, const Texts& texts) {
  return apply_forward_file<&Forwarder::Options::certificate_file>(config, texts);
}
Result<void> apply_forward_key(Config& config, const Texts& texts) {
  if (config.forward.back().certificate_file.empty())
    return Fault{Errc::bad_config, "it belongs to a certificate, and \"forward.certificate\" names none"};
  return apply_forward_file<&Forwarder::Options::key_file>(config, texts);
}

Result<void> apply_forward_max_backlog(Config& config, const Texts& texts) {
  std::size_t size = 0;
  if (auto applied = apply_size(size, texts, "1M", "1048576G"); !applied) return applied;
  config.forward.back().max_backlog_bytes = size;
  return {};
}

Result<void> apply_forward_max_age(Config& config, const Texts& texts) {
  return apply_duration(config.forward.back().max_backlog_age, texts, "1m", longest_age);
}

Result<void> apply_forward_rate(Config& config, const Texts& texts) {
  constexpr double least = 0.01, most = 1e6;
  const auto& text = texts.front();
  double rate = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rate);
  if (error != std::errc{} || end != text.data() + text.size() || !(rate >= least && rate <= most))
    return Fault{Errc::bad_config, "\"" + text + "\" is no rate; write records a second, from 0.01 to 1000000"};
  config.forward.back().rate = rate;
  return {};
}

Result<void> apply_forward_relay(Config& config, const Texts& texts) {
  return apply_flag(config.forward.back().relay, texts);
}

Result<void> apply_forward_confirm_window(Config& config, const Texts& texts) {
  return apply_duration(config.forward.back().confirm_window, texts, "0s", "1h");
}

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

template <class Number>
Result<void> apply_count(Number& to, const Texts& texts, int most) {
  const auto& text = texts.front();
  int count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || end != text.data() + text.size() || count < 0 || count > most)
    return Fault{Errc::bad_config, "\"" + text + "\" is no number; write one from 0 to " + std::to_string(most)};
  to = static_cast<Number>(count);
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
  if (auto applied = apply_count(config.watch.burst, texts, 10'000); !applied) return applied;
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
  return apply_count(config.watch.context, texts, 50);
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
  return apply_count(rule_of(config).context.emplace(), texts, 50);
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

// `to` and `tokens` come before what looks at them.
constexpr auto table = std::to_array<SettingEntry>({
    {{"", "stage", "text", "DEVELOPMENT",
      "The stage, which gives ports and file names: TESTING, DEVELOPMENT, INTEGRATION or PRODUCTION. Where DEV_STAGE "
      "is set too, both must agree."},
     apply_stage},
    {{"store", "path", "text", "herald.sqlite<suffix>", "The database file."}, apply_path},
    {{"store", "page_cache", "size", "8M", "SQLite's page cache, for each connection to the database."},
     apply_page_cache},
    {{"bridge", "listen", "texts", "127.0.0.1:<logging port>",
      "Where records are received: HOST:PORT, [IPV6]:PORT or unix:PATH."},
     apply_bridge_listen},
    {{"bridge", "max_frame", "size", "1M",
      "The longest frame that is taken. A longer one is skipped; its beginning is kept as a dead letter."},
     apply_max_frame},
    {{"bridge", "queue_bytes", "size", "16M",
      "How much may wait in memory for the disk. Above it records are dropped and counted."},
     apply_queue_bytes},
    {{"web", "tokens", "text", "",
      "A file that says who may do what, a line each: NAME ROLE[,ROLE] sha256:HEX [origins=own]; psherald token writes "
      "it. It holds for the bridge's port too. With it whoever is on this machine may read; without it he may also "
      "change what the page changes and hand over records, and nobody else may anything."},
     apply_tokens},
    {{"web", "listen", "texts", "127.0.0.1:<web port>",
      "Where the page is served: HOST:PORT, [IPV6]:PORT or unix:PATH. What other machines reach needs tokens."},
     apply_web_listen},
    {{"web", "hosts", "texts", "",
      "Names that the page is called by, beside localhost and addresses. Under any other it does not answer."},
     apply_hosts},
    {{"web", "cors", "texts", "", "Origins whose scripts may read the JSON."}, apply_cors},
    {{"http", "threads", "number", "2", "How many requests are answered at once, on each port. Others wait."},
     apply_http_count<&HttpLimits::threads>},
    {{"http", "max_head", "size", "16K", "The longest request line with its headers."},
     apply_http_size<&HttpLimits::max_header_bytes>},
    {{"http", "max_headers", "number", "100", "The most headers of a request."},
     apply_http_count<&HttpLimits::max_headers>},
    {{"http", "max_body", "size", "8M", "The longest body of a request, as it is sent."},
     apply_http_size<&HttpLimits::max_body_bytes>},
    {{"http", "max_inflated", "size", "20M", "What a body that comes as gzip may become."},
     apply_http_size<&HttpLimits::max_inflated_bytes>},
    {{"http", "max_connections", "number", "200",
      "Connections to each port. A further one takes the place of the one that has said nothing for longest."},
     apply_http_count<&HttpLimits::max_connections>},
    {{"http", "max_streams", "number", "100", "Of these, how many may follow the log or export it."},
     apply_http_count<&HttpLimits::max_streams>},
    {{"http", "max_gathered", "size", "64M", "Bodies that are on their way or wait for their answer, all together."},
     apply_http_size<&HttpLimits::max_gathered_bytes>},
    {{"http", "max_unsent", "size", "128M", "Answers that their clients have not read, all together."},
     apply_http_size<&HttpLimits::max_unsent_bytes>},
    {{"http", "request_deadline", "duration", "10s; 30s for the bridge",
      "From the first byte of a request to its last."},
     apply_http_time<&HttpLimits::request_deadline>},
    {{"http", "idle_timeout", "duration", "15s; 60s for the bridge",
      "How long a connection may say nothing, or leave an answer unread."},
     apply_http_time<&HttpLimits::idle_timeout>},
    {{"tls", "certificate", "text", "",
      "A PEM file: the certificate that bridge and page show, then those between it and the root. With it both take "
      "TLS "
      "as well as what is in the clear. Read again on SIGHUP."},
     apply_certificate},
    {{"tls", "key", "text", "", "A PEM file: the key of that certificate, without a password."}, apply_key},
    {{"tls", "client_ca", "text", "",
      "A PEM file: who vouches for clients. With it a client may show a certificate, which has to verify."},
     apply_client_ca},
    {{"retention", "max_age", "duration", "", "Records that were received longer ago are deleted. Without it none is."},
     apply_max_age},
    {{"retention", "max_size", "size", "",
      "The oldest records are deleted when the database, with its write-ahead log and its ballast, would take more of "
      "the disk. Without it nothing bounds them."},
     apply_max_size},
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
    {{"forward", "to", "text", "",
      "Where records are passed on to: http://HOST:PORT, https://HOST:PORT or http:unix:PATH, a psherald; "
      "python://HOST:PORT or python:unix:PATH, a bridge of ps.herald 1.4.2.",
      repeated},
     apply_forward_to},
    {{"forward", "name", "text", "<to>",
      "What the destination is called, at most 64 bytes. Under this name the store keeps how far it is: one that gets "
      "another name begins anew.",
      repeated},
     apply_forward_name},
    {{"forward", "where", "text", "", "Which records, in the language of queries. Without it all are passed on.",
      repeated},
     apply_forward_where},
    {{"forward", "token_file", "text", "",
      "http and https: a file whose first line is the token that the destination asks for. It is read at each connect.",
      repeated},
     apply_forward_token_file},
    {{"forward", "ca", "text", "",
      "https: a file with the certificates of who may sign the destination's. Without it those of the system.",
      repeated},
     apply_forward_ca},
    {{"forward", "certificate", "text", "",
      "https: a file with our own certificate, where the destination asks for one.", repeated},
     apply_forward_certificate},
    {{"forward", "key", "text", "", "https: the file with the key of that certificate.", repeated}, apply_forward_key},
    {{"forward", "max_backlog", "size", "1G",
      "How much may wait for the destination. Of what is more the oldest is given up, counted, and declared missing "
      "there. With retention.max_size the default is half of that, where it is less.",
      repeated},
     apply_forward_max_backlog},
    {{"forward", "max_age", "duration", "30d", "How long a record may wait. Then it is given up in the same way.",
      repeated},
     apply_forward_max_age},
    {{"forward", "rate", "number", "",
      "Records a second at most. Without it 100 to a ps.herald, which commits each by itself, and as many as go to a "
      "psherald.",
      repeated},
     apply_forward_rate},
    {{"forward", "relay", "flag", "false",
      "python: whether it also gets what came here from other stores. A loop is not seen there.", repeated},
     apply_forward_relay},
    {{"forward", "confirm_window", "duration", "5s",
      "python: a record counts as delivered when the connection has stood for so long after it.", repeated},
     apply_forward_confirm_window},
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

std::span<const SettingEntry> setting_entries() noexcept { return table; }

std::span<const Setting> settings() noexcept {
  static const auto plain = [] {
    std::array<Setting, table.size()> copies;
    std::transform(table.begin(), table.end(), copies.begin(), [](const auto& entry) { return entry.setting; });
    return copies;
  }();
  return plain;
}

std::string full_name(const Setting& setting) {
  if (setting.section.empty()) return std::string{setting.key};
  return std::string{setting.section}.append(".").append(setting.key);
}

}  // namespace psherald
