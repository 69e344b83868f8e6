#include <algorithm>

#include "query/finder.hpp"
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

/// Lets go of the state that a statement reads, and of what it was bound to.
struct AtRest {
  sqlite::Statement& statement;
  ~AtRest() {
    statement.reset();
    sqlite3_clear_bindings(statement.get());
  }
};

}  // namespace

Page find(const LogStore& store, const Query& query) { return query::Finder{store.native_handle()}.find(query); }

namespace query {

sqlite::Statement& Finder::rows_for(const Plan& plan, Order order) {
  auto sql = plan.rows_sql(order);
  if (sql != rows_sql_) {
    rows_ = {db_, sql};
    rows_sql_ = std::move(sql);
  }
  plan.bind(rows_);
  return rows_;
}

// Not interrupted but cut into windows of ids: so where it stopped is known, and each call gets on.
Page Finder::find(const Query& query) {
  Page page;
  // First the range: so all names of its records are there when the plan looks at the dictionaries.
  auto left = behind_cursor(search_range(*range_), query);
  Plan plan{db_, query.filter, query.time_base.value_or(TimeBase{now(), Zone::utc()})};
  narrow(left, plan);
  if (query.limit == 0 || left.empty()) return page;

  auto& rows = rows_for(plan, query.order);
  const AtRest afterwards{rows};
  RowReader reader{statements_, page.batch};
  const bool downwards = query.order == Order::newest_first;
  Pace pace{query.budget, query.cancel};
  for (Windows windows{db_, plan, query.order}; !left.empty();) {
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

}  // namespace query
}  // namespace psherald
