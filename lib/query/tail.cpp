#include <algorithm>

#include "psherald/query.hpp"
#include "store/sqlite.hpp"

namespace psherald {

Tail::Tail(const LogStore& store, Filter filter, RecordId after, Zone zone)
    : store_{&store}, filter_{std::move(filter)}, zone_{zone}, position_{after} {}

RecordBatch Tail::next(std::size_t limit) {
  auto* db = store_->native_handle();
  // The first tells of others' commits, the second of those through this connection.
  const std::pair version{sqlite::integer(db, "PRAGMA data_version").value_or(0),
                          static_cast<std::int64_t>(sqlite3_total_changes64(db))};
  if (version == seen_) return {};
  const auto newest = sqlite::integer(db, "SELECT max(id) FROM entry").value_or(0);
  auto page = find(*store_, {.filter = filter_,
                             .order = Order::oldest_first,
                             .limit = limit,
                             .cursor = position_,
                             .time_base = TimeBase{now(), zone_}});
  if (page.next != 0) {
    position_ = page.next;
  } else {
    position_ = std::max(position_, newest);
    if (page.batch.size() > 0) position_ = std::max(position_, page.batch.records().back().id);
    seen_ = version;
  }
  return std::move(page.batch);
}

}  // namespace psherald
