#include "support/breaking_disk.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <new>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace psherald::testing {
namespace {

Breakage kind = Breakage::none;
int breaks_at = 0, changes = 0;
sqlite3_vfs* real_vfs = nullptr;

// A write, or a cut at its offset, that was not synced yet.
struct Change {
  sqlite3_int64 offset;
  std::string before, after;
  sqlite3_int64 length_before;
  bool cut = false;
};

struct File {
  sqlite3_file base;
  sqlite3_file* real;
  bool temporary;
  std::vector<Change>* unsynced;
};
std::vector<File*> open_files;
File* file_of(sqlite3_file* file) { return reinterpret_cast<File*>(file); }
sqlite3_file* real_of(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real; }

bool breaks() { return ++changes >= breaks_at; }

std::string read_at(sqlite3_file* real, sqlite3_int64 offset, sqlite3_int64 size) {
  sqlite3_int64 length = 0;
  real->pMethods->xFileSize(real, &length);
  std::string bytes(static_cast<std::size_t>(std::clamp<sqlite3_int64>(length - offset, 0, size)), '\0');
  if (!bytes.empty()) real->pMethods->xRead(real, bytes.data(), static_cast<int>(bytes.size()), offset);
  return bytes;
}
void write_at(sqlite3_file* real, sqlite3_int64 offset, std::string_view bytes) {
  if (!bytes.empty()) real->pMethods->xWrite(real, bytes.data(), static_cast<int>(bytes.size()), offset);
}

void note(sqlite3_file* file, sqlite3_int64 offset, std::string_view after, bool cut) {
  if (kind != Breakage::power_lost) return;
  sqlite3_int64 length = 0;
  real_of(file)->pMethods->xFileSize(real_of(file), &length);
  const auto changed = cut ? length - offset : static_cast<sqlite3_int64>(after.size());
  file_of(file)->unsynced->push_back(
      {offset, read_at(real_of(file), offset, changed), std::string{after}, length, cut});
}

void lose_power() {
  std::minstd_rand random{static_cast<unsigned>(breaks_at)};
  for (auto* file : open_files) {
    auto* real = file->real;
    auto& changes = *file->unsynced;
    for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
      write_at(real, change->offset, change->before);
      real->pMethods->xTruncate(real, change->length_before);
    }
    for (const auto& change : changes) {
      const auto fate = random() % 4;
      if (fate < 2) continue;
      if (change.cut)
        real->pMethods->xTruncate(real, change.offset);
      else
        write_at(real, change.offset, std::string_view{change.after}.substr(0, change.after.size() / (fate - 1)));
    }
  }
  std::raise(SIGKILL);
}

bool dies() { return kind == Breakage::killed || kind == Breakage::power_lost; }
[[noreturn]] void die() {
  if (kind == Breakage::power_lost) lose_power();
  std::raise(SIGKILL);
  std::abort();
}

template <class Work>
int change(Work work) {
  if (!breaks()) return work();
  if (dies()) die();
  return kind == Breakage::failing && changes == breaks_at ? SQLITE_IOERR : work();
}

int sync(sqlite3_file* file, int) {
  if (kind == Breakage::failing && ++changes == breaks_at) return SQLITE_IOERR_FSYNC;
  file_of(file)->unsynced->clear();
  return SQLITE_OK;
}

int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  auto* real = real_of(file);
  if (breaks()) {
    if (kind == Breakage::killed) real->pMethods->xWrite(real, bytes, size / 2, offset);
    if (dies()) die();
    if (kind == Breakage::failing && changes == breaks_at) return SQLITE_IOERR_WRITE;
    sqlite3_int64 length = 0;
    real->pMethods->xFileSize(real, &length);
    const bool full =
        kind == Breakage::full || (kind == Breakage::temporary_full && reinterpret_cast<File*>(file)->temporary);
    if (full && offset + size > length) return SQLITE_FULL;
  }
  note(file, offset, {static_cast<const char*>(bytes), static_cast<std::size_t>(size)}, false);
  return real->pMethods->xWrite(real, bytes, size, offset);
}

int close(sqlite3_file* file) {
  auto* real = real_of(file);
  std::erase(open_files, file_of(file));
  delete file_of(file)->unsynced;
  const int code = real->pMethods->xClose(real);
  sqlite3_free(real);
  return code;
}

const sqlite3_io_methods methods{
    3,
    close,
    [](sqlite3_file* f, void* to, int size, sqlite3_int64 at) {
      return real_of(f)->pMethods->xRead(real_of(f), to, size, at);
    },
    write,
    [](sqlite3_file* f, sqlite3_int64 size) {
      return change([&] {
        note(f, size, {}, true);
        return real_of(f)->pMethods->xTruncate(real_of(f), size);
      });
    },
    sync,
    [](sqlite3_file* f, sqlite3_int64* size) { return real_of(f)->pMethods->xFileSize(real_of(f), size); },
    [](sqlite3_file* f, int lock) { return real_of(f)->pMethods->xLock(real_of(f), lock); },
    [](sqlite3_file* f, int lock) { return real_of(f)->pMethods->xUnlock(real_of(f), lock); },
    [](sqlite3_file* f, int* out) { return real_of(f)->pMethods->xCheckReservedLock(real_of(f), out); },
    [](sqlite3_file* f, int operation, void* argument) {
      return real_of(f)->pMethods->xFileControl(real_of(f), operation, argument);
    },
    [](sqlite3_file* f) { return real_of(f)->pMethods->xSectorSize(real_of(f)); },
    [](sqlite3_file* f) { return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f)); },
    [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
      return real_of(f)->pMethods->xShmMap(real_of(f), page, size, extend, out);
    },
    [](sqlite3_file* f, int offset, int n, int flags) {
      return real_of(f)->pMethods->xShmLock(real_of(f), offset, n, flags);
    },
    [](sqlite3_file* f) { real_of(f)->pMethods->xShmBarrier(real_of(f)); },
    [](sqlite3_file* f, int remove) { return real_of(f)->pMethods->xShmUnmap(real_of(f), remove); },
    [](sqlite3_file*, sqlite3_int64, int, void** page) {
      *page = nullptr;  // no memory map: it would be a way around write()
      return SQLITE_OK;
    },
    [](sqlite3_file*, sqlite3_int64, void*) { return SQLITE_OK; },
};

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* got) {
  auto* real = static_cast<sqlite3_file*>(sqlite3_malloc(real_vfs->szOsFile));
  if (real == nullptr) return SQLITE_NOMEM;
  auto* opened = new (file) File{{nullptr}, real, name == nullptr, nullptr};
  real->pMethods = nullptr;
  const int code = real_vfs->xOpen(real_vfs, name, real, flags, got);
  if (real->pMethods == nullptr) {
    sqlite3_free(real);
    return code;
  }
  opened->base.pMethods = &methods;
  opened->unsynced = new std::vector<Change>;
  open_files.push_back(opened);
  return code;
}

sqlite3_vfs breaking_vfs() {
  sqlite3_vfs vfs = *real_vfs;
  vfs.zName = "breaking";
  vfs.szOsFile = sizeof(File);
  vfs.pNext = nullptr;
  vfs.xOpen = open;
  vfs.xDelete = [](sqlite3_vfs*, const char* name, int) {
    return change([&] { return real_vfs->xDelete(real_vfs, name, 0); });
  };
  return vfs;
}

}  // namespace

BreakingDisk::BreakingDisk(Breakage breakage, int at) {
  kind = breakage;
  breaks_at = at;
  changes = 0;
  if (real_vfs == nullptr) real_vfs = sqlite3_vfs_find(nullptr);
  static sqlite3_vfs vfs = breaking_vfs();
  sqlite3_vfs_register(&vfs, 1);
}

void BreakingDisk::mend() { kind = Breakage::none; }

BreakingDisk::~BreakingDisk() {
  mend();
  sqlite3_vfs_register(real_vfs, 1);
}

}  // namespace psherald::testing
