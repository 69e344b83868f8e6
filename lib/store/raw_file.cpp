#include "store/raw_file.hpp"

#include <algorithm>
#include <cstring>

namespace psherald::store {

RawFile::RawFile(const std::string& file) : path_{file} {
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr);
  db_.reset(handle);
  if (code != SQLITE_OK)
    throw Error{Errc::store_open, "cannot open the database " + file + ": " +
                                      std::strerror(sqlite3_system_errno(handle)) +
                                      "; give this user the right to read it"};
  sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER, &file_);
}

std::size_t RawFile::read(char* to, std::size_t size, std::uint64_t offset) const {
  const int code = file_->pMethods->xRead(file_, to, static_cast<int>(size), static_cast<sqlite3_int64>(offset));
  if (code == SQLITE_OK) return size;
  if (code != SQLITE_IOERR_SHORT_READ)
    throw Error{Errc::store_io, "cannot read the database " + path_ + ": " + sqlite3_errstr(code)};
  const auto all = this->size();
  return all <= offset ? 0 : std::min<std::uint64_t>(size, all - offset);
}

std::uint64_t RawFile::size() const {
  sqlite3_int64 bytes = 0;
  if (const int code = file_->pMethods->xFileSize(file_, &bytes); code != SQLITE_OK)
    throw Error{Errc::store_io, "cannot read the database " + path_ + ": " + sqlite3_errstr(code)};
  return static_cast<std::uint64_t>(bytes);
}

}  // namespace psherald::store
