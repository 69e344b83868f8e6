#pragma once

#include <cstddef>
#include <string_view>

#include "psherald/query.hpp"
#include "store/sqlite.hpp"

namespace psherald::forward {

/// Which records of a log a destination gets. Rows that say that records are missing pass every filter.
/// Threads: the store's, which outlives it.
class Selection {
 public:
  enum class Origins { all, own };  ///< Whether what other stores have sent goes on to this destination.

  /// @throws Error bad_query: what is wrong with `where`; store_io
  Selection(const LogStore& store, std::string_view where, Origins origins);

  /// A piece of the log: candidates, and how far it was looked at. Nothing but these can be selected up to `to`.
  struct Piece {
    RecordBatch batch{};
    RecordId to = 0;
  };
  /// At most `limit` candidates behind the position; `to` is the position when the log ends there. Takes about a tenth
  /// of a second, however much is passed over. @throws Error store_io
  Piece next(RecordId position, std::size_t limit);
  /// Whether a candidate is selected. @throws Error store_io
  bool takes(const RecordBatch& batch, const Record& record);

 private:
  const LogStore& store_;
  Origins origins_;
  Filter candidates_;
  Matcher matcher_;
  sqlite::Statement is_own_;
};

}  // namespace psherald::forward
