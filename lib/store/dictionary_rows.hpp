#pragma once

/// How an entry of a dictionary lies in its table: the same for the writer and for queries.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include "psherald/record.hpp"
#include "store/sqlite.hpp"

namespace psherald::store {

template <class Entry>
struct Table;
template <>
struct Table<Source> {
  static constexpr std::string_view
      name = "source",
      columns = "produkt_id, system_id, sub_system_id, sub_sub_system_id, user_spec_1, user_spec_2, api_version";
};
template <>
struct Table<Site> {
  static constexpr std::string_view
      name = "site",
      columns = "name, pathname, filename, module, funcname, levelname, package_version, lineno";
};
template <>
struct Table<Process> {
  static constexpr std::string_view name = "proc", columns = "process, process_name, thread, thread_name";
};

/// References to the members, in the order of the columns.
inline auto fields(Source& s) {
  return std::tie(s.produkt_id, s.system_id, s.sub_system_id, s.sub_sub_system_id, s.user_spec_1, s.user_spec_2,
                  s.api_version);
}
inline auto fields(Site& s) {
  return std::tie(s.name, s.pathname, s.filename, s.module, s.funcname, s.levelname, s.package_version, s.lineno);
}
inline auto fields(Process& p) { return std::tie(p.process, p.process_name, p.thread, p.thread_name); }

template <class Entry>
inline constexpr int field_count = std::tuple_size_v<decltype(fields(std::declval<Entry&>()))>;

inline void read_field(const sqlite::Statement& row, int column, std::string_view& field) { field = row.text(column); }
inline void read_field(const sqlite::Statement& row, int column, std::optional<std::int64_t>& field) {
  field = row.optional_integer(column);
}

/// The entry that starts in this column. Its texts are good until the next step.
template <class Entry>
Entry read_entry(const sqlite::Statement& row, int column) {
  Entry entry;
  std::apply([&](auto&... field) { (read_field(row, column++, field), ...); }, fields(entry));
  return entry;
}

/// Binds the entry to the parameters from `index` on.
template <class Entry>
void bind_entry(sqlite::Statement& statement, int index, Entry entry) {
  std::apply([&](const auto&... field) { (statement.bind(index++, field), ...); }, fields(entry));
}

/// Looks up entries by their numbers. Threads: the connection's.
template <class Entry>
class EntryReader {
 public:
  explicit EntryReader(sqlite3* db)
      : row_{db, "SELECT " + std::string{Table<Entry>::columns} + " FROM " + std::string{Table<Entry>::name} +
                     " WHERE id = ?1"} {}

  /// Calls `use` with the entry, whose texts are good until it returns; with an empty one when there is none.
  template <class Use>
  auto read(std::int64_t number, const Use& use) {
    const bool there = row_.bind(1, number).step();
    const auto result = use(there ? read_entry<Entry>(row_, 0) : Entry{});
    row_.reset();
    return result;
  }

 private:
  sqlite::Statement row_;
};

}  // namespace psherald::store
