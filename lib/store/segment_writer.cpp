#include "store/segment_writer.hpp"

#include <algorithm>

namespace psherald::store {
namespace {

std::int64_t as_integer(BlockMask mask) { return static_cast<std::int64_t>(mask); }

}  // namespace

SegmentRows::SegmentRows(sqlite3* db)
    : rows_{db,
            "SELECT id, received, created, level, source, site, message, exc_text, stack_info, extra FROM entry "
            "WHERE id BETWEEN ?1 AND ?2 ORDER BY id"} {}

void SegmentRows::read(RecordId from, RecordId to, SegmentBuilder& builder) {
  rows_.bind_all(from, to);
  while (rows_.step()) {
    const auto received = rows_.integer(1);
    const auto ago = rows_.optional_integer(2);
    builder.add(rows_.integer(0), {.received = received,
                                   .created = ago ? std::optional{received - *ago} : std::nullopt,
                                   .level = rows_.integer(3),
                                   .source = rows_.integer(4),
                                   .site = rows_.integer(5),
                                   .message = rows_.text(6),
                                   .exc_text = rows_.text(7),
                                   .stack_info = rows_.text(8),
                                   .extra = rows_.text(9)});
  }
}

SegmentWriter::SegmentWriter(sqlite3* db)
    : rows_{db},
      known_{db, "SELECT id FROM segment WHERE id >= ?1 AND version = ?2 ORDER BY id"},
      entry_from_{db, "SELECT min(id) FROM entry WHERE id >= ?1"},
      insert_{db, "INSERT OR REPLACE INTO segment VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"},
      insert_names_{db, "INSERT OR REPLACE INTO segment_names VALUES(?1, ?2, ?3)"},
      insert_text_{db, "INSERT INTO segment_text VALUES(?1, ?2)"},
      delete_{db, "DELETE FROM segment WHERE id BETWEEN ?1 AND ?2"},
      delete_names_{db, "DELETE FROM segment_names WHERE id BETWEEN ?1 AND ?2"},
      delete_text_{db, "DELETE FROM segment_text WHERE id BETWEEN ?1 AND ?2"} {}

void SegmentWriter::add(RecordId id, const SegmentRow& row) {
  if (id != known_to_ || known_from_ == 0) {
    builder_.clear();
    known_from_ = id;
  }
  builder_.add(id, row);
  known_to_ = id + 1;
  const auto segment = segment_of(id);
  if (id != last_id_of(segment)) return;
  // What was there before we knew of it: written by others, or before this program was started.
  if (known_from_ > first_id_of(segment)) rows_.read(first_id_of(segment), known_from_ - 1, builder_);
  write(segment);
}

void SegmentWriter::build(std::int64_t segment) {
  builder_.clear();
  rows_.read(first_id_of(segment), last_id_of(segment), builder_);
  write(segment);
}

void SegmentWriter::write(std::int64_t segment) {
  if (builder_.records() == 0) return remove(segment, segment);
  const auto s = builder_.summary(segment);
  const auto levels = encode(s.levels), sources = encode(builder_.sources()), sites = encode(builder_.sites());
  insert_.bind_all(segment, segment_version, s.records, s.received_min, s.received_max, s.created_min, s.created_max,
                   s.created_absent, s.text_bytes, as_integer(s.opaque), as_integer(s.exceptions), as_integer(s.stacks),
                   as_integer(s.extras));
  insert_.bind_blob(14, levels).run();
  insert_names_.bind(1, segment).bind_blob(2, sources).bind_blob(3, sites).run();
  const auto first = segment * bucket_count;
  delete_text_.bind_all(first, first + bucket_count - 1).run();
  for (std::int64_t bucket = 0; bucket < bucket_count; ++bucket)
    if (const auto terms = encode_bucket(builder_.masks(), bucket); !terms.empty())
      insert_text_.bind(1, first + bucket).bind_blob(2, terms).run();
  builder_.clear();
  forget();
}

std::optional<std::int64_t> SegmentWriter::occupied(std::int64_t from) {
  const auto entry = entry_from_.bind(1, first_id_of(from)).first_integer();
  return entry ? std::optional{segment_of(*entry)} : std::nullopt;
}

std::optional<std::int64_t> SegmentWriter::missing(std::int64_t from, RecordId newest) {
  known_.bind_all(from, segment_version);
  for (bool more = true; more;) {
    more = known_.step();
    const auto next = more ? known_.integer(0) : segment_of(newest);
    if (from < next) {
      const auto segment = occupied(from);
      if (segment && *segment < std::min(next, segment_of(newest))) {
        known_.reset();
        return segment;
      }
    }
    from = next + 1;
  }
  return {};
}

void SegmentWriter::remove(std::int64_t from, std::int64_t to) {
  delete_.bind_all(from, to).run();
  delete_names_.bind_all(from, to).run();
  delete_text_.bind_all(from * bucket_count, (to + 1) * bucket_count - 1).run();
  forget();
}

void SegmentWriter::invalidate(std::int64_t segment) {
  delete_.bind_all(segment, segment).run();
  forget();
}

}  // namespace psherald::store
