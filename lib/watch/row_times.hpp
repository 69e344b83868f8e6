#pragma once

#include <cstdint>

#include "psherald/record.hpp"
#include "watch/tau.hpp"

namespace psherald::watch {

// Times as they stand in rows: whole microseconds.

inline std::int64_t us(Tau time) noexcept { return time.count(); }
inline std::int64_t us(Timestamp time) noexcept { return time.time_since_epoch().count(); }
inline Timestamp timestamp(std::int64_t time) noexcept { return Timestamp{Tau{time}}; }

}  // namespace psherald::watch
