#pragma once

#include "psherald/record.hpp"

namespace psherald::store {

/// The logger of psherald's own records about forwarding.
inline constexpr const char* forward_logger = "psherald.forward";

/// Appends psherald's own record that says that others are missing. `store` is where from, when somebody said.
Record& append_gap(RecordBatch& batch, std::string_view text, std::string_view attributes, std::string_view store);

/// A record for each gap of the claim, which says in this log what is missing in it.
RecordBatch gap_records(const Claim& claim);

}  // namespace psherald::store
