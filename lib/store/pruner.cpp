#include "store/pruner.hpp"

#include <algorithm>
#include <limits>

#include "store/room.hpp"

namespace psherald::store {
namespace {

using Clock = std::chrono::steady_clock;

// A transaction deletes blocks for about so long: a block of the longest records takes some ten milliseconds itself.
constexpr std::chrono::milliseconds step_time{5};
// A WAL that is longer counts for no more: to delete records would not make it shorter. It is cut as soon as nobody
// reads.
constexpr std::uint64_t usual_wal_bytes = 16u << 20;
constexpr auto any_time = std::numeric_limits<std::int64_t>::max();

}  // namespace

Pruner::Dictionary::Dictionary(sqlite3* db, const std::string& table)
    : select{db, "SELECT id FROM " + table + " WHERE first_id < ?1"},
      move{db, "UPDATE " + table + " SET first_id = ?2 WHERE id = ?1"},
      remove{db, "DELETE FROM " + table + " WHERE id = ?1"} {}

Pruner::Pruner(sqlite3* db, Writer& writer, std::string file)
    : writer_{writer},
      file_{std::move(file)},
      oldest_{db, "SELECT min(id) FROM entry WHERE id >= ?1"},
      old_ids_{db, "SELECT id FROM entry WHERE id BETWEEN ?1 AND ?2 AND received < ?3 ORDER BY id"},
      delete_range_{db, "DELETE FROM entry WHERE id BETWEEN ?1 AND ?2"},
      delete_values_{db, "DELETE FROM legacy_value WHERE id BETWEEN ?1 AND ?2"},
      note_removed_{db, "INSERT INTO removed VALUES(?1, ?2)"},
      uses_{db, "SELECT id, source, site, proc FROM entry WHERE id > ?1 ORDER BY id LIMIT ?2"},
      auto_vacuum_{db, "PRAGMA auto_vacuum"},
      page_size_{db, "PRAGMA page_size"},
      pages_{db, "PRAGMA page_count"},
      free_pages_{db, "PRAGMA freelist_count"},
      vacuum_{db, "PRAGMA incremental_vacuum(64)"},
      behind_{db,
              "SELECT name, url, start, id FROM cursor WHERE id < ?1 UNION ALL "
              "SELECT 'the watchdog', '', 0, cursor_id FROM watch_run WHERE cursor_id < ?1 AND EXISTS (SELECT 1 FROM "
              "watch_rule)"},
      dictionaries_{{db, "source"}, {db, "site"}, {db, "proc"}} {}

Pruned Pruner::prune(const Retention& keep, std::optional<std::chrono::milliseconds> budget) {
  const auto end = Clock::now() + budget.value_or(std::chrono::milliseconds{0});
  if (!going_on_) {
    from_ = 0;
    aged_ = false;
    if (keep.since) to_search_ += static_cast<std::size_t>(segment_ids);
  }
  going_on_ = false;  // and it stays so when a step throws
  Pruned pruned;
  while (step(keep, pruned.records))
    if (budget && Clock::now() >= end) {
      pruned.more = going_on_ = true;
      break;
    }
  if (pruned.records > 0) pruned.overtaken = overtaken();
  return pruned;
}

std::vector<Cursor> Pruner::overtaken() {
  const RecordId oldest = oldest_.bind(1, std::int64_t{0}).first_integer().value_or(writer_.read_newest_id() + 1);
  std::vector<Cursor> all;
  behind_.bind(1, oldest - 1);
  while (behind_.step())
    all.push_back({std::string{behind_.text(0)}, std::string{behind_.text(1)}, behind_.integer(2), behind_.integer(3)});
  return all;
}

// One transaction, or a look at whether one is needed; false when there is nothing more to do.
bool Pruner::step(const Retention& keep, std::size_t& deleted) {
  if (const auto records = writer_.transaction([&] { return delete_some(keep); }); records > 0) {
    deleted += records;
    // In proportion to what was deleted, so that pruning often costs no more than pruning much.
    to_search_ += 8 * records;
    return true;
  }
  if (keep.since && !aged_) return true;
  if (to_search_ > 0) {
    writer_.transaction([&] { search_on(); });
    return true;
  }
  if (give_back_pages()) return true;
  // What is given back leaves the file with the next checkpoint.
  const auto beside = size_of_wal(file_) + size_of_ballast(file_);
  if (keep.max_bytes && size_of(file_) + beside > *keep.max_bytes) writer_.cut_wal();
  return false;
}

std::size_t Pruner::delete_some(const Retention& keep) {
  const RecordId end = keep.keep_from > 0 ? keep.keep_from : std::numeric_limits<RecordId>::max();
  if (keep.max_bytes && is_above(*keep.max_bytes))
    if (const auto records = delete_oldest(end); records > 0) return records;
  if (!keep.since || aged_) return 0;
  return delete_aged(keep.since->time_since_epoch().count(), end);
}

// Ids go with time but for clocks that were set: so it ends with the first segment that has nothing old.
std::size_t Pruner::delete_aged(std::int64_t before, RecordId end) {
  const auto oldest = oldest_.bind(1, from_).first_integer();
  if (!oldest || *oldest >= end ||
      (segment_of(*oldest) != segment_ && segment_ >= 0 && from_ > 0 && deleted_in_segment_ == 0)) {
    aged_ = true;
    return 0;
  }
  if (segment_of(*oldest) != segment_ || from_ == 0) {
    segment_ = segment_of(*oldest);
    deleted_in_segment_ = 0;
  }
  from_ = *oldest;
  const auto deleted = delete_blocks(segment_, from_, before, end);
  deleted_in_segment_ += deleted;
  return deleted;
}

std::size_t Pruner::delete_oldest(RecordId end) {
  auto oldest = oldest_.bind(1, std::int64_t{0}).first_integer();
  return oldest && *oldest < end ? delete_blocks(segment_of(*oldest), *oldest, any_time, end) : 0;
}

// Block by block from `from` on, which moves on, until the segment ends, or `end` comes, or the step has taken its
// time.
std::size_t Pruner::delete_blocks(std::int64_t segment, RecordId& from, std::int64_t before, RecordId end) {
  const auto end_of_step = Clock::now() + step_time;
  std::vector<RecordId> ids;
  std::size_t deleted = 0;
  do {
    const RecordId last = std::min(from | (block_ids - 1), end - 1);
    ids.clear();
    old_ids_.bind_all(from, last, before);
    while (old_ids_.step()) ids.push_back(old_ids_.integer(0));
    for (auto begin = ids.begin(); begin != ids.end();) {
      auto gap = std::adjacent_find(begin, ids.end(), [](RecordId a, RecordId b) { return b != a + 1; });
      if (gap != ids.end()) ++gap;
      delete_range(*begin, *(gap - 1));
      begin = gap;
    }
    deleted += ids.size();
    from = last + 1;
  } while (from < end && segment_of(from) == segment && Clock::now() < end_of_step);
  if (deleted > 0) forget_in(segment);
  return deleted;
}

void Pruner::forget_in(std::int64_t segment) {
  const auto left = oldest_.bind(1, first_id_of(segment)).first_integer();
  if (left && segment_of(*left) == segment)
    writer_.segments().invalidate(segment);
  else
    writer_.segments().remove(segment, segment);
}

void Pruner::delete_range(RecordId from, RecordId to) {
  delete_range_.bind_all(from, to).run();
  delete_values_.bind_all(from, to).run();
  note_removed_.bind_all(from, to).run();
}

// Pages that are free count only as far as they stay free: the others are given back or used by the records to come.
bool Pruner::is_above(std::uint64_t max_bytes) {
  const auto free = free_pages_.first_integer().value_or(0);
  const auto used = pages_.first_integer().value_or(0) - free + std::min(free, reserve_pages);
  const auto bytes = static_cast<std::uint64_t>(used * page_size_.first_integer().value_or(0));
  return bytes + size_of_ballast(file_) + std::min(size_of_wal(file_), usual_wal_bytes) > max_bytes;
}

void Pruner::begin_search() {
  const RecordId oldest = oldest_.bind(1, std::int64_t{0}).first_integer().value_or(writer_.newest_id() + 1);
  for (auto& dictionary : dictionaries_) {
    dictionary.unused.clear();
    dictionary.select.bind(1, oldest);
    while (dictionary.select.step()) dictionary.unused.insert(dictionary.select.integer(0));
  }
  searched_ = 0;
  searching_ = true;
  generation_ = writer_.generation();
}

// One step; `to_search_` is 0 when there is nothing more to search for. What the search had not met when it reaches the
// newest record, inside a write transaction, is not in use and cannot come into use: other writers hear of it before
// theirs.
void Pruner::search_on() {
  if (!searching_ || generation_ != writer_.generation()) begin_search();
  const auto nothing_left = [&] {
    return std::all_of(std::begin(dictionaries_), std::end(dictionaries_), [](auto& d) { return d.unused.empty(); });
  };
  std::int64_t seen = 0;
  if (!nothing_left()) {
    uses_.bind_all(searched_, segment_ids);
    for (; uses_.step(); ++seen) {
      searched_ = uses_.integer(0);
      for (int i = 0; i < 3; ++i)
        if (const auto row = uses_.integer(i + 1); dictionaries_[i].unused.erase(row) > 0)
          dictionaries_[i].used.emplace_back(row, searched_);
    }
  }
  for (auto& dictionary : dictionaries_) {
    for (const auto& [row, record] : dictionary.used) dictionary.move.bind_all(row, record).run();
    dictionary.used.clear();
  }
  searching_ = seen == segment_ids && !nothing_left();
  to_search_ = searching_ ? to_search_ - std::min(to_search_, static_cast<std::size_t>(segment_ids)) : 0;
  if (searching_ || nothing_left()) return;
  for (auto& dictionary : dictionaries_)
    for (const auto row : std::exchange(dictionary.unused, {})) dictionary.remove.bind(1, row).run();
  writer_.reload_dictionaries();
}

// A step of it; false when there is nothing to give back.
bool Pruner::give_back_pages() {
  if (free_pages_.first_integer() <= reserve_pages) return false;
  if (auto_vacuum_.first_integer() != incremental) return false;  // or no page would ever go
  writer_.transaction([&] { vacuum_.run(); });
  return true;
}

}  // namespace psherald::store
