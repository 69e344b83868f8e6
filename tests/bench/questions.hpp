#pragma once

#include <string>

/// Asks a store of the benchmark's records every kind of question, and prints how long the answers took: the median and
/// the worst of several times, over a fresh connection each time; at last what memory it took.
void ask_all(const std::string& database);
