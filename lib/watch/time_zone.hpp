#pragma once

/// Local time of a zone by its name. Source: RFC 9636 (TZif), POSIX.1-2017 8.3 (TZ).

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "psherald/record.hpp"
#include "psherald/result.hpp"

namespace psherald::watch {

/// What a clock on the wall shows, in microseconds since its 1970.
using LocalTime = std::chrono::local_time<std::chrono::microseconds>;

/// Cheap to copy. Threads: const calls from several at once.
class TimeZone {
 public:
  TimeZone() = default;  ///< UTC
  /// "UTC", "local" (what TZ says, else the system) or a name of the system's database, such as "Europe/Berlin".
  static Result<TimeZone> find(std::string_view name);
  /// What a file of the database holds. Empty reason of failure: it is none.
  static Result<TimeZone> read(std::string_view bytes, const std::string& name);
  /// A rule as TZ may hold it: "CET-1CEST,M3.5.0,M10.5.0/3".
  static Result<TimeZone> from_rule(std::string_view rule);

  std::chrono::seconds offset(Timestamp time) const;
  LocalTime to_local(Timestamp time) const;
  /// A time that is skipped when clocks go forward is the one just as long after the skip; one that comes twice is the
  /// first.
  Timestamp to_utc(LocalTime time) const;

 private:
  struct Data;
  std::shared_ptr<const Data> data_{};
};

}  // namespace psherald::watch
