#pragma once

/// Incidents as rows of watch_incident. Functions read and write; transactions are their callers'.

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "store/sqlite.hpp"
#include "watch/state.hpp"

namespace psherald::watch {

using Incidents = std::unordered_map<std::int64_t, IncidentRef>;

IncidentRef read_incident(sqlite3* db, std::int64_t id);
/// Of a rule, those that are open or were opened since then, in their order.
std::vector<IncidentRef> read_incidents(sqlite3* db, std::string_view rule, Tau since);
/// Gives a new one its id; forgets one that was only pending.
void write_incident(sqlite3* db, Incident& incident);
/// Puts what others have decided into the incidents: who has acknowledged which. False: nothing is new.
bool read_acknowledgements(sqlite3* db, const Incidents& incidents);

std::string_view phase_name(Incident::Phase phase) noexcept;

}  // namespace psherald::watch
