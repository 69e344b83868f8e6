#include "store/wal_guard.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>

#include "psherald/error.hpp"

namespace psherald::store {
namespace {

struct flock whole_file(short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return lock;
}

}  // namespace

WalGuard::WalGuard(const std::string& database)
    : path_{database + ".psherald.lock"}, file_{open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640)} {
  if (file_ >= 0) return;
  const bool no_right = errno == EACCES || errno == EPERM || errno == EROFS;
  throw Error{no_right ? Errc::store_read_only : Errc::store_open,
              "cannot open the lock file " + path_ + ": " + std::strerror(errno) +
                  "; give this user the right to write there, or open the database for reading only"};
}

WalGuard::~WalGuard() { close(file_); }

bool WalGuard::lock(Mode mode, std::chrono::milliseconds timeout) {
  using Clock = std::chrono::steady_clock;
  // There is no waiting with a time limit for such locks: ask again, soon at first.
  const auto end = Clock::now() + timeout;
  for (auto pause = std::chrono::milliseconds{1};; pause = std::min(pause * 2, std::chrono::milliseconds{20})) {
    if (try_lock(mode)) return true;
    if (Clock::now() + pause > end) return false;
    std::this_thread::sleep_for(pause);
  }
}

bool WalGuard::try_lock(Mode mode) {
  auto lock = whole_file(mode == Mode::shared ? F_RDLCK : F_WRLCK);
  if (fcntl(file_, F_OFD_SETLK, &lock) == 0) return true;
  if (errno == EAGAIN || errno == EACCES) return false;
  throw Error{Errc::store_io, "cannot lock " + path_ + ": " + std::strerror(errno) +
                                  "; the database has to lie on a file system with locks"};
}

void WalGuard::unlock() noexcept {
  auto lock = whole_file(F_UNLCK);
  fcntl(file_, F_OFD_SETLK, &lock);
}

}  // namespace psherald::store
