#include "watch/wording.hpp"

#include <algorithm>
#include <array>

#include "record/plain.hpp"
#include "record/utf8.hpp"

namespace psherald::watch {
namespace {

using namespace std::chrono_literals;
using Kind = Alert::Kind;

constexpr std::size_t longest_subject = 120;     // characters
constexpr std::size_t longest_message = 500;     // bytes of one record
constexpr std::size_t longest_part = 64 * 1024;  // bytes of text
constexpr std::size_t shown_episodes = 20;
constexpr std::size_t shown_frames = 30;  // lines of a traceback
constexpr std::string_view replacement = "\xEF\xBF\xBD";

std::string plain(std::string_view text, std::string_view instead = replacement) {
  std::string out;
  append_plain(out, text, instead);
  return out;
}

/// A record's text in one line: where it had others, a sign says so.
std::string on_one_line(std::string_view text) {
  std::string line;
  const auto shown = cut_utf8(text, longest_message);
  for (std::size_t from = 0; from <= shown.size();) {
    const auto end = std::min(shown.find('\n', from), shown.size());
    if (from > 0) line += " \\n ";
    append_plain(line, shown.substr(from, end - from), replacement);
    from = end + 1;
  }
  return shown.size() < text.size() ? line + " ..." : line;
}

std::string time_text(Timestamp time) { return format_local(time).substr(0, 19); }

/// The message while it is put together: the same for both forms.
struct Draft {
  std::string headline{};
  std::vector<std::string> sentences{};
  std::vector<std::pair<std::string, std::string>> facts{};
  struct Block {
    std::string title{};
    std::vector<std::string> lines{};
  };
  std::vector<Block> blocks{};
};

std::string cause_of(const Rule& rule) {
  switch (rule.kind) {
    case Rule::Kind::pattern: return "PATTERN FOUND";
    case Rule::Kind::heartbeat: return "SYSTEM HEARTBEAT FAILURE";
    case Rule::Kind::no_data: return "NO DATA";
  }
  return {};
}

class Writer {
 public:
  explicit Writer(const Story& story) : story_{story}, last_{story.episodes.back()}, kind_{main_kind()} {}

  Kind kind() const { return kind_; }

  std::string subject() const {
    const auto& [before, behind] = words();
    std::string subject = plain("neelix  " + story_.rule.system + "  " + before + cause_of(story_.rule) + behind, " ");
    std::size_t characters = 0, end = 0;
    while (end < subject.size() && characters < longest_subject - 3) {
      end += 1;
      while (end < subject.size() && (static_cast<unsigned char>(subject[end]) & 0xC0) == 0x80) ++end;
      ++characters;
    }
    return end < subject.size() ? subject.substr(0, end) + "..." : subject;
  }

  Draft draft() const {
    Draft draft;
    const auto& [before, behind] = words();
    draft.headline = before + cause_of(story_.rule) + behind + ": " + plain(story_.rule.system);
    draft.sentences.push_back(sentence());
    if (kind_ == Kind::gone) draft.sentences.emplace_back("It has been so for a month: nothing more is told of it.");
    if (const auto& reason = last_.incident.end_reason; kind_ == Kind::resolve && !reason.empty())
      draft.sentences.push_back("This is the end of it because " + reason + ".");
    add_facts(draft);
    add_earlier(draft);
    add_lines(draft);
    return draft;
  }

 private:
  bool tells(const Episode& episode, Kind kind) const {
    return std::count(episode.kinds.begin(), episode.kinds.end(), kind) > 0;
  }

  Kind main_kind() const {
    const auto opens = [&](const Episode& episode) { return tells(episode, Kind::open); };
    if (std::any_of(story_.episodes.begin(), story_.episodes.end(), opens)) return Kind::open;
    return last_.kinds.back();
  }

  bool is_over() const { return last_.incident.phase == Incident::Phase::resolved; }

  std::pair<std::string, std::string> words() const {
    switch (kind_) {
      case Kind::open: return {"", is_over() ? " (over)" : ""};
      case Kind::remind: return {"still ", ""};
      case Kind::resolve: return {"OVER ", ""};
      case Kind::gone: return {"GIVEN UP ", ""};
    }
    return {};
  }

  std::string sentence() const {
    const std::string system = "[" + plain(story_.rule.system) + "]", host = plain(story_.host);
    switch (story_.rule.kind) {
      case Rule::Kind::pattern:
        return "Neelix watches the log on " + host + ". The system " + system + " has logged what its rule looks for.";
      case Rule::Kind::heartbeat:
        return "Neelix watches the log on " + host +
               (is_over() ? ". The system " + system + " had been silent for longer than its rule allows."
                          : ". The system " + system + " is silent for longer than its rule allows.");
      case Rule::Kind::no_data:
        return is_over() ? "On " + host + " a bridge receives records again. While none did, nobody was watched."
                         : "On " + host +
                               " no bridge receives records. Until one does, nobody can be watched: start ps_bridge.";
    }
    return {};
  }

  Timestamp wall(Tau time) const { return story_.wall - (story_.tau - time); }

  void add_facts(Draft& draft) const {
    const auto& incident = last_.incident;
    draft.facts = {{"System", plain(story_.rule.system)}, {"Cause", cause_of(story_.rule)}};
    if (!story_.rule.written.empty()) draft.facts.emplace_back("Rule", on_one_line(story_.rule.written));
    draft.facts.emplace_back("Host", plain(story_.host));
    if (story_.rule.kind == Rule::Kind::pattern) {
      draft.facts.emplace_back("Found", found_text(incident));
      draft.facts.emplace_back("State", pattern_state(incident));
    } else {
      draft.facts.emplace_back("Noticed", time_text(wall(incident.opened)));
      if (story_.last_record) draft.facts.emplace_back("Last record", last_record_text(incident));
      if (is_over()) draft.facts.emplace_back("Over", time_text(wall(incident.ended)));
      if (incident.count > 1)
        draft.facts.emplace_back("Times", std::to_string(incident.count) + " within this incident");
    }
  }

  std::string found_text(const Incident& incident) const {
    const auto first = time_text(wall(incident.opened));
    if (incident.count == 1) return "once, " + first;
    return std::to_string(incident.count) + " times, first " + first + ", last " + time_text(wall(incident.last_true));
  }

  std::string pattern_state(const Incident& incident) const {
    if (!is_over()) return "goes on; told to be over after " + duration_text(incident.hold) + " without another";
    return "over: none since for " + duration_text(incident.hold);
  }

  std::string last_record_text(const Incident& incident) const {
    const auto until = is_over() ? wall(incident.ended) : story_.wall;
    return time_text(*story_.last_record) + (is_over() ? ", then none for " : ", none since for ") +
           duration_text(until - *story_.last_record);
  }

  void add_earlier(Draft& draft) const {
    if (story_.episodes.size() < 2) return;
    Draft::Block block{"Before that", {}};
    const std::size_t earlier = story_.episodes.size() - 1, first = earlier - std::min(earlier, shown_episodes);
    if (first > 0) block.lines.push_back("(" + std::to_string(first) + " more)");
    for (std::size_t i = first; i < earlier; ++i) {
      const auto& incident = story_.episodes[i].incident;
      block.lines.push_back(time_text(wall(incident.opened)) + " to " + time_text(wall(incident.last_true)) +
                            (incident.count > 1 ? ", " + std::to_string(incident.count) + " times" : ""));
    }
    draft.blocks.push_back(std::move(block));
  }

  static std::string line_text(const Line& line) {
    std::string text = line.marked ? "* " : "  ";
    text += time_text(line.received) + " " + plain(line.level, " ") + " " + plain(line.who, " ");
    if (!line.where.empty()) text += " " + plain(line.where, " ");
    return text + "  " + on_one_line(line.message);
  }

  static Draft::Block block_of(std::string title, const std::vector<Line>& lines) {
    Draft::Block block{std::move(title), {}};
    for (const auto& line : lines) block.lines.push_back(line_text(line));
    return block;
  }

  void add_lines(Draft& draft) const {
    if (!story_.matches.empty()) {
      draft.blocks.push_back(
          block_of(story_.left_out ? "Records found, the first and the last" : "Records found", story_.matches));
      add_traceback(draft, story_.matches.front().traceback);
    }
    if (story_.around.empty()) return;
    const bool pattern = story_.rule.kind == Rule::Kind::pattern;
    draft.blocks.push_back(block_of(
        pattern ? "Around the first of them, all systems (* it)" : "Around its last record, all systems (* it)",
        story_.around));
  }

  static void add_traceback(Draft& draft, std::string_view traceback) {
    Draft::Block block{"Its traceback", {}};
    while (!traceback.empty()) {
      const auto end = std::min(traceback.find('\n'), traceback.size());
      block.lines.push_back("  " + plain(cut_utf8(traceback.substr(0, end), longest_message)));
      traceback.remove_prefix(std::min(end + 1, traceback.size()));
    }
    if (block.lines.empty()) return;
    if (block.lines.size() > shown_frames) block.lines.erase(block.lines.begin(), block.lines.end() - shown_frames);
    draft.blocks.push_back(std::move(block));
  }

  const Story& story_;
  const Episode& last_;
  const Kind kind_;
};

// ---- the two forms

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

}  // namespace

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

Words word(const Story& story) {
  const Writer writer{story};
  const auto draft = writer.draft();
  return {writer.kind(), writer.subject(), as_text(draft), as_html(draft)};
}

}  // namespace psherald::watch
