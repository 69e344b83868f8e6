#pragma once

#include <string>

#include "page/html.hpp"
#include "page/layout.hpp"
#include "psherald/log_store.hpp"

namespace psherald::page {

/// Whether nobody has sent a record yet: there is none, or a few that psherald itself wrote.
bool waits_for_first_record(const LogStore& store);

/// What is shown then: where to send the first one, `ingest` being "HOST:PORT" or "unix:PATH". It looks again by
/// itself.
Html first_run_page(const LogStore& store, const std::string& ingest, Frame frame);

}  // namespace psherald::page
