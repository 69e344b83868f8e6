#include "store/ballast.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "store/room.hpp"

namespace psherald::store {

Ballast::Ballast(const std::string& database, std::uint64_t bytes)
    : file_{database + "-ballast"}, bytes_{std::min(bytes, disk_size(parent_of(database)) / 8)} {
  restore();
}

void Ballast::drop() noexcept {
  if (there_) unlink(file_.c_str());
  there_ = false;
}

bool Ballast::restore() noexcept {
  if (there_ || bytes_ == 0) return true;
  struct stat status {};
  there_ = stat(file_.c_str(), &status) == 0 && status.st_size == static_cast<off_t>(bytes_);
  if (there_) return true;
  // And for a quarter more, or the next record would take it away again.
  if (free_bytes(parent_of(file_)) < bytes_ + bytes_ / 4) return false;
  const int made = open(file_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  if (made < 0) return true;
  const int error = posix_fallocate(made, 0, static_cast<off_t>(bytes_));
  close(made);
  there_ = error == 0;
  if (!there_) unlink(file_.c_str());
  return error != ENOSPC;
}

}  // namespace psherald::store
