#include <array>

#include "config/apply.hpp"
#include "config/settings.hpp"
#include "net/client.hpp"

namespace psherald {
namespace {

Result<void> apply_mail_server(Config& config, const Texts& texts) {
  const auto server = net::parse_mail_server(texts.front());
  if (!server) return server.error();
  config.mail.server = texts.front();
  return {};
}

Result<void> apply_mail_from(Config& config, const Texts& texts) {
  config.mail.from = texts.front();
  return check_addresses(texts);
}

Result<void> apply_mail_admin(Config& config, const Texts& texts) {
  config.mail_admin = texts;
  return check_addresses(texts);
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

constexpr auto table = std::to_array<SettingEntry>({
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

}  // namespace

std::span<const SettingEntry> mail_settings() noexcept { return table; }

}  // namespace psherald
