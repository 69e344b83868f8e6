#include "config/settings.hpp"

#include <algorithm>
#include <array>

#include "config/values.hpp"
#include "net/address.hpp"
#include "net/client.hpp"
#include "net/listener.hpp"
#include "notify/mail.hpp"

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
    if (!net::is_loopback(address))
      return Fault{Errc::bad_config,
                   "the page would be open to other machines on " + address +
                       ", and it does not yet ask who reads it; listen on 127.0.0.1 and reach it through an ssh "
                       "tunnel or a reverse proxy that asks for a password"};
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

Result<void> apply_max_age(Config& config, const Texts& texts) {
  const auto age = parse_duration(texts.front());
  if (!age) return age.error();
  // A century is more than any log lives, and keeps "now minus age" far from where the clock's numbers end.
  if (*age < std::chrono::seconds{1} || *age > std::chrono::days{36'500})
    return Fault{Errc::bad_config, "\"" + texts.front() + "\" is out of range; it must be between 1s and 36500d"};
  config.max_age = *age;
  return {};
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
  const auto timeout = parse_duration(texts.front());
  if (!timeout) return timeout.error();
  if (*timeout < std::chrono::seconds{1} || *timeout > std::chrono::hours{1})
    return Fault{Errc::bad_config, "\"" + texts.front() + "\" is out of range; it must be between 1s and 1h"};
  config.mail.timeout = *timeout;
  return {};
}

Result<void> apply_mail_verify(Config& config, const Texts& texts) {
  if (texts.front() != "true" && texts.front() != "false")
    return Fault{Errc::bad_config, "\"" + texts.front() + "\" is neither true nor false"};
  config.mail.verify = texts.front() == "true";
  return {};
}

constexpr std::array<SettingEntry, 17> table{{
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
    {{"web", "listen", "texts", "127.0.0.1:<web port>",
      "Where the page is served: a loopback address or unix:PATH, since it does not ask yet who reads it."},
     apply_web_listen},
    {{"web", "cors", "texts", "", "Origins whose scripts may read the JSON."}, apply_cors},
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
}};

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
