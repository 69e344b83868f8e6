#include <array>

#include "config/apply.hpp"
#include "config/settings.hpp"
#include "forward/destination_url.hpp"
#include "psherald/filter.hpp"
#include "record/number.hpp"

namespace psherald {
namespace {

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
  const auto rate = parse_number<double>(text);
  if (!rate || !(*rate >= least && *rate <= most))
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

constexpr bool repeated = true;

// `to` and `certificate` come before what looks at them.
constexpr auto table = std::to_array<SettingEntry>({
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
});

}  // namespace

std::span<const SettingEntry> forward_settings() noexcept { return table; }

}  // namespace psherald
