#pragma once

#include "watch/draft.hpp"
#include "watch/story.hpp"

namespace psherald::watch {

/// The words of ps.herald's ps_neelix, with more in them: for rules of ps_neelix.cfg.
Draft in_neelix_words(const Story& story);

}  // namespace psherald::watch
