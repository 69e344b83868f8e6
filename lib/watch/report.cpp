#include "watch/report.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "watch/message_text.hpp"

namespace psherald::watch {
namespace {

using Kind = Alert::Kind;

constexpr std::size_t shown_episodes = 20;

/// "95.2 %", "1.9 GiB free"
std::string fullness(const Rule& rule, const std::string& detail) {
  const double value = std::strtod(detail.c_str(), nullptr);
  const bool percent = rule.condition.ends_with('%');
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), percent ? "%.1f %%" : "%.1f GiB free",
                percent ? value : value / (1024.0 * 1024 * 1024));
  return text.data();
}

class Report {
 public:
  explicit Report(const Story& story) : story_{story}, last_{story.episodes.back()}, kind_{main_kind(story)} {}

  Draft draft() const {
    Draft draft;
    draft.subject = cut_subject(plain("[psherald] " + headline() + fact(), " "));
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
    add_evidence(draft, story_);
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

  std::string sentence() const {
    const auto& incident = last_.incident;
    if (!incident.end_reason.empty() && kind_ == Kind::resolve)
      return "This is the end of it because " + incident.end_reason + ".";
    const std::string since = time_text(wall(story_, incident.opened));
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
               (incident.count > 1 ? ", last " + time_text(wall(story_, incident.last_true)) : "");
    }
    if (!incident.is_open()) text += ". Over since " + time_text(wall(story_, incident.last_true));
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
      line += ", since " + time_text(wall(story_, incident.opened));
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

}  // namespace

Draft report_of(const Story& story) { return Report{story}.draft(); }

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

}  // namespace psherald::watch
