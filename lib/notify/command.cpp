#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <thread>

#include "net/curl.hpp"
#include "notify/channels.hpp"
#include "record/utf8.hpp"

namespace psherald::notify {
namespace {

using namespace std::chrono_literals;
using Outcome = Delivery::Outcome;
using Clock = std::chrono::steady_clock;

/// Nothing of ours but these: what stands in a record is a value, never a word of a command.
std::vector<std::string> environment_of(const Alert& alert) {
  constexpr std::size_t longest = 4096;
  std::vector<std::string> all;
  const auto add = [&](const char* name, std::string_view value) {
    std::string text = std::string{name} + "=";
    for (const char c : cut_utf8(value, longest)) text += c == '\0' ? ' ' : c;
    all.push_back(std::move(text));
  };
  const char* path = std::getenv("PATH");
  const char* language = std::getenv("LANG");
  add("PATH", path ? path : "/usr/local/bin:/usr/bin:/bin");
  if (language) add("LANG", language);
  add("PSHERALD_UID", alert.uid);
  add("PSHERALD_KIND", name_of(alert.kind));
  add("PSHERALD_RULE", alert.rule);
  add("PSHERALD_KEY", alert.items.empty() ? std::string{} : alert.items.front().key);
  add("PSHERALD_RECEIVER", alert.receiver);
  add("PSHERALD_SUBJECT", alert.subject);
  add("PSHERALD_LINK", alert.link);
  add("PSHERALD_COUNT", std::to_string(alert.total));
  add("PSHERALD_OPENED", format_utc(alert.at));
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (auto& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

struct Pipe {
  std::array<int, 2> ends{-1, -1};
  bool open() { return ::pipe2(ends.data(), O_CLOEXEC) == 0; }
  void close(int end) {
    if (ends[static_cast<std::size_t>(end)] >= 0) ::close(ends[static_cast<std::size_t>(end)]);
    ends[static_cast<std::size_t>(end)] = -1;
  }
  ~Pipe() { close(0), close(1); }
};

/// Writes what the program takes; ends early when it takes nothing more.
void feed(int to, std::string_view& left) {
  while (!left.empty()) {
    const auto written = ::write(to, left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EAGAIN) return;
    if (written <= 0) return left = {}, void();
    left.remove_prefix(static_cast<std::size_t>(written));
  }
}

Delivery judged(int status, const std::string& name) {
  if (WIFSIGNALED(status))
    return {Outcome::deferred, 0, name + " was ended by signal " + std::to_string(WTERMSIG(status)), {}};
  const int code = WEXITSTATUS(status);
  if (code == 0) return {Outcome::accepted, 250, name + " ended with 0", {}};
  if (code == EX_TEMPFAIL) return {Outcome::deferred, 0, name + " ended with 75: not now", {}};
  return {Outcome::refused, 0, name + " ended with " + std::to_string(code), {}};
}

}  // namespace

Delivery to_command(const Alert& alert, const Command& command, const std::atomic<bool>& stop) {
  const std::string& name = command.argv.front();
  auto argv = command.argv;
  auto environment = environment_of(alert);
  Pipe input;
  if (!input.open()) return {Outcome::deferred, 0, std::string{"cannot make a pipe: "} + std::strerror(errno), {}};

  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&files);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&files, input.ends[0], STDIN_FILENO);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  sigset_t none, usual;
  sigemptyset(&none);
  sigemptyset(&usual);
  for (const int signal : {SIGPIPE, SIGINT, SIGTERM, SIGHUP}) sigaddset(&usual, signal);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &usual);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  pid_t child = 0;
  auto words = pointers(argv);
  auto variables = pointers(environment);
  const int spawned = ::posix_spawn(&child, name.c_str(), &files, &attributes, words.data(), variables.data());
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (spawned != 0) return {Outcome::deferred, 0, "cannot run " + name + ": " + std::strerror(spawned), {}};
  input.close(0);
  ::fcntl(input.ends[1], F_SETFL, O_NONBLOCK);

  // A program that does not read its input must not end us.
  sigset_t pipe_signal, before;
  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
  std::string_view left = alert.json;
  const auto began = Clock::now();
  bool asked = false;
  int status = 0;
  for (;;) {
    if (input.ends[1] >= 0) {
      feed(input.ends[1], left);
      if (left.empty()) input.close(1);
    }
    const auto ended = ::waitpid(child, &status, WNOHANG);
    if (ended == child || (ended < 0 && errno != EINTR)) break;
    const auto past = Clock::now() - began;
    if (!asked && (past >= command.terminate_after || stop)) {
      ::kill(-child, SIGTERM);
      asked = true;
    }
    if (past >= command.kill_after || (stop && past >= command.kill_after - command.terminate_after))
      ::kill(-child, SIGKILL);
    std::this_thread::sleep_for(5ms);
  }
  ::kill(-child, SIGKILL);  // what it has left behind
  const timespec at_once{0, 0};
  while (sigtimedwait(&pipe_signal, nullptr, &at_once) == SIGPIPE) {
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return judged(status, name);
}

}  // namespace psherald::notify
