#include "watch/neelix_words.hpp"

#include <algorithm>
#include <utility>

#include "watch/message_text.hpp"

namespace psherald::watch {
namespace {

using Kind = Alert::Kind;

constexpr std::size_t shown_episodes = 20;

std::string cause_of(const Rule& rule) {
  switch (rule.kind) {
    case Rule::Kind::pattern: return "PATTERN FOUND";
    case Rule::Kind::heartbeat: return "SYSTEM HEARTBEAT FAILURE";
    default: return "NO DATA";
  }
}

class Writer {
 public:
  explicit Writer(const Story& story) : story_{story}, last_{story.episodes.back()}, kind_{main_kind(story)} {}

  Draft draft() const {
    Draft draft;
    const auto& [before, behind] = words();
    const std::string what = before + cause_of(story_.rule) + behind;
    draft.subject = cut_subject(plain("neelix  " + story_.rule.system + "  " + what, " "));
    draft.headline = what + ": " + plain(story_.rule.system);
    draft.sentences.push_back(sentence());
    if (kind_ == Kind::gone) draft.sentences.emplace_back("It has been so for a month: nothing more is told of it.");
    if (const auto& reason = last_.incident.end_reason; kind_ == Kind::resolve && !reason.empty())
      draft.sentences.push_back("This is the end of it because " + reason + ".");
    add_facts(draft);
    add_earlier(draft);
    add_evidence(draft, story_);
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

  void add_facts(Draft& draft) const {
    const auto& incident = last_.incident;
    draft.facts = {{"System", plain(story_.rule.system)}, {"Cause", cause_of(story_.rule)}};
    if (!story_.rule.written.empty()) draft.facts.emplace_back("Rule", on_one_line(story_.rule.written));
    draft.facts.emplace_back("Host", plain(story_.host));
    if (story_.rule.kind == Rule::Kind::pattern) {
      draft.facts.emplace_back("Found", found_text(incident));
      draft.facts.emplace_back("State", pattern_state(incident));
    } else {
      draft.facts.emplace_back("Noticed", time_text(wall(story_, incident.opened)));
      if (story_.last_record) draft.facts.emplace_back("Last record", last_record_text(incident));
      if (is_over()) draft.facts.emplace_back("Over", time_text(wall(story_, incident.ended)));
      if (incident.count > 1)
        draft.facts.emplace_back("Times", std::to_string(incident.count) + " within this incident");
    }
  }

  std::string found_text(const Incident& incident) const {
    const auto first = time_text(wall(story_, incident.opened));
    if (incident.count == 1) return "once, " + first;
    return std::to_string(incident.count) + " times, first " + first + ", last " +
           time_text(wall(story_, incident.last_true));
  }

  std::string pattern_state(const Incident& incident) const {
    if (!is_over()) return "goes on; told to be over after " + duration_text(incident.hold) + " without another";
    return "over: none since for " + duration_text(incident.hold);
  }

  std::string last_record_text(const Incident& incident) const {
    const auto until = is_over() ? wall(story_, incident.ended) : story_.wall;
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
      block.lines.push_back(time_text(wall(story_, incident.opened)) + " to " +
                            time_text(wall(story_, incident.last_true)) +
                            (incident.count > 1 ? ", " + std::to_string(incident.count) + " times" : ""));
    }
    draft.blocks.push_back(std::move(block));
  }

  const Story& story_;
  const Episode& last_;
  const Kind kind_;
};

}  // namespace

Draft in_neelix_words(const Story& story) { return Writer{story}.draft(); }

}  // namespace psherald::watch
