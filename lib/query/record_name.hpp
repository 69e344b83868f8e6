#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "psherald/query.hpp"

namespace psherald::query {

/// "4711", a record of this log, or "RUN:4711", which names one wherever it was passed on to.
struct RecordName {
  std::string run{};  ///< Empty: of this log.
  RecordId id = 0;
};
std::optional<RecordName> parse_record_name(std::string_view text);

/// The id that it has here; 0: it is not here. @throws Error store_io
RecordId id_of(const LogStore& store, const RecordName& name);

}  // namespace psherald::query
