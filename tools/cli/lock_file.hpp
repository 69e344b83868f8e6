#pragma once

#include <string>

namespace psherald::cli {

/// Keeps a program from running twice: the first one holds a lock on the file, with its process id in it. The kernel
/// lets go of the lock however the program ends; ended in order, the file goes with it.
class LockFile {
 public:
  /// @throws AlreadyRunning; Failure: the file cannot be written.
  explicit LockFile(std::string path);
  LockFile(LockFile&& other) noexcept;
  LockFile& operator=(LockFile&&) = delete;
  ~LockFile();

 private:
  bool take();

  std::string path_;
  int descriptor_ = -1;
};

}  // namespace psherald::cli
