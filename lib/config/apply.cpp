#include "config/apply.hpp"

#include "notify/mail.hpp"
#include "record/number.hpp"

namespace psherald {

Result<void> check_range(bool within, const std::string& text, std::string_view least, std::string_view most) {
  if (within) return {};
  return Fault{Errc::bad_config, "\"" + text + "\" is out of range; it must be between " + std::string{least} +
                                     " and " + std::string{most}};
}

Result<void> apply_size(std::size_t& to, const Texts& texts, std::string_view least, std::string_view most) {
  const auto size = parse_size(texts.front());
  if (!size) return size.error();
  to = *size;
  return check_range(*size >= *parse_size(least) && *size <= *parse_size(most), texts.front(), least, most);
}

Result<void> apply_flag(bool& to, const Texts& texts) {
  if (texts.front() != "true" && texts.front() != "false")
    return Fault{Errc::bad_config, "\"" + texts.front() + "\" is neither true nor false"};
  to = texts.front() == "true";
  return {};
}

Result<int> count_of(const std::string& text, int least, int most) {
  const auto count = parse_number<int>(text);
  if (!count || *count < least || *count > most)
    return Fault{Errc::bad_config, "\"" + text + "\" is no number; write one from " + std::to_string(least) + " to " +
                                       std::to_string(most)};
  return *count;
}

Result<void> check_addresses(const Texts& addresses) {
  for (const auto& address : addresses)
    if (!notify::is_address(address))
      return Fault{Errc::bad_config, "\"" + address + "\" is no mail address; write NAME@HOST"};
  return {};
}

bool is_web_url(const std::string& text) { return text.starts_with("http://") || text.starts_with("https://"); }

Result<std::vector<Rule::Duration>> reminders_of(const Texts& texts) {
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

}  // namespace psherald
