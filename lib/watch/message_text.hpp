#pragma once

/// Texts of records and times as messages show them.

#include <string>
#include <string_view>

#include "watch/log_reader.hpp"
#include "watch/tau.hpp"

namespace psherald::watch {

inline constexpr std::size_t longest_message = 500;  ///< Bytes of one record that are shown.

/// What no terminal and no mail shows as itself becomes `instead`.
std::string plain(std::string_view text, std::string_view instead = "\xEF\xBF\xBD");
/// A record's text in one line: where it had others, a sign says so.
std::string on_one_line(std::string_view text);
/// A record as messages show it, in one line.
std::string line_text(const Line& line);
std::string time_text(Timestamp time);
/// "2 h 5 min", the two largest units.
std::string duration_text(Tau duration);
/// At most 120 characters of it.
std::string cut_subject(const std::string& subject);

}  // namespace psherald::watch
