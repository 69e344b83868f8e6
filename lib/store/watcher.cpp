#include "store/watcher.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>

#include "store/room.hpp"

namespace psherald::store {

Watcher::Watcher(const std::string& database) : file_{inotify_init1(IN_NONBLOCK | IN_CLOEXEC)} {
  wal_name_ = std::filesystem::path{database + "-wal"}.filename().string();
  const auto directory = parent_of(database);
  if (file_ >= 0 && inotify_add_watch(file_, directory.c_str(), IN_MODIFY | IN_CREATE | IN_MOVED_TO) < 0) {
    close(file_);
    file_ = -1;
  }
}

Watcher::~Watcher() {
  if (file_ >= 0) close(file_);
}

bool Watcher::take() noexcept {
  if (file_ < 0) return true;
  alignas(inotify_event) std::array<char, 4096> buffer;
  bool news = false;
  for (;;) {
    const auto size = read(file_, buffer.data(), buffer.size());
    if (size <= 0) return news;
    for (ssize_t at = 0; at < size;) {
      inotify_event event;
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const char* name = buffer.data() + at + sizeof event;
      news = news || (event.mask & IN_Q_OVERFLOW) != 0 || (event.len > 0 && wal_name_ == name);
      at += static_cast<ssize_t>(sizeof event + event.len);
    }
  }
}

}  // namespace psherald::store
