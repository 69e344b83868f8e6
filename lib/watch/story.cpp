#include "watch/story.hpp"

#include <algorithm>
#include <utility>

#include "record/lines.hpp"
#include "record/utf8.hpp"
#include "watch/message_text.hpp"

namespace psherald::watch {
namespace {

using Kind = Alert::Kind;

constexpr std::size_t shown_frames = 30;  // lines of a traceback

bool tells(const Episode& episode, Kind kind) {
  return std::count(episode.kinds.begin(), episode.kinds.end(), kind) > 0;
}

Draft::Block block_of(std::string title, const std::vector<Line>& lines) {
  Draft::Block block{std::move(title), {}};
  for (const auto& line : lines) block.lines.push_back(line_text(line));
  return block;
}

void add_traceback(Draft& draft, std::string_view traceback) {
  Draft::Block block{"Its traceback", {}};
  while (!traceback.empty()) block.lines.push_back("  " + plain(cut_utf8(take_line(traceback), longest_message)));
  if (block.lines.empty()) return;
  if (block.lines.size() > shown_frames) block.lines.erase(block.lines.begin(), block.lines.end() - shown_frames);
  draft.blocks.push_back(std::move(block));
}

}  // namespace

Kind main_kind(const Story& story) {
  for (const auto kind : {Kind::open, Kind::escalate})
    if (std::any_of(story.episodes.begin(), story.episodes.end(),
                    [&](const Episode& episode) { return tells(episode, kind); }))
      return kind;
  return story.episodes.back().kinds.back();
}

std::string link_of(const Story& story) {
  const auto id = story.episodes.back().incident.first_id;
  return story.link.empty() || id == 0 ? story.link : story.link + "/record/" + std::to_string(id);
}

void add_evidence(Draft& draft, const Story& story) {
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

}  // namespace psherald::watch
