#pragma once

#include <unistd.h>

#include <filesystem>

namespace psherald::testing {

/// Where tests put their files: in memory where that is possible. No test is about how quick a disk is, and a busy one
/// takes minutes for what they sync.
inline std::filesystem::path temporary_folder() {
  return access("/dev/shm", W_OK) == 0 ? "/dev/shm" : std::filesystem::temp_directory_path();
}

}  // namespace psherald::testing
