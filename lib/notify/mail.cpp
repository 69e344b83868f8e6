#include "notify/mail.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "record/plain.hpp"
#include "record/utf8.hpp"

namespace psherald::notify {
namespace {

bool is_letter_or_digit(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool only(std::string_view text, std::string_view further) noexcept {
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return is_letter_or_digit(c) || further.find(c) != std::string_view::npos; });
}

// ---- headers

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](std::size_t at) { return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0u; };
    const unsigned bits = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    for (const int shift : {18, 12, 6, 0}) out += digits[bits >> shift & 63];
  }
  const std::size_t missing = (3 - bytes.size() % 3) % 3;
  return out.replace(out.size() - missing, missing, missing, '=');
}

constexpr std::size_t line_length = 76;

bool is_plain_ascii(std::string_view text) noexcept {
  return !text.starts_with(' ') && !text.ends_with(' ') && text.find("=?") == std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

/// Splits between characters, since each encoded word has to be whole UTF-8.
std::string encoded_words(std::string_view text, std::size_t first_line) {
  constexpr std::string_view begin = "=?UTF-8?B?", end = "?=";
  const auto room = [&](std::size_t column) { return (line_length - column - begin.size() - end.size()) / 4 * 3; };
  std::string out;
  for (std::size_t column = first_line; !text.empty(); column = 1) {
    const auto part = cut_utf8(text, room(column));
    if (!out.empty()) out += "\r\n ";
    out.append(begin).append(base64(part)).append(end);
    text.remove_prefix(part.size());
  }
  return out;
}

std::string header(const std::string& name, std::string_view text) {
  std::string clean;
  append_plain(clean, text, " ");
  if (clean.empty()) return name + ":\r\n";
  const std::string start = name + ": ";
  const bool as_it_is = is_plain_ascii(clean) && start.size() + clean.size() <= line_length;
  return start + (as_it_is ? clean : encoded_words(clean, start.size())) + "\r\n";
}

std::string message_id(const std::string& uid, const std::string& origin) {
  std::string id = "<";
  std::copy_if(uid.begin(), uid.end(), std::back_inserter(id), is_letter_or_digit);
  id += '@';
  std::copy_if(origin.begin(), origin.end(), std::back_inserter(id), is_letter_or_digit);
  return id + ".psherald>";
}

/// In UTC, whatever the zone of this process. RFC 5322, 3.3.
std::string date(Timestamp time) {
  constexpr std::array<const char*, 7> weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day calendar{day};
  const hh_mm_ss clock{floor<seconds>(time - day)};
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d +0000", weekdays[weekday{day}.c_encoding()],
                unsigned{calendar.day()}, months[unsigned{calendar.month()} - 1], int{calendar.year()},
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

std::string address_list(const std::vector<std::string>& addresses) {
  std::string list;
  for (const auto& address : addresses)
    if (is_address(address)) list += (list.empty() ? "" : ",\r\n ") + address;
  return list.empty() ? "undisclosed-recipients:;" : list;
}

// ---- bodies

/// Puts bytes into lines of at most 76 characters, where a break costs an equals sign. RFC 2045, 6.7.
class QuotedPrintable {
 public:
  void line(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      const bool blank = c == ' ' || c == '\t';
      const bool last = i + 1 == text.size();
      if ((c > ' ' && c <= '~' && c != '=') || (blank && !last))
        put({&c, 1});
      else
        quote(c);
    }
    out_ += "\r\n";
    column_ = 0;
  }
  std::string take() && { return std::move(out_); }

 private:
  void quote(char c) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    const std::array<char, 3> quoted{'=', hex[byte >> 4], hex[byte & 15]};
    put({quoted.data(), quoted.size()});
  }
  void put(std::string_view piece) {
    if (column_ + piece.size() >= line_length) {
      out_ += "=\r\n";
      column_ = 0;
    }
    out_ += piece;
    column_ += piece.size();
  }

  std::string out_{};
  std::size_t column_ = 0;
};

std::string quoted_printable(std::string_view text) {
  constexpr std::string_view replacement = "\xEF\xBF\xBD";
  QuotedPrintable body;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    std::string line;
    append_plain(line, text.substr(0, end), replacement);
    body.line(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return std::move(body).take();
}

std::string part(const std::string& boundary, const std::string& type, std::string_view text) {
  return "--" + boundary + "\r\nContent-Type: " + type +
         "; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + quoted_printable(text);
}

}  // namespace

bool is_address(std::string_view text) noexcept {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos || at == 0 || at > 64 || text.size() > 254) return false;
  const auto name = text.substr(0, at), host = text.substr(at + 1);
  return !host.empty() && host.front() != '.' && host.front() != '-' && name.front() != '-' && only(host, ".-_[]:") &&
         only(name, "!#$%&'*+/=?^_`{|}~.-");
}

std::string compose_mail(const Alert& alert, const std::string& from) {
  // An equals sign is followed by digits or a line's end in every part, so this stands in none.
  const std::string boundary = "=_" + message_id(alert.uid, alert.origin).substr(1, 26);
  std::string mail = "From: " + from + "\r\nTo: " + address_list(alert.to) + "\r\n";
  mail += header("Subject", alert.subject);
  mail += "Date: " + date(alert.at) + "\r\nMessage-ID: " + message_id(alert.uid, alert.origin) + "\r\n";
  if (alert.root != alert.uid)
    for (const char* name : {"In-Reply-To: ", "References: "})
      mail.append(name).append(message_id(alert.root, alert.origin)).append("\r\n");
  mail += "Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\n";
  mail += header("X-Psherald-Rule", alert.rule);
  mail += header("X-Psherald-Incident", std::to_string(alert.incident));
  mail += header("X-Psherald-Kind", name_of(alert.kind));
  mail += "MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary=\"" + boundary + "\"\r\n\r\n";
  mail += part(boundary, "text/plain", alert.text) + "\r\n" + part(boundary, "text/html", alert.html);
  return mail + "\r\n--" + boundary + "--\r\n";
}

}  // namespace psherald::notify
