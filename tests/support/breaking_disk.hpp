#pragma once

namespace psherald::testing {

/// What SQLite meets at one of its changes to the disk: writing, cutting or deleting a file, and from which on.
enum class Breakage {
  none,
  killed,          ///< kill -9 in the middle of it: half of what was to be written is there.
  full,            ///< This and all later writes that make a file longer find the disk full.
  temporary_full,  ///< The same of SQLite's temporary files only.
  failing,         ///< This one fails with EIO, as it also may when a file is synced; those after it do not.
  power_lost,      ///< As killed, and of what was not synced any part is missing, in any order, or half there.
};

/// While it lives, SQLite's default VFS breaks at the `at`-th change from its beginning on, the first being 1. Nothing
/// is really synced: that makes no difference to a process that dies, and tests are quicker. Connections end before it
/// does.
class BreakingDisk {
 public:
  explicit BreakingDisk(Breakage breakage = Breakage::none, int at = 0);
  BreakingDisk(const BreakingDisk&) = delete;
  BreakingDisk& operator=(const BreakingDisk&) = delete;
  ~BreakingDisk();
  void mend();  ///< From now on nothing breaks.
};

}  // namespace psherald::testing
