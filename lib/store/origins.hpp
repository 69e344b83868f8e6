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
  /// Whether the id is above all that were here of this run, so that there is nothing to look up; it counts as here
  /// from now on. @throws as has
  bool is_newest(std::string_view run, RecordId id);
  /// Whether this store itself has given this id in this run, though the row may be gone. @throws as has
  bool is_own(std::string_view run, RecordId id);
  bool is_own_run(std::string_view run);
  /// Whether one of these runs, 32 hex digits each, is this store's. @throws as has
  bool passes_here(std::string_view path);
  /// The path's number; it is added when it is new, within the writer's transaction. @throws as has
  std::int64_t number_of_path(std::string_view path);
  /// What the store where this run is at home is called, for people. Empty: not known.
  void set_name(std::string_view run, std::string_view store);
  /// Of a record's `legacy`, what means something here: not that a value stands in legacy_value of the store that it
  /// came from. Good until the next call. @throws Error
  std::string_view portable(std::string_view legacy);
  /// The transaction was rolled back, or others wrote.
  void forget() noexcept {
    last_.clear();
    last_path_.clear();
  }

 private:
  void look_up(std::string_view run);

  sqlite::Statement find_, add_, is_own_, find_own_, covers_, find_foreign_, newest_, find_path_, add_path_, name_,
      portable_;
  // The one that was asked for last: records of an origin come together.
  std::string last_{}, bits_{};
  std::string legacy_{};
  std::int64_t number_ = 0;
  bool own_ = false;
  RecordId newest_id_ = 0;
  std::string last_path_{};
  std::int64_t path_number_ = 0;
};

}  // namespace psherald::store
