#include "store/backup.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "psherald/error.hpp"
#include "store/room.hpp"

namespace psherald::store {
namespace {

constexpr int pages_a_step = 256;  // 4 MiB

[[noreturn]] void fail(const std::string& to, const std::string& what, Errc code = Errc::store_open) {
  throw Error{code, "cannot make the backup " + to + ": " + what};
}

void require_place(sqlite3* db, const std::string& to) {
  struct stat status {};
  if (stat(to.c_str(), &status) == 0) fail(to, "it is there already; choose another name, or remove it");
  const auto bytes = static_cast<std::uint64_t>(sqlite::integer(db, "PRAGMA page_count").value_or(0) *
                                                sqlite::integer(db, "PRAGMA page_size").value_or(0));
  const auto directory = parent_of(to);
  if (access(directory.c_str(), W_OK | X_OK) != 0) fail(to, directory + ": " + std::strerror(errno));
  if (const auto free = free_bytes(directory); free < bytes)
    fail(to, "it needs " + mebibytes(bytes) + ", and " + mebibytes(free) + " are free in " + directory,
         Errc::store_full);
}

/// The file while it is being written; gone when it was not finished.
class Partial {
 public:
  explicit Partial(const std::string& to) : to_{to}, path_{to + ".partial"} {
    unlink(path_.c_str());
    const int made = open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (made < 0) fail(to, std::strerror(errno));
    close(made);
  }
  Partial(const Partial&) = delete;
  Partial& operator=(const Partial&) = delete;
  ~Partial() {
    if (!path_.empty()) unlink(path_.c_str());
  }
  const std::string& path() const noexcept { return path_; }

  void finish() {
    sync(path_, O_RDWR);
    // Unlike rename, it takes no other file's place.
    if (link(path_.c_str(), to_.c_str()) != 0) fail(to_, std::strerror(errno), Errc::store_io);
    unlink(path_.c_str());
    path_.clear();
    sync(parent_of(to_), O_RDONLY | O_DIRECTORY);
  }

 private:
  void sync(const std::string& path, int flags) const {
    const int file = open(path.c_str(), flags | O_CLOEXEC);
    const bool synced = file >= 0 && fsync(file) == 0;
    const int error = errno;
    if (file >= 0) close(file);
    if (!synced) fail(to_, std::strerror(error), Errc::store_io);
  }

  std::string to_, path_;
};

void copy_pages(sqlite3* db, const Partial& partial, const std::function<void(double)>& progress) {
  sqlite3* handle = nullptr;
  const int code =
      sqlite3_open_v2(partial.path().c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  const sqlite::Connection to{handle};
  if (code != SQLITE_OK) throw sqlite::error_of(handle, "make a backup");
  // It is synced once, at its end, and thrown away when it does not get there.
  sqlite::execute(handle, "PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF");
  auto* copying = sqlite3_backup_init(handle, "main", db, "main");
  if (copying == nullptr) throw sqlite::error_of(handle, "make a backup");
  int step;
  while ((step = sqlite3_backup_step(copying, pages_a_step)) == SQLITE_OK)
    if (const int all = sqlite3_backup_pagecount(copying); progress && all > 0)
      progress(1 - static_cast<double>(sqlite3_backup_remaining(copying)) / all);
  sqlite3_backup_finish(copying);
  if (step != SQLITE_DONE) throw sqlite::error_of(handle, "make a backup");
}

}  // namespace

// Within a snapshot: so what is written meanwhile neither starts the copy anew nor gets into it.
void backup(sqlite3* db, const std::string& to, const std::function<void(double)>& progress) {
  const sqlite::Snapshot snapshot{db};
  require_place(db, to);
  Partial partial{to};
  copy_pages(db, partial, progress);
  partial.finish();
}

}  // namespace psherald::store
