#include "support/supervised.hpp"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <utility>

extern char** environ;

namespace psherald::testing {

SupervisedCollector::SupervisedCollector(std::string database, std::string listen, std::string poison)
    : words_{PSHERALD_FORWARD_COLLECTOR, std::move(database), std::move(listen), std::move(poison)} {
  thread_ = std::thread{[this] { run(); }};
}

SupervisedCollector::~SupervisedCollector() {
  going_ = false;
  if (const pid_t process = process_) ::kill(process, SIGKILL);
  thread_.join();
}

void SupervisedCollector::run() {
  std::vector<char*> arguments;
  for (auto& word : words_) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  while (going_) {
    pid_t process = 0;
    if (::posix_spawn(&process, arguments.front(), nullptr, nullptr, arguments.data(), environ) != 0) return;
    process_ = process;
    if (!going_) ::kill(process, SIGKILL);
    int status = 0;
    ::waitpid(process, &status, 0);
    process_ = 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 9) ++deaths_;
  }
}

}  // namespace psherald::testing
