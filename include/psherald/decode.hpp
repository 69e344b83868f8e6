#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "psherald/record.hpp"
#include "psherald/result.hpp"

namespace psherald {

/// Turns the pickle that Python's SocketHandler sends into a Record. Protocols 0 to 5, Python 2.7 to 3.13 and whatever
/// else writes a dict of attributes.
///
/// A pickle is read as data: nothing that it names is looked up, nothing called. What Python would call becomes an
/// inert value: the well-known ones (datetime, Decimal, UUID, bytes, set, PurePath, Enum ...) are written as people
/// read them, anything else as `<module.Name ...>`. There is no recursion, and every resource is bounded by `Options`.
///
/// The attributes of ps.basic and of Python's LogRecord go into the record's own fields; every other one is kept in
/// `extra` with its type: null, true, 7, 1.5, "text", [lists] and {objects}; what JSON has no type for becomes a text.
/// Times and numbers that do not fit are absent, and kept as they came in `extra`. docs/wire-formats.md has the table.
///
/// Threads: one at a time; keeps its scratch memory between calls. Source: CPython Lib/pickletools.py.
class PythonDecoder {
 public:
  struct Options {
    std::size_t max_opcodes = 200'000;  ///< Opcodes in one pickle. A record of 300 attributes has about 1,500.
    std::size_t max_depth = 64;         ///< Containers within containers, in what is written to `extra`.
    std::size_t max_memo = 100'000;     ///< Entries of the pickle's memo.
    /// A longer integer is written as <int of N digits>; Python's own limit. So are further ones when a pickle has more
    /// of them than four of that length would take time.
    std::size_t max_integer_digits = 4'300;
    std::size_t max_output_bytes = 1u << 20;  ///< Of all text made for one record; what is beyond is cut and says so.
  };
  explicit PythonDecoder(Options options);
  PythonDecoder() : PythonDecoder{Options{}} {}
  PythonDecoder(PythonDecoder&&) noexcept;
  PythonDecoder& operator=(PythonDecoder&&) noexcept;
  ~PythonDecoder();

  /// Decodes the body of one frame and appends it to the batch, without `received`. A Fault leaves the batch as it was.
  Result<void> decode(std::string_view pickle, RecordBatch& batch);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace psherald
