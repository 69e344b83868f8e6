#include "cli/part_file.hpp"

#include <fcntl.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "cli/failure.hpp"

namespace psherald::cli {
namespace {

void sync(const std::string& path, int flags) {
  const int file = ::open(path.c_str(), flags | O_CLOEXEC);
  const bool synced = file >= 0 && ::fsync(file) == 0;
  const int error = errno;
  if (file >= 0) ::close(file);
  if (!synced) throw Failure{EX_IOERR, path + " cannot be written to the disk: " + std::strerror(error)};
}

}  // namespace

PartFile::PartFile(std::string file) : file_{std::move(file)}, part_{file_ + ".part"} {
  if (std::filesystem::is_directory(file_)) throw Failure{EX_CANTCREAT, file_ + " is a directory; name a file in it"};
  remove_part();
}

PartFile::~PartFile() {
  if (!finished_) remove_part();
}

void PartFile::remove_part() const noexcept {
  ::unlink(part_.c_str());
  remove_what_lies_beside();
}

void PartFile::remove_what_lies_beside() const noexcept {
  for (const char* end : {"-wal", "-shm", "-journal", ".psherald.lock"}) ::unlink((part_ + end).c_str());
}

void PartFile::finish() {
  sync(part_, O_RDWR);
  if (::rename(part_.c_str(), file_.c_str()) != 0)
    throw Failure{EX_CANTCREAT, part_ + " cannot be renamed to " + file_ + ": " + std::strerror(errno)};
  finished_ = true;
  remove_what_lies_beside();
  const auto directory = std::filesystem::path{file_}.parent_path().string();
  sync(directory.empty() ? "." : directory, O_RDONLY | O_DIRECTORY);
}

ByteOutput::ByteOutput(const std::string& path) : name_{path} {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  to_ = file < 0 ? nullptr : ::fdopen(file, "w");
  if (!to_) throw Failure{EX_CANTCREAT, path + " cannot be created: " + std::strerror(errno)};
}

ByteOutput::~ByteOutput() {
  if (to_ && to_ != stdout) std::fclose(to_);
}

void ByteOutput::write(std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), to_) != bytes.size()) fail();
}

void ByteOutput::end() {
  if (std::fflush(to_) != 0 || std::ferror(to_) != 0) fail();
}

void ByteOutput::fail() const { throw Failure{EX_IOERR, name_ + " cannot be written: " + std::strerror(errno)}; }

}  // namespace psherald::cli
