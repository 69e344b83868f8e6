#include <algorithm>

#include "query/windows.hpp"
#include "store/dictionary_rows.hpp"

namespace psherald {
namespace {

Record read_record(const sqlite::Statement& row) {
  Record record;
  record.id = row.integer(column::id);
  record.received = Timestamp{std::chrono::microseconds{row.integer(column::received)}};
  if (const auto ago = row.optional_integer(column::created))
    record.created = record.received - std::chrono::microseconds{*ago};
  if (const auto relative = row.optional_integer(column::relative))
    record.relative = std::chrono::microseconds{*relative};
  record.level = static_cast<Level>(row.integer(column::level));
  record.flags = static_cast<Flag>(row.integer(column::flags));
  record.message = row.text(column::message);
  record.exc_text = row.text(column::exc_text);
  record.stack_info = row.text(column::stack_info);
  record.extra = row.text(column::extra);
  record.legacy = row.text(column::legacy);
  record.origin = row.text(column::origin);
  record.origin_id = row.integer(column::origin_id);
  return record;
}

void read_rows(sqlite::Statement& rows, RecordBatch& batch, std::size_t max_bytes) {
  using namespace store;
  constexpr int site = column::source + field_count<Source>, process = site + field_count<Site>;
  while (batch.bytes() < max_bytes && rows.step())
    batch.append(read_record(rows), read_entry<Source>(rows, column::source), read_entry<Site>(rows, site),
                 read_entry<Process>(rows, process));
}

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
  const bool downwards = query.order == Order::newest_first;
  query::Pace pace{query.budget, query.cancel};
  for (query::Windows windows{db, plan, query.order}; !left.empty();) {
    const auto window = windows.next(left, pace.window());
    if (!window.empty()) {
      bind_window(rows, window.from, window.to, static_cast<std::int64_t>(query.limit - page.batch.size()));
      read_rows(rows, page.batch, query.max_bytes);
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
