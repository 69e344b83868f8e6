#include "store/room.hpp"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace psherald::store {

std::string parent_of(const std::string& file) {
  const auto parent = std::filesystem::path{file}.parent_path();
  return parent.empty() ? "." : parent.string();
}

std::uint64_t size_of(const std::string& file) noexcept {
  struct stat status {};
  return stat(file.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

std::uint64_t size_of_wal(const std::string& database) { return size_of(database + "-wal"); }
std::uint64_t size_of_ballast(const std::string& database) { return size_of(database + "-ballast"); }

std::uint64_t free_bytes(const std::string& path) noexcept {
  struct statvfs status {};
  return statvfs(path.c_str(), &status) == 0 ? std::uint64_t{status.f_bavail} * status.f_frsize : 0;
}

std::uint64_t disk_size(const std::string& path) noexcept {
  struct statvfs status {};
  return statvfs(path.c_str(), &status) == 0 ? std::uint64_t{status.f_blocks} * status.f_frsize : 0;
}

std::string sqlite_temporary_directory() {
  for (const char* directory : {static_cast<const char*>(std::getenv("SQLITE_TMPDIR")),
                                static_cast<const char*>(std::getenv("TMPDIR")), "/var/tmp", "/usr/tmp", "/tmp"})
    if (directory != nullptr && access(directory, W_OK | X_OK) == 0) return directory;
  return ".";
}

bool on_same_file_system(const std::string& a, const std::string& b) noexcept {
  struct stat status_a {
  }, status_b{};
  return stat(a.c_str(), &status_a) == 0 && stat(b.c_str(), &status_b) == 0 && status_a.st_dev == status_b.st_dev;
}

std::string mebibytes(std::uint64_t bytes) { return std::to_string((bytes + (1 << 20) - 1) >> 20) + " MiB"; }

}  // namespace psherald::store
