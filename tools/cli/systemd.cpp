#include "cli/systemd.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string_view>

namespace psherald::cli {
namespace {

/// The number that a variable holds; -1 when it holds none.
long number_in(const char* variable) {
  const char* text = std::getenv(variable);
  if (!text || !*text) return -1;
  char* end = nullptr;
  const long number = std::strtol(text, &end, 10);
  return *end ? -1 : number;
}

}  // namespace

std::vector<int> InheritedSockets::all() const {
  auto descriptors = bridge;
  descriptors.insert(descriptors.end(), web.begin(), web.end());
  return descriptors;
}

InheritedSockets inherited_sockets() {
  constexpr int first = 3;
  InheritedSockets sockets;
  if (number_in("LISTEN_PID") != ::getpid()) return sockets;
  const char* names = std::getenv("LISTEN_FDNAMES");
  std::istringstream each{names ? names : ""};
  for (long i = 0, count = number_in("LISTEN_FDS"); i < count; ++i) {
    const int descriptor = first + static_cast<int>(i);
    ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    std::string name;
    std::getline(each, name, ':');
    (name == "web" ? sockets.web : sockets.bridge).push_back(descriptor);
  }
  return sockets;
}

void notify_systemd(const std::string& state) noexcept {
  const char* path = std::getenv("NOTIFY_SOCKET");
  if (!path) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t size = std::strlen(path);
  if (size == 0 || size >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, path, size);
  if (address.sun_path[0] == '@') address.sun_path[0] = 0;  // a name without a file
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return;
  ::sendto(socket, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address),
           static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + size));
  ::close(socket);
}

std::string reloading_state() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  const auto monotonic = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  return "RELOADING=1\nMONOTONIC_USEC=" + std::to_string(monotonic);
}

std::optional<std::chrono::microseconds> watchdog_patience() {
  const long patience = number_in("WATCHDOG_USEC"), process = number_in("WATCHDOG_PID");
  if (patience <= 0 || (process != -1 && process != ::getpid())) return {};
  return std::chrono::microseconds{patience};
}

bool stderr_is_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat file {};
  if (!stream || ::fstat(STDERR_FILENO, &file) != 0) return false;
  return stream == std::to_string(file.st_dev) + ":" + std::to_string(file.st_ino);
}

}  // namespace psherald::cli
