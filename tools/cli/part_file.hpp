#pragma once

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "psherald/record.hpp"

namespace psherald::cli {

/// How far a part is: the first `bytes` of it are `records` records, the last of which is `id`.
struct PartProgress {
  std::uint64_t bytes = 0, records = 0;
  RecordId id = 0;
  Timestamp now{};  ///< What the filter's times refer to.
};

/// A file that appears when it is whole: it grows as FILE.part. How far it is stands beside it, in FILE.part-state, so
/// that after a kill another run goes on.
class PartFile {
 public:
  /// `what` says what is written, in any words: only a run of the same goes on. Empty: none does.
  explicit PartFile(std::string file, std::string what = {});
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  /// Removes what was not finished, and what SQLite and psherald put beside a database.
  ~PartFile();

  const std::string& path() const noexcept { return part_; }  ///< Of the part.
  /// Where an interrupted run of the same was. What is left of any other is gone.
  const std::optional<PartProgress>& interrupted() const noexcept { return interrupted_; }
  /// The bytes are on the disk. @throws Failure
  void note(const PartProgress& progress) const;
  /// Writes the part to the disk and gives it its name, in place of what has it. @throws Failure
  void finish();

 private:
  std::optional<PartProgress> read_state() const;
  void remove_part() const noexcept;
  void remove_what_lies_beside() const noexcept;

  std::string file_, part_, state_, what_;
  std::optional<PartProgress> interrupted_{};
  bool finished_ = false;
};

/// Where bytes go: a part, or stdout.
class ByteOutput {
 public:
  ByteOutput() = default;  ///< stdout
  /// A file of mode 0640; what is in it from `keep` bytes on goes. @throws Failure
  explicit ByteOutput(const std::string& path, std::uint64_t keep = 0);
  ByteOutput(const ByteOutput&) = delete;
  ByteOutput& operator=(const ByteOutput&) = delete;
  ~ByteOutput();

  void write(std::string_view bytes);  ///< @throws Failure
  void end();                          ///< Behind the last byte. @throws Failure
  /// All bytes are on the disk when it returns how many the file has. @throws Failure
  std::uint64_t sync();

 private:
  [[noreturn]] void fail() const;

  std::string name_ = "the output";
  std::FILE* to_ = stdout;
};

}  // namespace psherald::cli
