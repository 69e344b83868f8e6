#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "psherald/record.hpp"
#include "psherald/result.hpp"

namespace psherald::forward {

/// The first line of a batch: docs/forward-protocol.md, 3.2.
struct BatchHead {
  Claim claim{};            ///< Without peer and owner, which the sender does not say.
  std::size_t records = 0;  ///< Lines of records that follow.
  std::int64_t attempt = 1;
  Timestamp sent{};
};

/// A record that cannot be taken.
struct RefusedLine {
  std::size_t line = 0;  ///< From 0, the head.
  RecordId id = 0;       ///< 0: the line does not say; it came behind `after`.
  RecordId after = 0;
  std::string reason{};  ///< One of the protocol's words.
  std::string text{};
  std::string_view bytes{};  ///< Of the body.
};

struct BatchContent {
  RecordBatch batch{};
  std::vector<RefusedLine> refused{};
};

struct ReadLimits {
  std::size_t record_bytes = 1u << 20;
  bool own_origins_only = false;
};

/// Reads the head and takes it off the body. Errors: bad_frame, with a sentence for the sender.
Result<BatchHead> read_batch_head(std::string_view& body);

/// Reads what follows it. What is wrong with one line costs that line. The body is followed by read_padding bytes of
/// memory that may be read. Errors: bad_frame: there are not as many records as the head says.
Result<BatchContent> read_batch_content(const BatchHead& head, std::string_view body, const ReadLimits& limits);
extern const std::size_t read_padding;

}  // namespace psherald::forward
