#include "store/aside.hpp"

#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <tuple>
#include <vector>

#include "psherald/error.hpp"
#include "store/raw_file.hpp"
#include "store/room.hpp"

namespace psherald::store {
namespace {

namespace fs = std::filesystem;

constexpr int attempts = 5;

// What changes when a file is written to.
auto trace(const std::string& file) {
  struct stat status {};
  if (stat(file.c_str(), &status) != 0) status = {};
  return std::tuple{status.st_ino, status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}
auto traces(const std::string& file) { return std::array{trace(file), trace(file + "-journal"), trace(file + "-wal")}; }

[[noreturn]] void fail(const std::string& file, const std::string& copy, std::error_code error) {
  throw Error{error == std::errc::no_space_on_device ? Errc::store_full : Errc::store_io,
              "cannot copy " + file + " to " + copy + ": " + error.message()};
}

void copy_database(const std::string& file, const std::string& copy) {
  const RawFile from{file};
  std::ofstream to{copy, std::ios::binary};
  std::vector<char> bytes(1u << 20);
  std::uint64_t offset = 0;
  for (auto size = from.read(bytes.data(), bytes.size(), offset); size > 0;
       size = from.read(bytes.data(), bytes.size(), offset += size))
    to.write(bytes.data(), static_cast<std::streamsize>(size));
  if (!to.flush()) fail(file, copy, {errno, std::generic_category()});
}

void copy_companion(const std::string& file, const std::string& copy) {
  std::error_code error;
  fs::remove(copy, error);
  fs::copy_file(file, copy, error);
  if (error == std::errc::no_such_file_or_directory) return;
  if (error) fail(file, copy, error);
  fs::permissions(copy, fs::perms::owner_read | fs::perms::owner_write);
}

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
  std::error_code ignored;
  auto base = fs::temp_directory_path(ignored);
  path_ = ((base.empty() ? "/tmp" : base) / "psherald-XXXXXX").string();
  if (mkdtemp(path_.data()) == nullptr)
    throw Error{Errc::store_open, "cannot make a temporary directory " + path_ + ": " + std::strerror(errno) +
                                      "; set TMPDIR to a folder that may be written"};
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void require_room(const std::string& directory, std::uint64_t bytes, const std::string& file) {
  const auto there = free_bytes(directory);
  if (there < bytes)
    throw Error{Errc::store_full, "cannot show " + file + ": a copy of it needs " + mebibytes(bytes) + " in " +
                                      directory + ", and " + mebibytes(there) +
                                      " are free; make room there, or set TMPDIR to a folder that has more"};
}

std::string copy_aside(const std::string& file, const std::string& directory) {
  std::uint64_t bytes = 0;
  for (const auto& [inode, size, seconds, nanoseconds] : traces(file)) bytes += static_cast<std::uint64_t>(size);
  require_room(directory, bytes, file);
  std::string copy = directory + "/original.sqlite";
  for (int attempt = 0; attempt < attempts; ++attempt) {
    const auto before = traces(file);
    copy_database(file, copy);
    for (const std::string companion : {"-journal", "-wal"}) copy_companion(file + companion, copy + companion);
    if (traces(file) == before) return copy;
  }
  throw Error{Errc::store_busy,
              "cannot read " + file + ": it is being written to; stop the program that does, and try again"};
}

}  // namespace psherald::store
