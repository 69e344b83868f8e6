#include <array>

#include "config/apply.hpp"
#include "config/settings.hpp"

namespace psherald {
namespace {

// Of the one that is being read, the last one.
Receiver& receiver_of(Config& config) { return config.watch.receivers.back(); }

Result<void> apply_receiver_name(Config& config, const Texts& texts) {
  receiver_of(config).name = texts.front();
  return {};
}
Result<void> apply_receiver_mail(Config& config, const Texts& texts) {
  receiver_of(config).mail = texts;
  return check_addresses(texts);
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

constexpr bool repeated = true;

constexpr auto table = std::to_array<SettingEntry>({
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
});

}  // namespace

std::span<const SettingEntry> receiver_settings() noexcept { return table; }

}  // namespace psherald
