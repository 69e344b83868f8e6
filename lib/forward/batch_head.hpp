#pragma once

#include <cstdint>
#include <string>

#include "forward/log_part.hpp"
#include "psherald/forwarder.hpp"

namespace psherald::forward {

/// The whole body of a batch: the head that read_batch_head reads, and the lines of the part.
/// docs/forward-protocol.md, 3.2.
std::string batch_body(const LogPart& part, const Cursor& cursor, const Forwarder::Options& options,
                       std::int64_t attempt, Timestamp sent);

}  // namespace psherald::forward
