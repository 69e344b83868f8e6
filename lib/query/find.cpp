#include <algorithm>
#include <utility>

#include "query/plan.hpp"
#include "store/dictionary_rows.hpp"

namespace psherald {
namespace {

using Clock = std::chrono::steady_clock;

// Windows are what a time budget is measured in: small at first, so that one that is slow does not overrun it by much.
constexpr RecordId first_window = 256, largest_window = 1 << 16;

struct Ids {
  RecordId from, to;  // both included
  bool empty() const noexcept { return from > to; }
};

// Records may have megabytes: a window that took a good part of the budget is followed by a smaller one.
RecordId next_window(RecordId size, Clock::duration took, Clock::duration budget) {
  return took < budget / 32 ? std::min(2 * size, largest_window) : std::max(size / 2, RecordId{1});
}

// What is left to look at behind the cursor.
Ids search_range(sqlite3* db, const Query& query) {
  const auto oldest = first_possible(db, query.filter);
  if (!oldest) return {1, 0};
  sqlite::Statement ends{db, "SELECT (SELECT min(id) FROM entry), (SELECT max(id) FROM entry)"};
  ends.step();
  Ids ids{std::max(*oldest, ends.integer(0)), ends.integer(1)};
  if (ends.is_null(0)) ids.to = 0;
  if (query.cursor == 0) return ids;
  if (query.order == Order::newest_first)
    ids.to = std::min(ids.to, query.cursor - 1);
  else
    ids.from = std::max(ids.from, query.cursor + 1);
  return ids;
}

// Takes a window off the end at which the search goes on.
Ids take_window(Ids& left, Order order, RecordId size) {
  size = std::min(size, left.to - left.from + 1);
  Ids window = left;
  if (order == Order::newest_first)
    left.to = (window.from = left.to - size + 1) - 1;
  else
    left.from = (window.to = left.from + size - 1) + 1;
  return window;
}

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
  return record;
}

void read_rows(sqlite::Statement& rows, RecordBatch& batch, std::size_t max_bytes) {
  using namespace store;
  constexpr int site = column::source + field_count<Source>, process = site + field_count<Site>;
  while (batch.bytes() < max_bytes && rows.step())
    batch.append(read_record(rows), read_entry<Source>(rows, column::source), read_entry<Site>(rows, site),
                 read_entry<Process>(rows, process));
}

void check_pattern(sqlite3* db, const std::string& pattern) {
  const auto most = static_cast<std::size_t>(sqlite3_limit(db, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, -1)) - 2;
  if (pattern.size() > most)
    throw Error{Errc::bad_query, "cannot search for a pattern of " + std::to_string(pattern.size()) +
                                     " bytes: the longest has " + std::to_string(most)};
}

}  // namespace

// Not interrupted but cut into windows of ids: so where it stopped is known, and each call gets on.
Page find(const LogStore& store, const Query& query) {
  auto* db = store.native_handle();
  check_pattern(db, query.filter.pattern);
  Page page;
  auto left = search_range(db, query);
  if (query.limit == 0 || left.empty()) return page;

  sqlite::Statement rows{db, window_sql(query.filter, query.order)};
  bind_filter(rows, query.filter);
  const auto started = Clock::now();
  auto looked = started;
  for (RecordId size = query.budget ? first_window : left.to; !left.empty();) {
    const auto window = take_window(left, query.order, size);
    const auto missing = query.limit - page.batch.size();
    bind_window(rows, window.from, window.to, static_cast<std::int64_t>(missing));
    read_rows(rows, page.batch, query.max_bytes);
    if (page.batch.size() == query.limit || page.batch.bytes() >= query.max_bytes) {
      const RecordId last = page.batch.records().back().id;
      const bool more = query.order == Order::newest_first ? last > std::min(window.from, left.from)
                                                           : last < std::max(window.to, left.to);
      page.next = more ? last : 0;
      return page;
    }
    if (!query.budget || left.empty()) continue;
    const auto took = Clock::now() - std::exchange(looked, Clock::now());
    if (looked - started >= *query.budget) {
      page.next = query.order == Order::newest_first ? window.from : window.to;
      page.cut = true;
      return page;
    }
    size = next_window(size, took, *query.budget);
  }
  return page;
}

}  // namespace psherald
