#include "store/streams.hpp"

#include "record/variant.hpp"
#include "store/run_bits.hpp"

namespace psherald::store {
namespace {

std::string bits_of(std::string_view text) { return run_bits(text, "run and no stream"); }

std::string name_of(const Position& position) {
  return position.run.empty() ? "the beginning" : std::to_string(position.id) + " of run " + position.run;
}

[[noreturn]] void refuse(Errc code, const Claim& claim, const std::string& why) {
  throw Error{code, "a batch of stream " + claim.stream + " goes on behind " + name_of(claim.prev) + ", " + why};
}

std::int64_t microseconds_now() { return now().time_since_epoch().count(); }

}  // namespace

Streams::Streams(sqlite3* db)
    : find_{db, "SELECT no, coalesce(token, '') FROM stream WHERE stream = ?1"},
      add_{db, "INSERT INTO stream(stream) VALUES(?1) RETURNING no"},
      use_{db, "UPDATE stream SET name = ?2, token = nullif(?3, ''), peer = ?4, skew = ?5, at = ?6 WHERE no = ?1"},
      mark_{db, "SELECT id, coalesce(tag, '') FROM mark WHERE stream_no = ?1 AND run = ?2"},
      advance_{db,
               "INSERT INTO mark(stream_no, run, id, tag, at) VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT(stream_no, run) "
               "DO UPDATE SET id = excluded.id, tag = excluded.tag, at = excluded.at"} {}

// A stream belongs to whom used it first; one that was nobody's, to the first who says who he is.
std::int64_t Streams::number_of(const Claim& claim) {
  const auto bits = bits_of(claim.stream);
  std::int64_t number = 0;
  std::string owner;
  if (find_.bind_blob(1, bits).step()) {
    number = find_.integer(0);
    owner = find_.text(1);
  }
  find_.reset();
  if (!owner.empty() && owner != claim.owner)
    throw Error{Errc::not_allowed, "stream " + claim.stream + " belongs to another sender"};
  if (number == 0) {
    if (add_.bind_blob(1, bits).step()) number = add_.integer(0);
    add_.reset();
  }
  use_.bind_all(number, std::string_view{claim.name}, std::string_view{claim.owner}, std::string_view{claim.peer},
                claim.skew, microseconds_now())
      .run();
  return number;
}

std::int64_t Streams::accept(const Claim& claim) {
  const std::int64_t stream = number_of(claim);
  if (variant::is(variant::no_prev)) return stream;
  const auto mark_in = [&](std::string_view run) {
    Position mark;
    const auto bits = bits_of(run);
    if (mark_.bind(1, stream).bind_blob(2, bits).step())
      mark = {std::string{run}, mark_.integer(0), std::string{mark_.text(1)}};
    mark_.reset();
    return mark;
  };
  const auto differ = [](const Position& a, const Position& b) {
    return !a.tag.empty() && !b.tag.empty() && a.tag != b.tag && !variant::is(variant::no_tag);
  };
  const auto& prev = claim.prev;
  const bool same_run = prev.run == claim.to.run;
  if (const auto mark = mark_in(claim.to.run); mark.id != 0) {
    if (!same_run || prev.id != mark.id) refuse(Errc::out_of_step, claim, "and its mark is " + name_of(mark));
    if (differ(prev, mark)) refuse(Errc::forked, claim, "and another record is there");
    return stream;
  }
  if (prev.id == 0) return stream;
  const auto before = mark_in(prev.run);
  if (before.id < prev.id) refuse(Errc::out_of_step, claim, "and its mark is " + name_of(before));
  if (before.id == prev.id && differ(prev, before)) refuse(Errc::forked, claim, "and another record is there");
  return stream;
}

void Streams::advance(std::int64_t stream, const Position& to) {
  const auto bits = bits_of(to.run);
  advance_.bind(1, stream)
      .bind_blob(2, bits)
      .bind(3, to.id)
      .bind(4, std::string_view{to.tag})
      .bind(5, microseconds_now());
  advance_.run();
}

std::string owner_of(sqlite3* db, std::string_view stream) {
  const auto bits = bits_of(stream);
  sqlite::Statement owner{db, "SELECT coalesce(token, '') FROM stream WHERE stream = ?1"};
  return owner.bind_blob(1, bits).step() ? std::string{owner.text(0)} : std::string{};
}

std::vector<Position> marks_of(sqlite3* db, std::string_view stream, std::size_t most) {
  const auto bits = bits_of(stream);
  sqlite::Statement rows{db,
                         "SELECT run, id, coalesce(tag, '') FROM mark WHERE stream_no = (SELECT no FROM stream WHERE "
                         "stream = ?1) ORDER BY at DESC LIMIT ?2"};
  rows.bind_blob(1, bits).bind(2, static_cast<std::int64_t>(most));
  std::vector<Position> marks;
  while (rows.step()) marks.push_back({to_hex(rows.blob(0)), rows.integer(1), std::string{rows.text(2)}});
  return marks;
}

std::vector<Refusal> refusals_of(sqlite3* db, std::string_view stream, RecordId after, std::size_t most) {
  const auto bits = bits_of(stream);
  sqlite::Statement rows{db,
                         "SELECT run, rec_id, reason FROM dead_letter WHERE stream = ?1 AND rec_id > ?2 AND cursor IS "
                         "NULL ORDER BY rec_id LIMIT ?3"};
  rows.bind_blob(1, bits).bind(2, after).bind(3, static_cast<std::int64_t>(most));
  std::vector<Refusal> refusals;
  while (rows.step()) refusals.push_back({to_hex(rows.blob(0)), rows.integer(1), std::string{rows.text(2)}});
  return refusals;
}

std::int64_t count_attempt(sqlite3* db, std::string_view stream, std::string_view run, RecordId id) {
  const auto stream_bits = bits_of(stream), run_bits = bits_of(run);
  sqlite::Statement{db, "INSERT OR IGNORE INTO stream(stream) VALUES(?1)"}.bind_blob(1, stream_bits).run();
  sqlite::Statement count{
      db,
      "INSERT INTO attempt SELECT no, ?2, ?3, 1 FROM stream WHERE stream = ?1 AND true ON CONFLICT(stream_no) DO "
      "UPDATE SET n = CASE WHEN run = ?2 AND id = ?3 THEN n + 1 ELSE 1 END, run = ?2, id = ?3 "
      "RETURNING n"};
  count.bind_blob(1, stream_bits).bind_blob(2, run_bits).bind(3, id);
  const std::int64_t attempts = count.step() ? count.integer(0) : 0;
  count.run();
  return attempts;
}

void forget_attempts(sqlite3* db, std::string_view stream) {
  const auto bits = bits_of(stream);
  sqlite::Statement{db, "DELETE FROM attempt WHERE stream_no = (SELECT no FROM stream WHERE stream = ?1)"}
      .bind_blob(1, bits)
      .run();
}

}  // namespace psherald::store
