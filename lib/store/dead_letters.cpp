#include "store/dead_letters.hpp"

#include "record/hex.hpp"

namespace psherald::store {

DeadLetters::DeadLetters(sqlite3* db)
    : insert_{db,
              "INSERT INTO dead_letter(at, reason, peer, bytes, stream, run, rec_id) VALUES(?1, ?2, ?3, ?4, ?5, ?6, "
              "?7)"},
      sum_{db, "SELECT count(*), coalesce(sum(length(bytes)), 0) FROM dead_letter"},
      oldest_{db, "SELECT id, length(bytes) FROM dead_letter ORDER BY id LIMIT 1"},
      delete_{db, "DELETE FROM dead_letter WHERE id = ?1"} {}

void DeadLetters::add(std::span<const DeadLetter> letters, const Claim* claim) {
  if (letters.empty()) return;
  const auto stream = claim ? from_hex(claim->stream) : std::nullopt;
  const auto run = claim ? from_hex(claim->to.run) : std::nullopt;
  if (!totals_) totals_ = read_totals();
  for (const auto& letter : letters) {
    const auto at = letter.at == Timestamp{} ? now() : letter.at;
    insert_.bind(1, at.time_since_epoch().count())
        .bind(2, letter.reason)
        .bind(3, letter.peer)
        .bind_blob(4, letter.bytes)
        .bind_blob(5, stream ? std::string_view{*stream} : std::string_view{})
        .bind_blob(6, run ? std::string_view{*run} : std::string_view{})
        .bind(7, claim && letter.id != 0 ? std::optional{letter.id} : std::nullopt)
        .run();
    ++totals_->rows;
    totals_->bytes += static_cast<std::int64_t>(letter.bytes.size());
    while (totals_->rows > max_rows || totals_->bytes > max_bytes) drop_oldest(*totals_);
  }
}

DeadLetters::Totals DeadLetters::read_totals() {
  sum_.step();
  const Totals totals{sum_.integer(0), sum_.integer(1)};
  sum_.reset();
  return totals;
}

void DeadLetters::drop_oldest(Totals& totals) {
  oldest_.step();
  const std::int64_t id = oldest_.integer(0), bytes = oldest_.integer(1);
  oldest_.reset();
  delete_.bind(1, id).run();
  --totals.rows;
  totals.bytes -= bytes;
}

}  // namespace psherald::store
