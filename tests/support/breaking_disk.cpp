#include "support/breaking_disk.hpp"

#include <sqlite3.h>

#include <csignal>
#include <new>

namespace psherald::testing {
namespace {

Breakage kind = Breakage::none;
int breaks_at = 0, changes = 0;
sqlite3_vfs* real_vfs = nullptr;

struct File {
  sqlite3_file base;
  sqlite3_file* real;
  bool temporary;
};
sqlite3_file* real_of(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real; }

bool breaks() { return ++changes >= breaks_at; }

template <class Change>
int change(Change change) {
  if (breaks() && kind == Breakage::killed) std::raise(SIGKILL);
  return change();
}

int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  auto* real = real_of(file);
  if (breaks()) {
    if (kind == Breakage::killed) {
      real->pMethods->xWrite(real, bytes, size / 2, offset);
      std::raise(SIGKILL);
    }
    sqlite3_int64 length = 0;
    real->pMethods->xFileSize(real, &length);
    const bool full =
        kind == Breakage::full || (kind == Breakage::temporary_full && reinterpret_cast<File*>(file)->temporary);
    if (full && offset + size > length) return SQLITE_FULL;
  }
  return real->pMethods->xWrite(real, bytes, size, offset);
}

int close(sqlite3_file* file) {
  auto* real = real_of(file);
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
      return change([&] { return real_of(f)->pMethods->xTruncate(real_of(f), size); });
    },
    [](sqlite3_file*, int) { return SQLITE_OK; },
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
  auto* opened = new (file) File{{nullptr}, real, name == nullptr};
  real->pMethods = nullptr;
  const int code = real_vfs->xOpen(real_vfs, name, real, flags, got);
  if (real->pMethods != nullptr)
    opened->base.pMethods = &methods;
  else
    sqlite3_free(real);
  return code;
}

sqlite3_vfs breaking_vfs() {
  sqlite3_vfs vfs = *real_vfs;
  vfs.zName = "breaking";
  vfs.szOsFile = sizeof(File);
  vfs.pNext = nullptr;
  vfs.xOpen = open;
  vfs.xDelete = [](sqlite3_vfs*, const char* name, int sync) {
    return change([&] { return real_vfs->xDelete(real_vfs, name, sync); });
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
