#include "watch/message_text.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "record/plain.hpp"
#include "record/utf8.hpp"

namespace psherald::watch {

std::string plain(std::string_view text, std::string_view instead) {
  std::string out;
  append_plain(out, text, instead);
  return out;
}

std::string on_one_line(std::string_view text) {
  std::string line;
  const auto shown = cut_utf8(text, longest_message);
  for (std::size_t from = 0; from <= shown.size();) {
    const auto end = std::min(shown.find('\n', from), shown.size());
    if (from > 0) line += " \\n ";
    append_plain(line, shown.substr(from, end - from), "\xEF\xBF\xBD");
    from = end + 1;
  }
  return shown.size() < text.size() ? line + " ..." : line;
}

std::string line_text(const Line& line) {
  std::string text = line.marked ? "* " : "  ";
  text += time_text(line.received) + " " + plain(line.level, " ") + " " + plain(line.who, " ");
  if (!line.where.empty()) text += " " + plain(line.where, " ");
  return text + "  " + on_one_line(line.message);
}

std::string time_text(Timestamp time) { return format_local(time).substr(0, 19); }

std::string duration_text(Tau duration) {
  constexpr std::array<std::pair<std::int64_t, const char*>, 4> units{
      {{86'400, " d"}, {3'600, " h"}, {60, " min"}, {1, " s"}}};
  auto seconds = std::max<std::int64_t>(std::chrono::floor<std::chrono::seconds>(duration).count(), 0);
  std::string text;
  int parts = 0;
  for (const auto& [size, name] : units) {
    if (parts == 2 || (parts == 0 && seconds < size && size > 1)) continue;
    if (const auto number = seconds / size; number > 0 || parts == 0)
      text += (text.empty() ? "" : " ") + std::to_string(number) + name;
    seconds %= size;
    ++parts;
  }
  return text;
}

std::string cut_subject(const std::string& subject) {
  constexpr std::size_t longest = 120;
  const auto shown = first_characters(subject, longest - 3);
  return shown.size() < subject.size() ? std::string{shown} + "..." : subject;
}

}  // namespace psherald::watch
