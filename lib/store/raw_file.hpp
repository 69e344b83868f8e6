#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "store/sqlite.hpp"

namespace psherald::store {

/// The bytes of a database file, whatever they are. Through SQLite's own file, without its looking at what is in it:
/// with any other descriptor of a file that is closed, a process loses all locks that its connections have on it, and
/// the next program that closes the database would think that it is the last one, and delete the WAL under us. Source:
/// sqlite.org/howtocorrupt.html, 2.2.
class RawFile {
 public:
  explicit RawFile(const std::string& file);  ///< @throws Error store_open
  /// Returns how many bytes there were; the others become 0. @throws Error store_io
  std::size_t read(char* to, std::size_t size, std::uint64_t offset) const;

 private:
  std::uint64_t size() const;

  std::string path_;
  sqlite::Connection db_;
  sqlite3_file* file_ = nullptr;
};

}  // namespace psherald::store
