#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "psherald/record.hpp"
#include "store/sqlite.hpp"

namespace psherald::store {

/// The table of what could not become a record, kept within bounds. Used within the writer's transaction.
class DeadLetters {
 public:
  static constexpr std::int64_t max_rows = 10'000, max_bytes = 64 << 20;

  explicit DeadLetters(sqlite3* db);
  /// Adds them, those of another store's batch with the names that they had there; the oldest go as far as that is
  /// necessary. @throws Error
  void add(std::span<const DeadLetter> letters, const Claim* claim = nullptr);
  /// The table may have been changed by others, or taken back by a rollback.
  void forget() noexcept { totals_.reset(); }

 private:
  struct Totals {
    std::int64_t rows, bytes;
  };
  Totals read_totals();
  void drop_oldest(Totals& totals);

  sqlite::Statement insert_, sum_, oldest_, delete_;
  std::optional<Totals> totals_;  // reading them looks at every row, so once is enough
};

}  // namespace psherald::store
