#pragma once

#include "watch/book.hpp"
#include "watch/store_access.hpp"

namespace psherald::watch {

/// Becomes the newest watchdog of the store. `rules` are those that it is going to judge; a store that nobody has
/// watched yet is read from behind `history`.
void take_over(StoreAccess& store, const std::vector<Rule>& rules, const Moment& now, RecordId history);

/// Judges all rules as of `now`: reads what came since the last time, and stores what is
/// known then, what there is to tell, how far it read, and the log rows and heartbeats of ps.herald's ps_neelix. Many
/// records are several transactions, each of which is whole. With `lazily` what changes nothing for anybody is stored
/// every ten seconds only: it would be found again. Returns watch time. After an Error the book is to be read anew.
Tau judge(Book& book, StoreAccess& store, const Watchdog::Options& options, const Moment& now, bool lazily);

}  // namespace psherald::watch
