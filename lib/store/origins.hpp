#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "psherald/record.hpp"
#include "store/sqlite.hpp"

namespace psherald::store {

/// The runs of other stores that records came from: table origin. A run is given as 32 hex digits.
class Origins {
 public:
  explicit Origins(sqlite3* db);

  /// The run's number; it is added when it is new, within the writer's transaction.
  /// @throws Error bad_record: not 32 hex digits; store_io
  std::int64_t number_of(std::string_view run);
  /// Whether a record of this name is here, one that came so or one of this store's own.
  /// @throws Error bad_record: not 32 hex digits; store_io
  bool has(std::string_view run, RecordId id);
  /// Of a record's `legacy`, what means something here: not that a value stands in legacy_value of the store that it
  /// came from. Good until the next call. @throws Error
  std::string_view portable(std::string_view legacy);
  /// The transaction was rolled back, or others wrote.
  void forget() noexcept { last_.clear(); }

 private:
  void look_up(std::string_view run);

  sqlite::Statement find_, add_, is_own_, find_own_, find_foreign_, portable_;
  // The one that was asked for last: records of an origin come together.
  std::string last_{}, bits_{};
  std::string legacy_{};
  std::int64_t number_ = 0;
  bool own_ = false;
};

}  // namespace psherald::store
