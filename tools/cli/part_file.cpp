#include "cli/part_file.hpp"

#include <fcntl.h>
#include <sysexits.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

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

PartFile::PartFile(std::string file, std::string what)
    : file_{std::move(file)}, part_{file_ + ".part"}, state_{part_ + "-state"}, what_{std::move(what)} {
  if (std::filesystem::is_directory(file_)) throw Failure{EX_CANTCREAT, file_ + " is a directory; name a file in it"};
  interrupted_ = read_state();
  if (!interrupted_) remove_part();
}

// A line with the numbers, and behind it what is written.
std::optional<PartProgress> PartFile::read_state() const {
  std::ifstream state{state_};
  PartProgress progress;
  std::int64_t now = 0;
  if (what_.empty() || !(state >> progress.bytes >> progress.records >> progress.id >> now) || state.get() != '\n')
    return {};
  const std::string what{std::istreambuf_iterator<char>{state}, {}};
  std::error_code error;
  const auto size = std::filesystem::file_size(part_, error);
  if (what != what_ || error || size < progress.bytes) return {};
  progress.now = Timestamp{std::chrono::microseconds{now}};
  return progress;
}

void PartFile::note(const PartProgress& progress) const {
  const auto fresh = state_ + ".new";
  {
    std::ofstream state{fresh, std::ios::trunc};
    state << progress.bytes << ' ' << progress.records << ' ' << progress.id << ' '
          << progress.now.time_since_epoch().count() << '\n'
          << what_;
    if (!state.flush()) throw Failure{EX_IOERR, fresh + " cannot be written: " + std::strerror(errno)};
  }
  sync(fresh, O_RDWR);
  if (::rename(fresh.c_str(), state_.c_str()) != 0)
    throw Failure{EX_IOERR, fresh + " cannot be renamed to " + state_ + ": " + std::strerror(errno)};
}

PartFile::~PartFile() {
  if (!finished_) remove_part();
}

void PartFile::remove_part() const noexcept {
  ::unlink(part_.c_str());
  remove_what_lies_beside();
}

void PartFile::remove_what_lies_beside() const noexcept {
  for (const char* end : {"-state", "-state.new", "-wal", "-shm", "-journal", ".psherald.lock"})
    ::unlink((part_ + end).c_str());
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

ByteOutput::ByteOutput(const std::string& path, std::uint64_t keep) : name_{path} {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
  const auto begin = static_cast<off_t>(keep);
  const bool ready = file >= 0 && ::ftruncate(file, begin) == 0 && ::lseek(file, begin, SEEK_SET) == begin;
  to_ = ready ? ::fdopen(file, "w") : nullptr;
  if (to_) return;
  const int error = errno;
  if (file >= 0) ::close(file);
  throw Failure{EX_CANTCREAT, path + " cannot be created: " + std::strerror(error)};
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

std::uint64_t ByteOutput::sync() {
  end();
  const auto bytes = ::ftello(to_);
  if (bytes < 0 || ::fdatasync(::fileno(to_)) != 0) fail();
  return static_cast<std::uint64_t>(bytes);
}

void ByteOutput::fail() const { throw Failure{EX_IOERR, name_ + " cannot be written: " + std::strerror(errno)}; }

}  // namespace psherald::cli
