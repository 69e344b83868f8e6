#pragma once

/// How many come: rates, and records that are missing.

#include "watch/judge_case.hpp"

namespace psherald::watch {

void count_in(Key& key, const Sign& sign);
void absorb_counted(Case& rule, const Sign& sign);
void settle_rate(Case& rule, Key& key, Tau at);

/// An empty one, as wide as the rule's window asks for.
Counter fresh_counter(const Condition& condition);

}  // namespace psherald::watch
