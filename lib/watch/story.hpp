#pragma once

/// What a message tells of, and what of it every message shows.

#include <optional>
#include <string>
#include <vector>

#include "psherald/notifier.hpp"
#include "watch/draft.hpp"
#include "watch/log_reader.hpp"
#include "watch/state.hpp"

namespace psherald::watch {

/// An incident, and what of it is to be told.
struct Episode {
  Incident incident{};
  std::vector<Alert::Kind> kinds{};
};

struct Story {
  Rule rule{};  ///< Of a rule that is no longer there only its name.
  std::string host{};
  std::string link{};                      ///< Where the page is; empty: nowhere.
  Timestamp wall{};                        ///< Now,
  Tau tau{};                               ///< by both clocks.
  std::vector<Episode> episodes{};         ///< In their order, at least one.
  std::optional<Timestamp> last_record{};  ///< Before the silence of the last one.
  std::vector<Line> matches{};             ///< Of the last one.
  std::vector<Line> around{};              ///< What was logged before and behind; the record itself is marked.
  bool left_out = false;                   ///< There are more matches than those.
  std::size_t keys = 0;                    ///< That the rule watches.
  std::size_t hushed = 0;                  ///< Incidents that go on and are not told.
  std::string usual{};                     ///< How often the system speaks, where that was learnt.
};

/// A time of the watchdog's by the wall.
inline Timestamp wall(const Story& story, Tau time) { return story.wall - (story.tau - time); }
/// What a message about it is called: an opening, if it tells of one.
Alert::Kind main_kind(const Story& story);
/// Where the page shows what the story is of; empty: nowhere.
std::string link_of(const Story& story);
/// What was logged, and what was around it.
void add_evidence(Draft& draft, const Story& story);

}  // namespace psherald::watch
