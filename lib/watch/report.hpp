#pragma once

#include "psherald/watchdog.hpp"
#include "watch/draft.hpp"
#include "watch/story.hpp"

namespace psherald::watch {

/// psherald's own words.
Draft report_of(const Story& story);
/// "SILENT": how messages call what rules of this kind find.
std::string word_of(Rule::Kind kind);

}  // namespace psherald::watch
