#pragma once

/// Putting into words what is to be told. No clock, no database.

#include <string>
#include <vector>

#include "watch/story.hpp"

namespace psherald::watch {

struct Words {
  Alert::Kind kind = Alert::Kind::open;
  std::string subject{}, text{}, html{};
};
/// In ps.herald's words where the rule is of ps_neelix.cfg.
Words word(const Story& story);
/// Stories of several rules in one message.
Words word_digest(const std::vector<Story>& stories);
/// What other receivers are told when one of them could not be told for too long.
Words word_not_told(const Alert& lost, Tau waited);

}  // namespace psherald::watch
