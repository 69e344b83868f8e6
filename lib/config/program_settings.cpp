#include <array>

#include "config/apply.hpp"
#include "config/settings.hpp"
#include "net/address.hpp"
#include "net/listener.hpp"

namespace psherald {
namespace {

Result<void> apply_stage(Config& config, const Texts& texts) {
  config.stage = &stage_of(texts.front());
  return {};
}

Result<void> apply_path(Config& config, const Texts& texts) {
  if (texts.front().empty()) return Fault{Errc::bad_config, "an empty path names no file"};
  config.store.path = texts.front();
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
  if (const auto applied = apply_count(config.web.limits.*Limit, texts, 1, 100'000); !applied) return applied;
  config.ingest.http_limits.*Limit = config.web.limits.*Limit;
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

// `tokens` comes before what looks at it.
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
});

}  // namespace

std::span<const SettingEntry> program_settings() noexcept { return table; }

}  // namespace psherald
