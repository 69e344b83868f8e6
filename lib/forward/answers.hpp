#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "psherald/claim.hpp"
#include "psherald/record.hpp"
#include "psherald/result.hpp"

namespace psherald::forward {

/// A record that the receiver does not take.
struct Refused {
  std::string run{};     ///< Empty in the answer to a batch: that of the batch.
  std::size_t line = 0;  ///< In the answer to a batch.
  RecordId id = 0;       ///< 0: the line tells.
  std::string reason{};
};

/// What the receiver says at the beginning: docs/forward-protocol.md, 3.1.
struct Welcome {
  std::string store{};
  Timestamp now{};
  std::size_t records = 5'000, bytes = 4u << 20, record_bytes = 1u << 20;
  bool gzip = false;
  std::vector<Position> marks{};
  std::vector<Refused> refused{};
};
/// Errors: bad_frame: it is none, or no version is known to both.
Result<Welcome> read_welcome(std::string_view body);

/// The answer 200 to a batch.
struct Accepted {
  Position mark{};
  std::vector<Refused> refused{};
};
Result<Accepted> read_accepted(std::string_view body);

/// Of an answer that is a refusal: its code and its sentence, as far as there are any.
struct Rejection {
  std::string code{}, text{};
};
Rejection read_rejection(std::string_view body);

}  // namespace psherald::forward
