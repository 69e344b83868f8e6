#pragma once

#include <cstdint>
#include <string>

namespace psherald::store {

/// A directory of our own under TMPDIR, gone with everything in it at the end.
class TemporaryDirectory {
 public:
  TemporaryDirectory();  ///< @throws Error store_open
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory();
  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

/// @throws Error store_full where a copy of so many bytes of `file` has no room in the directory.
void require_room(const std::string& directory, std::uint64_t bytes, const std::string& file);

/// Copies a database with the journal or WAL that lies beside it into `directory`, so that SQLite can take back or put
/// in there what a writer left unfinished, and the original stays as it is. Returns the copy's path.
/// @throws Error store_full; store_busy when it is written to all the time
std::string copy_aside(const std::string& file, const std::string& directory);

}  // namespace psherald::store
