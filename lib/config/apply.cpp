#include "config/apply.hpp"
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

}  // namespace psherald
