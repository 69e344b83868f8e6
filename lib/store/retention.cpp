#include "store/retention.hpp"

#include <algorithm>

namespace psherald::store {

Retention::Dictionary::Dictionary(sqlite3* db, const std::string& table)
    : select{db, "SELECT id FROM " + table + " WHERE first_id < ?1"},
      move{db, "UPDATE " + table + " SET first_id = ?2 WHERE id = ?1"},
      remove{db, "DELETE FROM " + table + " WHERE id = ?1"} {}

Retention::Retention(sqlite3* db, Writer& writer)
    : writer_{writer},
      oldest_{db, "SELECT min(id) FROM entry WHERE id >= ?1"},
      old_ids_{db, "SELECT id FROM entry WHERE id BETWEEN ?1 AND ?2 AND received < ?3 ORDER BY id"},
      delete_range_{db, "DELETE FROM entry WHERE id BETWEEN ?1 AND ?2"},
      delete_values_{db, "DELETE FROM legacy_value WHERE id BETWEEN ?1 AND ?2"},
      note_removed_{db, "INSERT INTO removed VALUES(?1, ?2)"},
      uses_{db, "SELECT id, source, site, proc FROM entry WHERE id > ?1 ORDER BY id LIMIT ?2"},
      auto_vacuum_{db, "PRAGMA auto_vacuum"},
      free_pages_{db, "PRAGMA freelist_count"},
      vacuum_{db, "PRAGMA incremental_vacuum(64)"},
      dictionaries_{{db, "source"}, {db, "site"}, {db, "proc"}} {}

std::size_t Retention::prune(Timestamp before) {
  std::size_t deleted = 0;
  RecordId from = 0;
  for (bool last = false; !last;) deleted += writer_.transaction([&] { return delete_old(before, from, last); });
  // In proportion to what was deleted, so that pruning often costs no more than pruning much.
  drop_unused(8 * deleted + static_cast<std::size_t>(step_ids));
  if (deleted > 0) give_back_pages();
  return deleted;
}

std::size_t Retention::delete_old(Timestamp before, RecordId& from, bool& last) {
  const auto oldest = oldest_.bind(1, from).first_integer();
  last = !oldest;
  if (last) return 0;
  const auto segment = segment_of(*oldest);
  from = first_id_of(segment + 1);
  std::vector<RecordId> ids;
  old_ids_.bind_all(*oldest, from - 1, std::int64_t{before.time_since_epoch().count()});
  while (old_ids_.step()) ids.push_back(old_ids_.integer(0));
  last = ids.empty();
  for (auto begin = ids.begin(); begin != ids.end();) {
    auto end = std::adjacent_find(begin, ids.end(), [](RecordId a, RecordId b) { return b != a + 1; });
    if (end != ids.end()) ++end;
    delete_range(*begin, *(end - 1));
    begin = end;
  }
  if (!ids.empty()) forget_in(segment);
  return ids.size();
}

void Retention::forget_in(std::int64_t segment) {
  const auto left = oldest_.bind(1, first_id_of(segment)).first_integer();
  if (left && segment_of(*left) == segment)
    writer_.segments().invalidate(segment);
  else
    writer_.segments().remove(segment, segment);
}

void Retention::delete_range(RecordId from, RecordId to) {
  delete_range_.bind_all(from, to).run();
  delete_values_.bind_all(from, to).run();
  note_removed_.bind_all(from, to).run();
}

void Retention::drop_unused(std::size_t budget) {
  for (std::size_t looked_at = 0; looked_at < budget; looked_at += static_cast<std::size_t>(step_ids))
    if (!writer_.transaction([&] { return search_on(); })) return;
}

void Retention::begin_search() {
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

// One step; false when there is nothing more to search for. What the search had not met when it reaches the newest
// record, inside a write transaction, is not in use and cannot come into use: other writers hear of it before theirs.
bool Retention::search_on() {
  if (!searching_ || generation_ != writer_.generation()) begin_search();
  const auto nothing_left = [&] {
    return std::all_of(std::begin(dictionaries_), std::end(dictionaries_), [](auto& d) { return d.unused.empty(); });
  };
  std::int64_t seen = 0;
  if (!nothing_left()) {
    uses_.bind_all(searched_, step_ids);
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
  searching_ = seen == step_ids && !nothing_left();
  if (searching_ || nothing_left()) return searching_;
  for (auto& dictionary : dictionaries_)
    for (const auto row : std::exchange(dictionary.unused, {})) dictionary.remove.bind(1, row).run();
  writer_.reload_dictionaries();
  return false;
}

void Retention::give_back_pages() {
  if (auto_vacuum_.first_integer() != incremental) return;  // or no page would ever go
  while (free_pages_.first_integer() > reserve_pages) writer_.transaction([&] { vacuum_.run(); });
}

}  // namespace psherald::store
