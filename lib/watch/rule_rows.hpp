#pragma once

/// What stands in the store about rules, their keys and what they have seen. Functions read and write rows;
/// transactions are their callers'. docs/schema.md describes the tables.

#include <memory>
#include <string>
#include <vector>

#include "store/sqlite.hpp"
#include "watch/incident_rows.hpp"
#include "watch/state.hpp"

namespace psherald::watch {

/// Reads what the store knows of the rule, unless that is of another rule under its name: then it stays new. Incidents
/// that are open, or were opened within a day, are added to `incidents`.
void read_rule(sqlite3* db, RuleState& rule, Tau now, Incidents& incidents);
/// Writes what has changed, gives new incidents their ids.
void write_rule(sqlite3* db, RuleState& rule);
/// Forgets a rule; its incidents stay.
void remove_rule(sqlite3* db, const std::string& name);

/// What the store knows and the rules do not: a rule that is gone, or looks for something else. Of each, its open
/// incidents alone.
std::vector<std::unique_ptr<RuleState>> read_stale(sqlite3* db, const std::vector<std::unique_ptr<RuleState>>& rules,
                                                   Incidents& incidents);

/// The fields of a key as a JSON object.
std::string fields_json(const std::vector<ast::FieldRef>& by, const std::vector<std::string>& values);

}  // namespace psherald::watch
