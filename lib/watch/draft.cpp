#include "watch/draft.hpp"

#include <string_view>

namespace psherald::watch {
namespace {

constexpr std::size_t longest_part = 64 * 1024;  // bytes of text

std::string escaped(std::string_view text) {
  std::string html;
  for (const char c : text) switch (c) {
      case '&': html += "&amp;"; break;
      case '<': html += "&lt;"; break;
      case '>': html += "&gt;"; break;
      case '"': html += "&quot;"; break;
      default: html += c;
    }
  return html;
}

}  // namespace

std::string as_text(const Draft& draft) {
  std::string text = draft.headline + "\n\n";
  for (const auto& sentence : draft.sentences) text += sentence + "\n";
  text += "\n";
  for (const auto& [name, value] : draft.facts) text += name + std::string(13 - name.size(), ' ') + value + "\n";
  for (const auto& block : draft.blocks) {
    text += "\n" + block.title + "\n";
    for (const auto& line : block.lines) {
      if (text.size() + line.size() > longest_part) return text + "(cut off here)\n";
      text += line + "\n";
    }
  }
  return text;
}

std::string as_html(const Draft& draft) {
  std::string html = "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>" + escaped(draft.headline) +
                     "</title></head>\n<body style=\"font-family: sans-serif\">\n<h2>" + escaped(draft.headline) +
                     "</h2>\n";
  for (const auto& sentence : draft.sentences) html += "<p>" + escaped(sentence) + "</p>\n";
  html += "<table>\n";
  for (const auto& [name, value] : draft.facts)
    html += "<tr><td style=\"padding-right: 1em; color: #555\">" + escaped(name) + "</td><td>" + escaped(value) +
            "</td></tr>\n";
  html += "</table>\n";
  bool cut = false;
  for (const auto& block : draft.blocks) {
    html += "<h3>" + escaped(block.title) + "</h3>\n<pre>\n";
    for (const auto& line : block.lines) {
      const std::string markup = escaped(line) + "\n";
      cut = cut || html.size() + markup.size() > longest_part;
      if (!cut) html += markup;
    }
    html += cut ? "(cut off here)\n</pre>\n" : "</pre>\n";
    if (cut) break;
  }
  return html + "</body></html>\n";
}

}  // namespace psherald::watch
