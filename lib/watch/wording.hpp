#pragma once

/// Putting into words what is to be told. No clock, no database.

#include <string>
#include <vector>

#include "psherald/notifier.hpp"
#include "watch/log_reader.hpp"
#include "watch/rule.hpp"

namespace psherald::watch {

/// An incident, and what of it is to be told.
struct Episode {
  Incident incident{};
  std::vector<Alert::Kind> kinds{};
};

struct Story {
  Rule rule{};  ///< Of a rule that is no longer there only name and system.
  std::string host{};
  Timestamp wall{};                        ///< Now,
  Tau tau{};                               ///< by both clocks.
  std::vector<Episode> episodes{};         ///< In their order, at least one.
  std::optional<Timestamp> last_record{};  ///< Before the silence of the last one.
  std::vector<Line> matches{};             ///< Of the last one.
  std::vector<Line> around{};              ///< What was logged before and behind; the record itself is marked.
  bool left_out = false;                   ///< There are more matches than those.
};

struct Words {
  Alert::Kind kind = Alert::Kind::open;
  std::string subject{}, text{}, html{};
};
Words word(const Story& story);

/// "2 h 5 min", the two largest units.
std::string duration_text(Tau duration);

}  // namespace psherald::watch
