#pragma once

/// How psherald reports failure, in two ways and no third:
/// - `Error` is thrown when the caller must act now: a port that is taken, a file that is not a database, a full disk.
/// - `Fault` is a value: what the outside world does all day, such as a bad frame, a lost peer, a queue that is full.
/// Both carry an `Errc` to decide by and a text for people that says what was tried, on what, and why it failed.

#include <string>
#include <system_error>
#include <utility>

namespace psherald {

enum class Errc {
  // frames and records
  frame_too_large = 1,  ///< The length prefix is above the limit.
  frame_cut_off,        ///< The peer closed the connection in the middle of a frame.
  bad_frame,            ///< The bytes are not what the wire format says: a broken pickle, an opcode without operands.
  bad_record,           ///< Well-formed, but no log record: not a dict, or beyond a bound of the decoder.
  // sinks
  queue_full,  ///< A bounded queue had no room; the batch was not taken.
  stopped,     ///< The component is stopping and takes nothing any more.
  // network
  listen,     ///< An address cannot be listened on: taken, not ours, no right.
  peer_lost,  ///< A connection broke.
  // forwarding
  out_of_step,  ///< A batch of another store does not continue what is here of its stream.
  forked,       ///< The same, since that store's log is not the one any more that is here.
  not_allowed,  ///< The stream belongs to another sender, or there is no right.
  // store
  store_open,       ///< The file cannot be opened or created.
  store_foreign,    ///< A file that psherald did not write. It was not touched.
  store_version,    ///< Written by a newer psherald. It was not touched.
  store_corrupt,    ///< SQLite says that the file is damaged.
  store_read_only,  ///< Opened for reading, or the file may not be written.
  store_busy,       ///< Another process kept the database locked for longer than the busy timeout.
  store_full,       ///< No space left on the disk.
  store_io,         ///< Reading or writing failed in another way.
  // configuration and queries
  bad_config,  ///< A config file, option or environment variable is wrong.
  bad_query,   ///< A search that cannot be understood.
  // watching
  watch_lost,  ///< Another watchdog works on this store now.
  not_told,    ///< An alert could not be brought to somebody, or only later.
};

/// The category of Errc: its name is "psherald", its messages are short English sentences.
const std::error_category& error_category() noexcept;

inline std::error_code make_error_code(Errc code) noexcept { return {static_cast<int>(code), error_category()}; }

/// Thrown. `what()` is the whole sentence for people; `code()` compares with Errc.
class Error : public std::system_error {
 public:
  Error(Errc code, std::string text) : std::system_error{make_error_code(code)}, text_{std::move(text)} {}
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  std::string text_;
};

/// Reported. The same two things as a value.
struct Fault {
  Errc code{};
  std::string text;
};

}  // namespace psherald

template <>
struct std::is_error_code_enum<psherald::Errc> : std::true_type {};
