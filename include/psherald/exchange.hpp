#pragma once

/// Records in forms that other programs read and write: bytes in and out, no files. docs/exchange.md describes them.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "psherald/record.hpp"

namespace psherald {

/// Appends a line for each record of the batch: a JSON object whose members are the fields of the filter language, with
/// all that a record has, so that a RecordReader gives it back. What is absent has no member. Control characters are
/// escaped, DEL and U+0080 to U+009F too, so a terminal shows the lines and does nothing else.
void append_ndjson(std::string& out, const RecordBatch& batch);

/// Appends the line of names, and one for each record: RFC 4180, the same fields. Made for spreadsheets, not to be read
/// back: a text that they would compute gets an apostrophe in front, and control characters become U+FFFD.
void append_csv_names(std::string& out);
void append_csv(std::string& out, const RecordBatch& batch);

/// A part of a file that gave no record.
struct UnreadLine {
  std::uint64_t number = 0;  ///< From 1.
  std::string reason{};      ///< The end of a sentence: "it is no JSON object".
};

/// Makes records of a file's bytes, as they come.
///
/// NDJSON: what append_ndjson wrote, and objects of others: a member that has the name of a field of the filter
/// language or of an attribute of Python's LogRecord becomes that, when its value fits; all others become attributes.
/// Text: lines as Python's logging writes them. A line that does not fit the pattern belongs to the record before; from
/// "Traceback (most recent call last):" on it is the exception, from "Stack (most recent call last):" on the stack.
///
/// Every record gets a name, `origin` and `origin_id`: the one that it has, else one made of the bytes of its file up
/// to its first line. So a file that is read again, or has grown since, gives the same names: a LogStore stores each
/// record once. `received` is `created` where the file does not say it, and the epoch where there is neither.
/// Times without a zone are local. Bytes that are not UTF-8 become U+FFFD. Memory: the longest line, and of a text the
/// record that is not whole yet. Threads: one at a time.
class RecordReader {
 public:
  enum class Format { ndjson, text };
  static constexpr std::size_t max_line_bytes = 16u << 20;   ///< A longer line is not read.
  static constexpr std::size_t max_record_bytes = 1u << 20;  ///< Lines of one record of a text beyond it are not read.

  struct Options {
    Format format = Format::ndjson;
    /// For text, in Python's percent form: "%(asctime)s %(levelname)s %(name)s: %(message)s". Empty: that one, the same
    /// with " - " between and the name first, the same without a name, or, when the first record has no time,
    /// logging.BASIC_FORMAT.
    std::string pattern{};
    /// Of asctime, as strptime has it, with %f for a fraction. Empty: Python's own, or ISO 8601 with or without a zone.
    std::string date_format{};
    std::function<void(const UnreadLine&)> on_unread{};  ///< Must not throw.
  };
  /// @throws Error bad_config: a pattern that is none, or without %(message)s
  explicit RecordReader(Options options);
  RecordReader(RecordReader&&) noexcept;
  RecordReader& operator=(RecordReader&&) noexcept;
  ~RecordReader();

  /// Appends the records that are whole. Of a text the last one is kept back, since lines of it may follow.
  void read(std::string_view bytes, RecordBatch& batch);
  /// There is no more. Half a last line is left out, unless nobody goes on writing it (`complete`) or it is a whole
  /// object already. False: something was left out.
  bool finish(RecordBatch& batch, bool complete);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace psherald
