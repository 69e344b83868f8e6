#include <algorithm>
#include <utility>

#include "query/plan.hpp"
#include "query/segment_judge.hpp"
#include "query/summary_walk.hpp"
#include "store/dictionary_rows.hpp"

namespace psherald {
namespace {

using Clock = std::chrono::steady_clock;

// Windows are what a time budget is measured in: small at first, so that one that is slow does not overrun it by much.
constexpr RecordId first_window = 256, largest_window = store::segment_ids;

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
  sqlite::Statement ends{db, "SELECT (SELECT min(id) FROM entry), (SELECT max(id) FROM entry)"};
  ends.step();
  Ids ids{ends.integer(0), ends.is_null(0) ? 0 : ends.integer(1)};
  if (query.cursor == 0) return ids;
  if (query.order == Order::newest_first)
    ids.to = std::min(ids.to, query.cursor - 1);
  else
    ids.from = std::max(ids.from, query.cursor + 1);
  return ids;
}

// Only where a record can match.
void narrow(Ids& ids, const Plan& plan) {
  const auto oldest = plan.first_possible();
  const auto bounds = plan.ids();
  ids.from = std::max({ids.from, bounds.low, oldest.value_or(bounds.low)});
  ids.to = oldest ? std::min(ids.to, bounds.high) : ids.from - 1;
}

// Takes ids off the end at which the search goes on.
Ids take(Ids& left, Order order, RecordId size) {
  size = std::min(size, left.to - left.from + 1);
  Ids taken = left;
  if (order == Order::newest_first)
    left.to = (taken.from = left.to - size + 1) - 1;
  else
    left.from = (taken.to = left.from + size - 1) + 1;
  return taken;
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
  record.origin = row.text(column::origin);
  return record;
}

void read_rows(sqlite::Statement& rows, RecordBatch& batch, std::size_t max_bytes) {
  using namespace store;
  constexpr int site = column::source + field_count<Source>, process = site + field_count<Site>;
  while (batch.bytes() < max_bytes && rows.step())
    batch.append(read_record(rows), read_entry<Source>(rows, column::source), read_entry<Site>(rows, site),
                 read_entry<Process>(rows, process));
}

// Cuts a search into windows: ranges of ids in which a record may be that matches, none longer than a segment.
class Windows {
 public:
  Windows(sqlite3* db, Plan& plan, Order order)
      : order_{order}, judge_{db, plan.judge(), plan.dictionaries()}, walk_{judge_.reader(), order} {}

  /// Takes the next window off `left`, of at most so many ids. Empty when blocks were passed over.
  Ids next(Ids& left, RecordId most) {
    if (!enter_segment(left)) return left = {1, 0};
    const RecordId at = end_of(left);
    const auto in_segment = downwards() ? at - store::first_id_of(segment_) + 1 : store::last_id_of(segment_) - at + 1;
    const bool may = (blocks_ & store::block_of(at)) != 0;
    const auto run = std::min(in_segment, blocks_like(at, may));
    const auto taken = take(left, order_, may ? std::min(run, most) : run);
    return may ? taken : Ids{1, 0};
  }

 private:
  bool downwards() const noexcept { return order_ == Order::newest_first; }
  RecordId& end_of(Ids& left) const noexcept { return downwards() ? left.to : left.from; }

  // Judges the segment that comes next. One without a summary may lie in a gap of any length: then on to the nearest
  // record. False when there is none.
  bool enter_segment(Ids& left) {
    while (store::segment_of(end_of(left)) != segment_) {
      segment_ = store::segment_of(end_of(left));
      const auto* summary = walk_.at(segment_);
      blocks_ = summary ? judge_.masks(*summary).may : store::all_blocks;
      if (summary) break;
      const auto id = downwards() ? judge_.reader().newest_until(left.to) : judge_.reader().oldest_from(left.from);
      if (!id) return false;
      end_of(left) = *id;
    }
    return !left.empty();
  }
  // Ids from this one on, in the order of the search, of blocks with the same bit.
  RecordId blocks_like(RecordId id, bool may) const {
    const auto within = id & (store::block_ids - 1);
    RecordId ids = downwards() ? within + 1 : store::block_ids - within;
    for (auto bit = store::block_of(id); (bit = downwards() ? bit >> 1 : bit << 1) != 0; ids += store::block_ids)
      if (((blocks_ & bit) != 0) != may) break;
    return ids;
  }

  Order order_;
  query::SegmentJudge judge_;
  query::SummaryWalk walk_;
  std::int64_t segment_ = -1;
  store::BlockMask blocks_ = store::no_block;
};

}  // namespace

// Not interrupted but cut into windows of ids: so where it stopped is known, and each call gets on.
Page find(const LogStore& store, const Query& query) {
  auto* db = store.native_handle();
  Page page;
  // First the range: so all names of its records are there when the plan looks at the dictionaries.
  auto left = search_range(db, query);
  Plan plan{db, query.filter, query.time_base.value_or(TimeBase{now(), Zone::utc()})};
  narrow(left, plan);
  if (query.limit == 0 || left.empty()) return page;

  auto rows = plan.rows(query.order);
  const bool downwards = query.order == Order::newest_first;
  const auto started = Clock::now();
  auto looked = started;
  RecordId size = query.budget ? first_window : largest_window;
  for (Windows windows{db, plan, query.order}; !left.empty();) {
    const auto window = windows.next(left, size);
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
    if (!query.budget || left.empty()) continue;
    const auto took = Clock::now() - std::exchange(looked, Clock::now());
    if (looked - started >= *query.budget) {
      page.next = downwards ? left.to + 1 : left.from - 1;
      page.cut = true;
      return page;
    }
    size = next_window(size, took, *query.budget);
  }
  return page;
}

}  // namespace psherald
