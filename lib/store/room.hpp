#pragma once

#include <cstdint>
#include <string>

namespace psherald::store {

/// The directory that a file is in, "." when its path names none.
std::string parent_of(const std::string& file);
/// Bytes of a file; 0 when it is not there.
std::uint64_t size_of(const std::string& file) noexcept;
/// What lies beside a database and belongs to it.
std::uint64_t size_of_wal(const std::string& database);
std::uint64_t size_of_ballast(const std::string& database);
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
