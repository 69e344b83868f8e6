#pragma once

#include <functional>
#include <string>

#include "cli/journal.hpp"

namespace psherald::cli {

/// For LogStore::Options::on_migration of a program: each step becomes a line in the journal, and another one every ten
/// seconds; a terminal shows the percentage as well, and systemd is asked for patience. Lifetime: `journal` outlives
/// it.
std::function<void(const std::string& step, double done)> tell_migration(Journal& journal);

/// "step: 42 %" on stderr where that is a terminal, over the line before until it is done.
void show_progress(const std::string& step, double done);

}  // namespace psherald::cli
