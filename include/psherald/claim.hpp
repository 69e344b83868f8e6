#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace psherald {

/// A place in the log of some store, which means the same whatever becomes of that store's file.
struct Position {
  std::string run{};    ///< 32 hex digits; empty at the beginning of a log.
  std::int64_t id = 0;  ///< The row's number there; 0 at the beginning.
  std::string tag{};    ///< By which that store recognises the row. Empty: not known.
  friend bool operator==(const Position&, const Position&) = default;
};

/// What a batch that another store has sent says of that store's log: of the rows behind `prev`, up to `to`, these
/// records are all that there is to be had. A store takes the batch when it continues what it has of this stream, and
/// keeps `to` as the stream's mark in the same transaction. Source: docs/forward-protocol.md.
struct Claim {
  /// Rows that are there no more, or that cannot be sent.
  struct Gap {
    std::int64_t from = 0, to = 0;
    std::string reason{};  ///< "backlog", "age", "removed" or "too_large".
    friend bool operator==(const Gap&, const Gap&) = default;
  };
  std::string stream{};   ///< 32 hex digits.
  std::string name{};     ///< What the sender calls it, for people.
  std::string store{};    ///< The sender's own name, for people. May be empty.
  std::string peer{};     ///< Where the batch came from, for people.
  std::string owner{};    ///< Who sent it, by token or certificate: nobody else may go on with this stream.
  std::int64_t skew = 0;  ///< By how many microseconds the clock there goes behind ours, the way of the batch included.
  Position prev{}, to{};
  std::vector<Gap> gaps{};
  friend bool operator==(const Claim&, const Claim&) = default;
};

}  // namespace psherald
