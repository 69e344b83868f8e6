#pragma once

#include "page/html.hpp"
#include "psherald/log_store.hpp"

namespace psherald::page {

/// What came in and could not be read: the newest dead letters, as rows of a table.
void write_refused(Html& html, const LogStore& store);
/// Where records go on to, and how many wait: a section. Nothing where there is no destination.
void write_destinations(Html& html, const LogStore& store);

}  // namespace psherald::page
