#include "page/html.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

#include "record/utf8.hpp"

namespace psherald::page {
namespace {

struct Range {
  char32_t first, last;
};
// What shows nothing, or turns what stands around it: controls, soft hyphen, fillers, zero width, bidi, tags.
// Source: Unicode 15, Default_Ignorable_Code_Point without the variation selectors, and Bidi_Control; C0 and C1.
constexpr std::array hidden{
    Range{0x00, 0x08},       Range{0x0B, 0x1F},       Range{0x7F, 0x9F},      Range{0xAD, 0xAD},
    Range{0x34F, 0x34F},     Range{0x61C, 0x61C},     Range{0x115F, 0x1160},  Range{0x17B4, 0x17B5},
    Range{0x180B, 0x180F},   Range{0x200B, 0x200F},   Range{0x2028, 0x202E},  Range{0x2060, 0x206F},
    Range{0x3164, 0x3164},   Range{0xFEFF, 0xFEFF},   Range{0xFFA0, 0xFFA0},  Range{0xFFF0, 0xFFFB},
    Range{0x1BCA0, 0x1BCA3}, Range{0x1D173, 0x1D17A}, Range{0xE0000, 0xE0FFF}};

bool is_hidden(char32_t c) {
  if (c >= 0x20 && c < 0x7F) return false;  // nearly all there is
  return std::any_of(hidden.begin(), hidden.end(), [&](Range range) { return c >= range.first && c <= range.last; });
}

struct Decoded {
  char32_t code_point;
  std::size_t size;
};
// The first code point of well-formed text.
Decoded decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return {byte(0), 1};
  const std::size_t size = byte(0) < 0xE0 ? 2 : byte(0) < 0xF0 ? 3 : 4;
  char32_t c = byte(0) & (0x7Fu >> size);
  for (std::size_t i = 1; i < size; ++i) c = c << 6 | (byte(i) & 0x3Fu);
  return {c, size};
}

std::string_view entity(char c) {
  switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return {};
  }
}

void append_escaped(std::string& out, std::string_view text) {
  std::size_t plain = 0;  // beginning of what needs no escape
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto replacement = entity(text[i]);
    if (replacement.empty()) continue;
    (out += text.substr(plain, i - plain)) += replacement;
    plain = i + 1;
  }
  out += text.substr(plain);
}

void append_visible(std::string& out, std::string_view text) {
  std::size_t plain = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto [code_point, size] = decode(text.substr(i));
    if (is_hidden(code_point)) {
      append_escaped(out, text.substr(plain, i - plain));
      std::array<char, 16> mark{};
      const bool line_end = text.substr(i, 2) == "\r\n";
      if (!line_end)
        out.append(mark.data(), static_cast<std::size_t>(std::snprintf(mark.data(), mark.size(), "[U+%04X]",
                                                                       static_cast<unsigned>(code_point))));
      plain = i + size;
    }
    i += size;
  }
  append_escaped(out, text.substr(plain));
}

std::string well_formed(std::string_view text) {
  std::string out;
  append_utf8(out, text);
  return out;
}

bool is_final(char c) { return c >= 0x40 && c <= 0x7E; }

// How long the sequence is that begins with the escape character. Source: ECMA-48, 5.4 and 5.6.
std::size_t ansi_size(std::string_view text) {
  if (text.size() < 2) return text.size();
  if (text[1] == '[') {
    const auto end = std::find_if(text.begin() + 2, text.end(), is_final);
    return static_cast<std::size_t>(end - text.begin()) + (end == text.end() ? 0 : 1);
  }
  if (text[1] != ']') return 2;
  const auto end = text.find_first_of("\a\x1B", 2);
  if (end == text.npos) return text.size();
  return end + (text[end] == '\a' ? 1 : std::min<std::size_t>(2, text.size() - end));
}

}  // namespace

Html& Html::operator<<(Markup markup) {
  out_ += markup.text();
  return *this;
}

Html& Html::operator<<(Value value) {
  append_escaped(out_, is_utf8(value.text) ? value.text : std::string_view{well_formed(value.text)});
  return *this;
}

Html& Html::operator<<(Count count) {
  out_ += grouped(count.number);
  return *this;
}

Html& Html::operator<<(const Html& part) {
  out_ += part.out_;
  return *this;
}

Html& Html::write(std::string_view text) {
  append_visible(out_, is_utf8(text) ? text : std::string_view{well_formed(text)});
  return *this;
}

std::string without_ansi(std::string_view text) {
  std::string out;
  for (auto escape = text.find('\x1B'); escape != text.npos; escape = text.find('\x1B')) {
    out += text.substr(0, escape);
    text.remove_prefix(escape);
    text.remove_prefix(ansi_size(text));
  }
  return out += text;
}

std::string url_encode(std::string_view text) {
  constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:";
  constexpr char hex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (plain.find(c) != plain.npos) {
      out += c;
    } else {
      ((out += '%') += hex[byte >> 4]) += hex[byte & 15];
    }
  }
  return out;
}

std::string grouped(std::int64_t number) {
  std::string text = std::to_string(number);
  const std::size_t first = number < 0 ? 1 : 0;
  for (std::size_t at = text.size(); at > first + 3; at -= 3) text.insert(at - 3, 1, ',');
  return text;
}

}  // namespace psherald::page
