#include "watch/wording.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include "record/json.hpp"
#include "record/plain.hpp"
#include "record/utf8.hpp"
#include "watch/ledger.hpp"

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
    default: return "NO DATA";
  }
}

/// "95.2 %", "1.9 GiB free"
std::string fullness(const Rule& rule, const std::string& detail) {
  const double value = std::strtod(detail.c_str(), nullptr);
  const bool percent = rule.condition.ends_with('%');
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), percent ? "%.1f %%" : "%.1f GiB free",
                percent ? value : value / (1024.0 * 1024 * 1024));
  return text.data();
}

std::string cut_subject(const std::string& subject) {
  std::size_t characters = 0, end = 0;
  while (end < subject.size() && characters < longest_subject - 3) {
    end += 1;
    while (end < subject.size() && (static_cast<unsigned char>(subject[end]) & 0xC0) == 0x80) ++end;
    ++characters;
  }
  return end < subject.size() ? subject.substr(0, end) + "..." : subject;
}

bool tells(const Episode& episode, Kind kind) {
  return std::count(episode.kinds.begin(), episode.kinds.end(), kind) > 0;
}

Kind main_kind(const Story& story) {
  for (const auto kind : {Kind::open, Kind::escalate})
    if (std::any_of(story.episodes.begin(), story.episodes.end(),
                    [&](const Episode& episode) { return tells(episode, kind); }))
      return kind;
  return story.episodes.back().kinds.back();
}

Draft::Block block_of(std::string title, const std::vector<Line>& lines) {
  Draft::Block block{std::move(title), {}};
  for (const auto& line : lines) block.lines.push_back(line_text(line));
  return block;
}

void add_traceback(Draft& draft, std::string_view traceback) {
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

/// What was logged, and what was around it.
void add_lines(Draft& draft, const Story& story) {
  const bool event = story.rule.kind == Rule::Kind::pattern || !story.matches.empty();
  if (!story.matches.empty()) {
    draft.blocks.push_back(
        block_of(story.left_out ? "Records found, the first and the last" : "Records found", story.matches));
    add_traceback(draft, story.matches.front().traceback);
  }
  if (story.around.empty()) return;
  draft.blocks.push_back(
      block_of(event ? "Around the first of them, all systems (* it)" : "Around its last record, all systems (* it)",
               story.around));
}

/// The words of ps.herald's ps_neelix, with more in them.
class Writer {
 public:
  explicit Writer(const Story& story) : story_{story}, last_{story.episodes.back()}, kind_{main_kind(story)} {}

  Kind kind() const { return kind_; }

  std::string subject() const {
    const auto& [before, behind] = words();
    std::string subject = plain("neelix  " + story_.rule.system + "  " + before + cause_of(story_.rule) + behind, " ");
    return cut_subject(subject);
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
    add_lines(draft, story_);
    return draft;
  }

 private:
  bool is_over() const { return last_.incident.phase == Incident::Phase::resolved; }

  std::pair<std::string, std::string> words() const {
    switch (kind_) {
      case Kind::open:
      case Kind::escalate:
      case Kind::blind: return {"", is_over() ? " (over)" : ""};
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
      default:
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

  const Story& story_;
  const Episode& last_;
  const Kind kind_;
};

/// psherald's own words.
class Report {
 public:
  explicit Report(const Story& story) : story_{story}, last_{story.episodes.back()}, kind_{main_kind(story)} {}

  Kind kind() const { return kind_; }

  std::string subject() const { return cut_subject(plain("[psherald] " + headline() + fact(), " ")); }

  Draft draft() const {
    Draft draft;
    draft.headline = plain(headline());
    if (kind_ == Kind::blind) {
      draft.sentences.push_back("Neither a bridge nor the watchdog worked " + plain(last_.incident.detail) +
                                ": nobody knows what happened then, and nobody is blamed.");
      return draft;
    }
    draft.sentences.push_back(sentence());
    if (everybody())
      draft.sentences.emplace_back("All that the rule watches: the network or the port rather than the systems?");
    if (kind_ == Kind::gone) draft.sentences.emplace_back("Nothing more is told of it.");
    if (kind_ == Kind::escalate) draft.sentences.emplace_back("Nobody has acknowledged it.");
    for (const auto& [name, value] : facts()) draft.facts.emplace_back(name, value);
    add_list(draft);
    add_lines(draft, story_);
    add_links(draft);
    return draft;
  }

 private:
  bool is_over() const {
    return std::all_of(story_.episodes.begin(), story_.episodes.end(),
                       [](const Episode& one) { return !one.incident.is_open(); });
  }
  bool everybody() const {
    return kind_ == Kind::open && story_.rule.kind == Rule::Kind::heartbeat && story_.episodes.size() > 2 &&
           story_.episodes.size() >= story_.keys;
  }

  std::string prefix() const {
    switch (kind_) {
      case Kind::remind: return "still ";
      case Kind::resolve: return "OVER ";
      case Kind::gone: return "GIVEN UP ";
      case Kind::blind: return "BLIND ";
      default: return {};
    }
  }

  std::string names() const {
    constexpr std::size_t listed = 3;
    const auto count = story_.episodes.size();
    if (count > listed)
      return std::to_string(count) + (story_.keys >= count ? " of " + std::to_string(story_.keys) : "");
    std::string all;
    for (const auto& episode : story_.episodes)
      if (const auto& title = episode.incident.title; !title.empty() && all.find(title) == all.npos)
        all += (all.empty() ? "" : ", ") + on_one_line(title);
    return all;
  }

  std::string headline() const {
    const auto name = names();
    if (kind_ == Kind::resolve || kind_ == Kind::gone)
      return prefix() + (name.empty() ? word_of(story_.rule.kind) : name) + " (" + story_.rule.name + ")";
    return prefix() + word_of(story_.rule.kind) + (name.empty() ? "" : " " + name) + " (" + story_.rule.name + ")" +
           (kind_ == Kind::open && is_over() ? ", over" : "");
  }

  std::string lasted(const Incident& incident) const {
    return duration_text((incident.is_open() ? story_.tau : incident.last_true) - incident.opened);
  }

  std::string fact() const {
    const auto& incident = last_.incident;
    if (kind_ == Kind::resolve) return " after " + lasted(incident);
    if (everybody()) return ": network or port?";
    if (kind_ == Kind::remind || kind_ == Kind::escalate) return ", " + lasted(incident);
    switch (story_.rule.kind) {
      case Rule::Kind::heartbeat:
        if (!story_.last_record) return ": never heard of";
        return ": nothing for " + duration_text(story_.wall - *story_.last_record) + ", last " +
               time_text(*story_.last_record).substr(11);
      case Rule::Kind::pattern:
      case Rule::Kind::first_seen: return incident.count > 1 ? ": " + std::to_string(incident.count) + " times" : "";
      case Rule::Kind::rate: return ": " + story_.rule.condition;
      case Rule::Kind::lag: return incident.detail.empty() ? "" : ": " + incident.detail + " s";
      case Rule::Kind::disk: return incident.detail.empty() ? "" : ": " + fullness(story_.rule, incident.detail);
      default: return {};
    }
  }

  Timestamp wall(Tau time) const { return story_.wall - (story_.tau - time); }

  std::string sentence() const {
    const auto& incident = last_.incident;
    if (!incident.end_reason.empty() && kind_ == Kind::resolve)
      return "This is the end of it because " + incident.end_reason + ".";
    const std::string since = time_text(wall(incident.opened));
    std::string text;
    switch (story_.rule.kind) {
      case Rule::Kind::heartbeat:
        text = story_.last_record ? "Nothing since " + time_text(*story_.last_record) + " (" +
                                        duration_text(story_.wall - *story_.last_record) + ")"
                                  : "No record was ever received";
        if (!story_.usual.empty()) text += "; usual: every " + story_.usual;
        if (!incident.detail.empty()) text += "; " + plain(incident.detail);
        break;
      case Rule::Kind::no_data:
        text = "No bridge receives records since " + since + ". Until one does, nobody can be watched: start ps_bridge";
        break;
      case Rule::Kind::lag:
        text = "Records wait for " + plain(incident.detail) + " s to be passed on, allowed are " +
               plain(story_.rule.condition);
        break;
      case Rule::Kind::disk:
        text = "The disk is at " + fullness(story_.rule, incident.detail) + ", the rule says " +
               plain(story_.rule.condition);
        break;
      default:
        text = std::to_string(incident.count) + (incident.count == 1 ? " record" : " records") + ", first " + since +
               (incident.count > 1 ? ", last " + time_text(wall(incident.last_true)) : "");
    }
    if (!incident.is_open()) text += ". Over since " + time_text(wall(incident.last_true));
    return text + ".";
  }

  std::vector<std::pair<std::string, std::string>> facts() const {
    std::vector<std::pair<std::string, std::string>> all;
    all.emplace_back("Rule", plain(story_.rule.name) + ": " + std::string{name_of(story_.rule.kind)} + " = " +
                                 plain(story_.rule.condition, " "));
    if (!story_.rule.written.empty()) all.emplace_back("Written", on_one_line(story_.rule.written));
    all.emplace_back("Host", plain(story_.host));
    if (last_.incident.opens.size() > 2 && last_.incident.is_open())
      all.emplace_back("Damped", "for the " + std::to_string(last_.incident.opens.size()) +
                                     ". time in 24 h: told to be over after " + duration_text(last_.incident.hold) +
                                     " of calm");
    if (story_.hushed > 0) all.emplace_back("Hushed", std::to_string(story_.hushed) + " more go on and are not told");
    return all;
  }

  /// Names of keys, then how many more.
  void add_list(Draft& draft) const {
    if (story_.episodes.size() < 2) return;
    Draft::Block block{"What it is about", {}};
    std::size_t shown = 0;
    for (const auto& episode : story_.episodes) {
      if (++shown > shown_episodes) break;
      const auto& incident = episode.incident;
      std::string line = incident.is_open() ? "  " : "  over: ";
      line += incident.title.empty() ? "(all)" : on_one_line(incident.title);
      line += ", since " + time_text(wall(incident.opened));
      if (incident.count > 1) line += ", " + std::to_string(incident.count) + " times";
      block.lines.push_back(std::move(line));
    }
    if (story_.episodes.size() > shown_episodes)
      block.lines.push_back("  and " + std::to_string(story_.episodes.size() - shown_episodes) + " more");
    draft.blocks.push_back(std::move(block));
  }

  /// Words of a command line, so that it can be copied into a shell.
  static std::string quoted(const std::string& text) {
    std::string word = "'";
    for (const char c : text)
      if (c == '\'')
        word += "'\\''";
      else
        word += c;
    return word + "'";
  }

  void add_links(Draft& draft) const {
    const auto& incident = last_.incident;
    if (incident.first_id > 0 && !story_.link.empty()) draft.facts.emplace_back("Log", link_of(story_));
    if (!incident.is_open() || incident.id == 0) return;
    draft.facts.emplace_back("Quiet it", "psherald ack " + std::to_string(incident.id));
    draft.facts.emplace_back("or", "psherald silence --rule " + plain(quoted(story_.rule.name)) +
                                       (incident.key.empty() ? "" : " --key " + plain(quoted(incident.key))) +
                                       " --for 2h");
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

std::string link_of(const Story& story) {
  const auto id = story.episodes.back().incident.first_id;
  return story.link.empty() || id == 0 ? story.link : story.link + "/record/" + std::to_string(id);
}

Words word_not_told(const Alert& lost, Tau waited) {
  Draft draft;
  draft.headline = "NOT TOLD: " + plain(lost.receiver, " ");
  draft.sentences.push_back("A message to " + plain(lost.receiver, " ") + " by " + lost.channel +
                            " could not be handed over for " + duration_text(waited) + " and is given up.");
  draft.facts.emplace_back("Subject", plain(lost.subject, " "));
  draft.facts.emplace_back("From", time_text(lost.at));
  draft.blocks.push_back({"What it said", {}});
  std::string_view rest = lost.text;
  constexpr std::size_t most_lines = 40;
  for (std::size_t i = 0; i < most_lines && !rest.empty(); ++i) {
    const auto end = std::min(rest.find('\n'), rest.size());
    draft.blocks.back().lines.push_back("  " + plain(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {lost.kind, cut_subject("[psherald] NOT TOLD " + plain(lost.receiver, " ") + ": " + plain(lost.subject, " ")),
          as_text(draft), as_html(draft)};
}

std::string word_of(Rule::Kind kind) {
  switch (kind) {
    case Rule::Kind::heartbeat: return "SILENT";
    case Rule::Kind::pattern: return "MATCH";
    case Rule::Kind::rate: return "RATE";
    case Rule::Kind::first_seen: return "NEW ERROR";
    case Rule::Kind::lag: return "LAG";
    case Rule::Kind::disk: return "DISK";
    case Rule::Kind::gap: return "LOSS";
    case Rule::Kind::no_data: return "NO DATA";
  }
  return {};
}

std::string line_text(const Line& line) {
  std::string text = line.marked ? "* " : "  ";
  text += time_text(line.received) + " " + plain(line.level, " ") + " " + plain(line.who, " ");
  if (!line.where.empty()) text += " " + plain(line.where, " ");
  return text + "  " + on_one_line(line.message);
}

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
  if (!story.rule.system.empty()) {
    const Writer writer{story};
    const auto draft = writer.draft();
    return {writer.kind(), writer.subject(), as_text(draft), as_html(draft)};
  }
  const Report report{story};
  const auto draft = report.draft();
  return {report.kind(), report.subject(), as_text(draft), as_html(draft)};
}

Words word_digest(const std::vector<Story>& stories) {
  Draft draft;
  std::size_t incidents = 0;
  Kind kind = main_kind(stories.front());
  for (const auto& story : stories) {
    incidents += story.episodes.size();
    if (main_kind(story) == Kind::open) kind = Kind::open;
    const auto words = word(story);
    Draft::Block block{words.subject, {}};
    constexpr std::size_t lines = 12;
    std::string_view rest = words.text;
    for (std::size_t i = 0; i < lines && !rest.empty(); ++i) {
      const auto end = std::min(rest.find('\n'), rest.size());
      if (i > 0 && end > 0) block.lines.push_back("  " + std::string{rest.substr(0, end)});
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    draft.blocks.push_back(std::move(block));
  }
  const std::string what = std::to_string(incidents) + " of " + std::to_string(stories.size()) + " rules";
  draft.headline = "DIGEST: " + what;
  draft.sentences.emplace_back("So much happens that it comes in one message.");
  return {kind, "[psherald] DIGEST " + what, as_text(draft), as_html(draft)};
}

// ---- for programs

namespace {

std::string utc(Timestamp time) { return format_utc(time); }

class JsonWriter {
 public:
  std::string take() && { return std::move(out_); }
  void open(char bracket) { before(), out_ += bracket, first_ = true; }
  void close(char bracket) { out_ += bracket, first_ = false; }
  void name(std::string_view key) { text(key), out_ += ':', first_ = true; }
  void text(std::string_view value) { before(), append_json_string(out_, value); }
  void raw(std::string_view value) { before(), out_ += value; }
  void member(std::string_view key, std::string_view value) { name(key), text(value); }
  void member(std::string_view key, const char* value) { member(key, std::string_view{value}); }
  void member(std::string_view key, std::int64_t value) { name(key), raw(std::to_string(value)); }

 private:
  void before() {
    if (!first_) out_ += ',';
    first_ = false;
  }
  std::string out_{};
  bool first_ = true;
};

void write_incident(JsonWriter& json, const Story& story, const Episode& episode) {
  const auto& incident = episode.incident;
  const auto wall = [&](Tau time) { return utc(story.wall - (story.tau - time)); };
  json.open('{');
  json.member("id", incident.id);
  json.member("rule", story.rule.name);
  json.member("rule_kind", name_of(story.rule.kind));
  json.member("key", plain(incident.key));
  json.member("title", plain(incident.title));
  json.member("kind", name_of(episode.kinds.back()));
  json.member("state", phase_name(incident.phase));
  json.member("opened", wall(incident.opened));
  json.name("ended");
  incident.is_open() ? json.raw("null") : json.text(wall(incident.ended));
  json.member("count", incident.count);
  json.member("opens_24h", static_cast<std::int64_t>(incident.opens.size()));
  json.member("detail", plain(incident.detail));
  json.name("acknowledged");
  incident.acknowledged_by ? json.text(*incident.acknowledged_by) : json.raw("null");
  json.name("fingerprint");
  story.rule.kind == Rule::Kind::first_seen ? json.text(incident.key.substr(0, 16)) : json.raw("null");
  json.close('}');
}

void write_line(JsonWriter& json, const Line& line, bool match) {
  json.open('{');
  json.member("id", line.id);
  json.member("received", utc(line.received));
  json.member("level", plain(line.level));
  json.member("system", plain(line.who));
  json.member("where", plain(line.where));
  json.member("message", plain(cut_utf8(line.message, longest_message)));
  json.name("match");
  json.raw(match ? "true" : "false");
  json.close('}');
}

}  // namespace

std::string json_of(const Alert& alert, const std::vector<Story>& stories) {
  constexpr std::size_t most = 100;
  JsonWriter json;
  json.open('{');
  json.member("version", 1);
  json.member("uid", alert.uid);
  json.member("receiver", alert.receiver);
  json.member("kind", name_of(alert.kind));
  json.member("rule", alert.rule);
  json.member("sent", utc(alert.at));
  json.member("subject", alert.subject);
  json.member("text", alert.text);
  json.member("total", static_cast<std::int64_t>(alert.total));
  json.member("hushed", stories.empty() ? 0 : static_cast<std::int64_t>(stories.front().hushed));
  json.member("link", alert.link);
  json.name("incidents");
  json.open('[');
  std::size_t count = 0;
  for (const auto& story : stories)
    for (const auto& episode : story.episodes)
      if (++count <= most) write_incident(json, story, episode);
  json.close(']');
  json.name("evidence");
  json.open('{');
  json.name("records");
  json.open('[');
  bool truncated = false;
  for (const auto& story : stories) {
    for (const auto& line : story.matches) write_line(json, line, true);
    for (const auto& line : story.around)
      if (!line.marked || story.matches.empty()) write_line(json, line, line.marked);
    truncated = truncated || story.left_out;
  }
  json.close(']');
  json.name("truncated");
  json.raw(truncated ? "true" : "false");
  json.close('}');
  json.close('}');
  return std::move(json).take();
}

}  // namespace psherald::watch
