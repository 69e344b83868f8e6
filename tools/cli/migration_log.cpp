#include "cli/migration_log.hpp"

#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>

#include "cli/systemd.hpp"

namespace psherald::cli {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto between_lines = std::chrono::seconds{10};

std::string percentage(double done) { return std::to_string(std::lround(done * 100)) + " %"; }

}  // namespace

void show_progress(const std::string& step, double done) {
  if (::isatty(STDERR_FILENO))
    std::fprintf(stderr, "\r%s: %s%s", step.c_str(), percentage(done).c_str(), done < 1 ? "" : "\n");
}

std::function<void(const std::string&, double)> tell_migration(Journal& journal) {
  return [&journal, last_step = std::string{}, last_line = Clock::time_point{}](const std::string& step,
                                                                                double done) mutable {
    const bool new_step = step != last_step;
    if (new_step || Clock::now() - last_line >= between_lines) {
      journal.log(Level::info, new_step ? step : step + ": " + percentage(done));
      notify_systemd("EXTEND_TIMEOUT_USEC=60000000");
      last_step = step;
      last_line = Clock::now();
    }
    show_progress(step, done);
  };
}

}  // namespace psherald::cli
