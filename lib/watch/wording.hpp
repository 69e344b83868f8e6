#pragma once

/// Putting into words what is to be told. No clock, no database.

#include <string>
#include <vector>

#include "psherald/notifier.hpp"
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

struct Words {
  Alert::Kind kind = Alert::Kind::open;
  std::string subject{}, text{}, html{};
};
/// In ps.herald's words where the rule is of ps_neelix.cfg.
Words word(const Story& story);
/// Stories of several rules in one message.
Words word_digest(const std::vector<Story>& stories);
/// The whole of it for programs: docs/alerting.md says what stands where. The alert is complete but for this.
std::string json_of(const Alert& alert, const std::vector<Story>& stories);

/// Where the page shows what the story is of; empty: nowhere.
std::string link_of(const Story& story);
/// What other receivers are told when one of them could not be told for too long.
Words word_not_told(const Alert& lost, Tau waited);
/// "SILENT": how messages call what rules of this kind find.
std::string word_of(Rule::Kind kind);
/// A record as messages show it, in one line.
std::string line_text(const Line& line);
/// "2 h 5 min", the two largest units.
std::string duration_text(Tau duration);

}  // namespace psherald::watch
