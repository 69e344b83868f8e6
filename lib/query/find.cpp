#include <algorithm>

#include "query/row_reader.hpp"
#include "query/windows.hpp"

namespace psherald {
namespace {

query::Ids behind_cursor(query::Ids ids, const Query& query) {
  if (query.cursor == 0) return ids;
  if (query.order == Order::newest_first)
    ids.to = std::min(ids.to, std::max(query.cursor, RecordId{1}) - 1);
  else if (query.cursor >= ids.from)
    ids.from = std::min(query.cursor, ids.to) + 1;
  return ids;
}

}  // namespace

// Not interrupted but cut into windows of ids: so where it stopped is known, and each call gets on.
Page find(const LogStore& store, const Query& query) {
  auto* db = store.native_handle();
  Page page;
  // First the range: so all names of its records are there when the plan looks at the dictionaries.
  auto left = behind_cursor(query::search_range(db), query);
  Plan plan{db, query.filter, query.time_base.value_or(TimeBase{now(), Zone::utc()})};
  query::narrow(left, plan);
  if (query.limit == 0 || left.empty()) return page;

  auto rows = plan.rows(query.order);
  query::RowReader reader{db, page.batch};
  const bool downwards = query.order == Order::newest_first;
  query::Pace pace{query.budget, query.cancel};
  for (query::Windows windows{db, plan, query.order}; !left.empty();) {
    const auto window = windows.next(left, pace.window());
    if (!window.empty()) {
      bind_window(rows, window.from, window.to, static_cast<std::int64_t>(query.limit - page.batch.size()));
      reader.read(rows, query.max_bytes);
      if (page.batch.size() == query.limit || page.batch.bytes() >= query.max_bytes) {
        const RecordId last = page.batch.records().back().id;
        const bool more = downwards ? last > std::min(window.from, left.from) : last < std::max(window.to, left.to);
        page.next = more ? last : 0;
        return page;
      }
    }
    if (left.empty() || !pace.is_over()) continue;
    page.next = downwards ? left.to + 1 : left.from - 1;
    page.cut = true;
    break;
  }
  return page;
}

}  // namespace psherald
