#pragma once

#include <cstdint>
#include <string>

namespace psherald::store {

/// Free bytes of the file system that a file or directory is on, as far as this user may use them; 0 when it is not
/// there.
std::uint64_t free_bytes(const std::string& path) noexcept;
/// Bytes of the whole file system; 0 when the path is not there.
std::uint64_t disk_size(const std::string& path) noexcept;
/// Where SQLite puts its temporary files. Source: sqlite.org/tempfiles.html, 5.
std::string sqlite_temporary_directory();
bool on_same_file_system(const std::string& a, const std::string& b) noexcept;
/// "12 MiB"
std::string mebibytes(std::uint64_t bytes);

}  // namespace psherald::store
