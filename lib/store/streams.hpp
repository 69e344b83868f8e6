#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "psherald/claim.hpp"
#include "psherald/record.hpp"
#include "store/sqlite.hpp"

namespace psherald::store {

/// How far this store has the logs of others: tables stream and mark. Used within the writer's transaction.
class Streams {
 public:
  explicit Streams(sqlite3* db);

  /// The stream's number, when the claim continues what is here of it; a stream that is new is added.
  /// @throws Error out_of_step, forked, not_allowed; bad_record: no 32 hex digits
  std::int64_t accept(const Claim& claim);
  /// From now on everything up to this position is stored or declared.
  void advance(std::int64_t stream, const Position& to);

 private:
  std::int64_t number_of(const Claim& claim);

  sqlite::Statement find_, add_, use_, mark_, advance_;
};

// What a reader can say of the same tables.

/// Whose the stream is; empty: nobody's in particular, or there is none.
std::string owner_of(sqlite3* db, std::string_view stream);
/// How far it is in each run, those that moved last first.
std::vector<Position> marks_of(sqlite3* db, std::string_view stream, std::size_t most);

/// A record of a batch that was not taken.
struct Refusal {
  std::string run{};
  RecordId id = 0;
  std::string reason{};
};
/// Those of a stream behind `after`, oldest first.
std::vector<Refusal> refusals_of(sqlite3* db, std::string_view stream, RecordId after, std::size_t most);

/// Counts how often this record was about to be read alone, and returns that number. Within a transaction.
std::int64_t count_attempt(sqlite3* db, std::string_view stream, std::string_view run, RecordId id);

/// The receiver has lived through it. Within a transaction.
void forget_attempts(sqlite3* db, std::string_view stream);

}  // namespace psherald::store
