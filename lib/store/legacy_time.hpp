#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "psherald/record.hpp"
#include "store/sqlite.hpp"

namespace psherald::store {

/// Reads the times of a ps.herald database: "2026-11-22 09:10:24.318567" in the local zone of this process, and what
/// other programs write there: "T" between date and time, a comma before the fraction, more digits than six, a zone
/// ("Z", "+01:00") behind it. Seconds since 1970 are a time too, as a number or as text, from 1973 on.
class LegacyClock {
 public:
  /// Nothing for what is no time.
  std::optional<Timestamp> read(std::string_view text);
  /// The column's value, whatever its type.
  std::optional<Timestamp> read(const sqlite::Statement& row, int column);

 private:
  std::optional<Timestamp> local_minute(std::string_view minute);

  // Of the row before: finding the zone's offset is what costs, and most rows are of the same minute.
  std::string minute_{};
  std::optional<Timestamp> minute_start_{};
};

}  // namespace psherald::store
