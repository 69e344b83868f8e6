#pragma once

#include <cstdint>
#include <string>

namespace psherald::store {

/// A file beside the database that holds room on its disk. When the disk is full it is dropped, so that records can be
/// removed: SQLite needs room for that, too. It is there again as soon as there is room for it and for more.
///
/// Where it cannot be made for any other reason than want of room, it does without.
class Ballast {
 public:
  /// Makes the file, of so many bytes or an eighth of a small disk; none for 0.
  Ballast(const std::string& database, std::uint64_t bytes);

  /// The disk is full.
  void drop() noexcept;
  /// False while the disk is too full for it.
  bool restore() noexcept;

 private:
  std::string file_{};
  std::uint64_t bytes_ = 0;
  bool there_ = false;
};

}  // namespace psherald::store
