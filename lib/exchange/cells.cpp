#include "exchange/cells.hpp"

#include <array>

#include "record/json.hpp"
#include "record/plain.hpp"

namespace psherald::exchange {
namespace {

constexpr std::string_view unshowable = "\xEF\xBF\xBD";

unsigned char byte_at(std::string_view text, std::size_t i) noexcept {
  return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
}

// Bytes that may need an escape: 0xC2 begins U+0080 to U+00BF.
constexpr auto is_special = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < 0x20; ++c) table[c] = true;
  for (const std::size_t c : {0x22u, 0x5cu, 0x7fu, 0xc2u}) table[c] = true;
  return table;
}();

void append_escape(std::string& out, unsigned char c) {
  constexpr char hex[] = "0123456789abcdef";
  out += "\\u00", out += hex[c >> 4], out += hex[c & 15];
}

// DEL or U+0080 to U+009F at this place: how many bytes it has.
std::size_t order_at(std::string_view text, std::size_t i) noexcept {
  if (byte_at(text, i) == 0x7f) return 1;
  const auto next = byte_at(text, i + 1);
  return byte_at(text, i) == 0xc2 && next >= 0x80 && next < 0xa0 ? 2 : 0;
}

void append_special(std::string& out, unsigned char c) {
  switch (c) {
    case '"': out += "\\\""; break;
    case '\\': out += "\\\\"; break;
    case '\n': out += "\\n"; break;
    case '\r': out += "\\r"; break;
    case '\t': out += "\\t"; break;
    default: append_escape(out, c);
  }
}

}  // namespace

void append_json_text(std::string& out, std::string_view text) {
  out += '"';
  std::size_t plain = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (!is_special[c]) continue;
    const auto order = order_at(text, i);
    if (c == 0xc2 && order == 0) continue;
    out += text.substr(plain, i - plain);
    if (order == 2) ++i;
    append_special(out, static_cast<unsigned char>(text[i]));
    plain = i + 1;
  }
  out += text.substr(plain);
  out += '"';
}

void append_json_line(std::string& out, std::string_view json) {
  std::size_t plain = 0;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const auto order = order_at(json, i);
    if (order == 0 && static_cast<unsigned char>(json[i]) >= 0x20) continue;
    out += json.substr(plain, i - plain);
    if (order == 2) ++i;
    if (order != 0) append_escape(out, static_cast<unsigned char>(json[i]));
    plain = i + 1;
  }
  out += json.substr(plain);
}

void append_csv_text(std::string& out, std::string_view text) {
  constexpr std::string_view computed = "=+-@\t\r";
  std::string cell;
  if (!text.empty() && computed.find(text.front()) != computed.npos) cell += '\'';
  for (std::size_t end = 0; end != text.npos; text.remove_prefix(end == text.npos ? text.size() : end + 1)) {
    end = text.find_first_of("\n\t");
    auto part = text.substr(0, end);
    if (end != text.npos && text[end] == '\n' && part.ends_with('\r')) part.remove_suffix(1);
    append_plain(cell, part, unshowable);
    if (end != text.npos) cell += text[end];
  }
  const bool quoted = cell.find_first_of(",\"\n") != cell.npos;
  if (quoted) out += '"';
  for (const char c : cell) out.append(c == '"' ? 2 : 1, c);
  if (quoted) out += '"';
}

}  // namespace psherald::exchange
