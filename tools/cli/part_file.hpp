#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace psherald::cli {

/// A file that appears when it is whole: it grows as FILE.part. What was left there by an interrupted run goes.
class PartFile {
 public:
  explicit PartFile(std::string file);
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  /// Removes what was not finished, and what SQLite and psherald put beside a database.
  ~PartFile();

  const std::string& path() const noexcept { return part_; }  ///< Of the part.
  /// Writes the part to the disk and gives it its name, in place of what has it. @throws Failure
  void finish();

 private:
  void remove_part() const noexcept;
  void remove_what_lies_beside() const noexcept;

  std::string file_, part_;
  bool finished_ = false;
};

/// Where bytes go: a part, or stdout.
class ByteOutput {
 public:
  ByteOutput() = default;                        ///< stdout
  explicit ByteOutput(const std::string& path);  ///< A new file of mode 0640. @throws Failure
  ByteOutput(const ByteOutput&) = delete;
  ByteOutput& operator=(const ByteOutput&) = delete;
  ~ByteOutput();

  void write(std::string_view bytes);  ///< @throws Failure
  void end();                          ///< Behind the last byte. @throws Failure

 private:
  [[noreturn]] void fail() const;

  std::string name_ = "the output";
  std::FILE* to_ = stdout;
};

}  // namespace psherald::cli
