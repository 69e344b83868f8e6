#pragma once

#include <string>

#include "page/html.hpp"
#include "page/layout.hpp"
#include "psherald/log_store.hpp"

namespace psherald::page {

/// Whether nobody has sent a record yet: there is none, or a few that psherald itself wrote.
bool waits_for_first_record(const LogStore& store);

/// Where the first record may be sent.
struct Doors {
  std::string ingest{};  ///< "HOST:PORT" or "unix:PATH"; empty: to a bridge that this process does not know.
  std::string page{};    ///< "http://HOST:PORT", where records are taken as JSON; empty: they are not.
  bool guarded = false;  ///< Programs need a token.
};

/// What is shown then: how to send the first one, where it is kept, and what was refused. It looks again by itself.
Html first_run_page(const LogStore& store, const Doors& doors, Frame frame);

}  // namespace psherald::page
