#include "watch/wording.hpp"

#include <string_view>
#include <utility>

#include "record/lines.hpp"
#include "watch/message_text.hpp"
#include "watch/neelix_words.hpp"
#include "watch/report.hpp"

namespace psherald::watch {
namespace {

using Kind = Alert::Kind;

Words words_of(Kind kind, const Draft& draft) { return {kind, draft.subject, as_text(draft), as_html(draft)}; }

}  // namespace

Words word(const Story& story) {
  return words_of(main_kind(story), story.rule.system.empty() ? report_of(story) : in_neelix_words(story));
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
      const auto line = take_line(rest);
      if (i > 0 && !line.empty()) block.lines.push_back("  " + std::string{line});
    }
    draft.blocks.push_back(std::move(block));
  }
  const std::string what = std::to_string(incidents) + " of " + std::to_string(stories.size()) + " rules";
  draft.headline = "DIGEST: " + what;
  draft.sentences.emplace_back("So much happens that it comes in one message.");
  draft.subject = "[psherald] DIGEST " + what;
  return words_of(kind, draft);
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
  for (std::size_t i = 0; i < most_lines && !rest.empty(); ++i)
    draft.blocks.back().lines.push_back("  " + plain(take_line(rest)));
  draft.subject = cut_subject("[psherald] NOT TOLD " + plain(lost.receiver, " ") + ": " + plain(lost.subject, " "));
  return words_of(lost.kind, draft);
}

}  // namespace psherald::watch
