#pragma once

/// Messages that were never met, or not for long: told apart by their fingerprints, as long as a call site has few.

#include "watch/judge_case.hpp"

namespace psherald::watch {

/// Takes note of a message that is not new to anybody.
void learn_message(Case& rule, const Sign& sign);
void absorb_message(Case& rule, const Sign& sign);

}  // namespace psherald::watch
