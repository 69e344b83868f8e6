#pragma once

/// SQL that reads, for people who know it: over the tables and views of docs/schema.md, such as `log` and `heartbeat`.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "psherald/log_store.hpp"

namespace psherald {

struct SqlQuery {
  std::string text;                              ///< One SELECT, or a WITH or VALUES; at most 64 KiB.
  std::chrono::milliseconds time_limit{10'000};  ///< For SQLite's work; the callback's time does not count.
  std::size_t max_rows = 1'000;                  ///< Further rows are not read.
  std::size_t max_memory_bytes = 256u << 20;     ///< What SQLite may take in this process beyond what it has already.
  std::stop_token cancel{};                      ///< A stop that is requested ends it, from any thread.
};

struct SqlBlob {
  std::string_view bytes;
  friend bool operator==(const SqlBlob&, const SqlBlob&) = default;
};
/// std::monostate: NULL. Text is as the database has it, which need not be UTF-8.
using SqlValue = std::variant<std::monostate, std::int64_t, double, std::string_view, SqlBlob>;

/// Good until the callback returns.
struct SqlRow {
  std::span<const std::string> columns;
  std::span<const SqlValue> values;
};

struct SqlOutcome {
  std::vector<std::string> columns{};
  std::size_t rows = 0;
  bool more = false;  ///< There were more than max_rows.
};

/// Runs the text on a connection of its own and hands each row to `on_row`, which may throw. Whatever the text says,
/// nothing is changed, no other file is opened and no value is longer than 16 MiB: SQLite asks for leave before each
/// thing that it would do, and only reading is given. Limits are looked at every thousand steps of SQLite's machine.
/// @throws Error bad_query with SQLite's message, or saying which limit ended it, after the rows that came before;
/// store_open, store_io
SqlOutcome select(const LogStore& store, const SqlQuery& query, const std::function<void(const SqlRow&)>& on_row);

}  // namespace psherald
