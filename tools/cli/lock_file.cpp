#include "cli/lock_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "cli/failure.hpp"

namespace psherald::cli {
namespace {

[[noreturn]] void fail(const std::string& path) {
  throw Failure{EX_CANTCREAT, "cannot lock " + path + ": " + std::strerror(errno)};
}

std::string holder(int descriptor) {
  std::array<char, 32> text{};
  const auto size = ::pread(descriptor, text.data(), text.size(), 0);
  return size > 0 ? std::string{text.data(), std::strcspn(text.data(), "\n")} : "unknown";
}

/// Whether the path still names the file that is open: its holder removes it when it ends.
bool is_at(const std::string& path, int descriptor) {
  struct stat opened, named;
  return ::fstat(descriptor, &opened) == 0 && ::stat(path.c_str(), &named) == 0 && opened.st_ino == named.st_ino &&
         opened.st_dev == named.st_dev;
}

}  // namespace

AlreadyRunning::AlreadyRunning(const std::string& text) : Failure{EX_TEMPFAIL, text} {}

LockFile::LockFile(std::string path) : path_{std::move(path)} {
  while (!take()) ::close(std::exchange(descriptor_, -1));
}

LockFile::LockFile(LockFile&& other) noexcept
    : path_{std::move(other.path_)}, descriptor_{std::exchange(other.descriptor_, -1)} {}

LockFile::~LockFile() {
  if (descriptor_ < 0) return;
  ::unlink(path_.c_str());
  ::close(descriptor_);
}

bool LockFile::take() {
  descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (descriptor_ < 0) fail(path_);
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (::fcntl(descriptor_, F_OFD_SETLK, &whole) != 0) {
    const int reason = errno;
    const std::string process = holder(descriptor_);
    ::close(std::exchange(descriptor_, -1));
    errno = reason;
    if (reason != EAGAIN && reason != EACCES) fail(path_);
    throw AlreadyRunning{"process " + process + " is running already and holds " + path_};
  }
  if (!is_at(path_, descriptor_)) return false;
  const std::string process = std::to_string(::getpid()) + "\n";
  if (::ftruncate(descriptor_, 0) != 0 || ::pwrite(descriptor_, process.data(), process.size(), 0) < 0) {
    // A full disk: the lock holds all the same, only its note is missing.
  }
  return true;
}

}  // namespace psherald::cli
