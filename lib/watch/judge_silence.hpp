#pragma once

/// Who falls silent: heartbeats, those that are due or learnt, and the bridge.

#include "watch/judge_case.hpp"

namespace psherald::watch {

void absorb_sign_of_life(Case& rule, const Sign& sign);
void settle_silence(Case& rule, Key& key);

/// How long a key was silent, less the time in which nobody could have been heard or nobody had to speak.
Tau silence(const Condition& condition, const Key& key, const Now& now);
/// Whether a heartbeat's key has been silent for more than half of what is allowed.
bool is_suspect(const Condition& condition, const Key& key, const Now& now);

}  // namespace psherald::watch
