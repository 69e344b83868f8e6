#include "store/interner.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <type_traits>

namespace psherald::store {
namespace {

template <class Entry>
std::string insert_sql() {
  std::string sql = "INSERT INTO " + std::string{Table<Entry>::name} + "(first_id, " +
                    std::string{Table<Entry>::columns} + ") VALUES(?";
  for (int i = 0; i < field_count<Entry>; ++i) sql += ", ?";
  return sql + ')';
}

template <class Entry>
std::string rows_sql() {
  return "SELECT id, " + std::string{Table<Entry>::columns} + " FROM " + std::string{Table<Entry>::name} +
         " WHERE id > ?1 ORDER BY id DESC LIMIT ?2";
}

template <class Field>
constexpr bool is_text = std::is_same_v<Field, std::string_view>;

// Copies the entry's texts into one piece of memory and makes it point there.
template <class Entry>
std::unique_ptr<char[]> own(Entry& entry) {
  std::size_t size = 0;
  const auto measure = [&]<class Field>(const Field& field) {
    if constexpr (is_text<Field>) size += field.size();
  };
  std::apply([&](const auto&... field) { (measure(field), ...); }, fields(entry));
  auto texts = std::make_unique<char[]>(size + 1);  // so that an empty text points at something
  char* end = texts.get();
  const auto copy = [&]<class Field>(Field& field) {
    if constexpr (is_text<Field>) {
      if (!present(field)) return;
      std::copy(field.begin(), field.end(), end);
      field = {end, field.size()};
      end += field.size();
    }
  };
  std::apply([&](auto&... field) { (copy(field), ...); }, fields(entry));
  return texts;
}

}  // namespace

template <class Entry>
Interner<Entry>::Interner(sqlite3* db)
    : db_{db},
      insert_{db, insert_sql<Entry>()},
      count_until_{db, "SELECT count(*) FROM " + std::string{Table<Entry>::name} + " WHERE id <= ?1"},
      rows_from_{db, rows_sql<Entry>()},
      row_at_{db, "SELECT " + std::string{Table<Entry>::columns} + " FROM " + std::string{Table<Entry>::name} +
                      " WHERE id = ?1"} {}

template <class Entry>
void Interner<Entry>::load() {
  known_.clear();
  fresh_.clear();
  newest_ = count_ = 0;
  newest_hash_ = 0;
  catch_up();
}

// Rows are added and removed, and numbers never come back; but the whole file may have been replaced by a copy.
template <class Entry>
bool Interner<Entry>::rows_are_as_known() {
  if (count_until_.bind(1, newest_).first_integer() != count_) return false;
  const bool same = !row_at_.bind(1, newest_).step() || hash(read_entry<Entry>(row_at_, 0)) == newest_hash_;
  row_at_.reset();
  return same;
}

template <class Entry>
void Interner<Entry>::catch_up() {
  if (!rows_are_as_known()) return load();
  const std::int64_t before = newest_;
  rows_from_.bind(1, before).bind(2, static_cast<std::int64_t>(max_known));
  while (rows_from_.step()) {
    const auto entry = read_entry<Entry>(rows_from_, 1);
    const auto key = hash(entry);
    const auto row = rows_from_.integer(0);
    if (row > newest_) newest_ = row, newest_hash_ = key;
    remember(key, row, entry);
  }
  if (newest_ != before) count_ = count_until_.bind(1, newest_).first_integer().value_or(0);
}

template <class Entry>
void Interner<Entry>::rows_of(const Dictionary<Entry>& dictionary, std::int64_t first_id,
                              std::vector<std::int64_t>& rows) {
  rows.clear();
  for (std::uint32_t number = 0; number < dictionary.size(); ++number) {
    const auto [begin, end] = known_.equal_range(dictionary.hash(number));
    const auto found = std::find_if(begin, end, [&](const auto& k) { return k.second.entry == dictionary[number]; });
    rows.push_back(found != end ? found->second.row : add(dictionary.hash(number), first_id, dictionary[number]));
  }
}

template <class Entry>
std::int64_t Interner<Entry>::add(std::size_t hash, std::int64_t first_id, const Entry& entry) {
  insert_.bind(1, first_id);
  bind_entry(insert_, 2, entry);
  insert_.run();
  const std::int64_t row = sqlite3_last_insert_rowid(db_);
  remember(hash, row, entry);
  fresh_.emplace_back(hash, row);
  newest_ = row;
  newest_hash_ = hash;
  ++count_;
  return row;
}

template <class Entry>
void Interner<Entry>::remember(std::size_t hash, std::int64_t row, Entry entry) {
  if (known_.size() >= max_known) known_.clear();
  auto texts = own(entry);
  known_.emplace(hash, Known{row, entry, std::move(texts)});
}

template <class Entry>
void Interner<Entry>::go_back_to(const Mark& mark) noexcept {
  for (std::size_t i = mark.fresh; i < fresh_.size(); ++i) {
    const auto [begin, end] = known_.equal_range(fresh_[i].first);
    const auto found = std::find_if(begin, end, [&](const auto& k) { return k.second.row == fresh_[i].second; });
    if (found != end) known_.erase(found);
  }
  fresh_.resize(mark.fresh);
  newest_ = mark.newest;
  newest_hash_ = mark.newest_hash;
  count_ = mark.count;
}

template class Interner<Source>;
template class Interner<Site>;
template class Interner<Process>;

}  // namespace psherald::store
