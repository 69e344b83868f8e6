#include "store/segment_reader.hpp"

#include <algorithm>

namespace psherald::store {
namespace {

BlockMask as_mask(std::int64_t integer) { return static_cast<BlockMask>(integer); }

std::optional<SegmentSummary> summary_of(const sqlite::Statement& row) {
  auto levels = decode_shares(row.blob(12));
  if (!levels) return {};
  SegmentSummary s;
  s.segment = row.integer(0);
  s.records = row.integer(1);
  s.received_min = row.integer(2);
  s.received_max = row.integer(3);
  s.created_min = row.optional_integer(4);
  s.created_max = row.optional_integer(5);
  s.created_absent = row.integer(6);
  s.text_bytes = row.integer(7);
  s.opaque = as_mask(row.integer(8));
  s.exceptions = as_mask(row.integer(9));
  s.stacks = as_mask(row.integer(10));
  s.extras = as_mask(row.integer(11));
  s.levels = std::move(*levels);
  return s;
}

}  // namespace

SegmentReader::SegmentReader(sqlite3* db)
    : summaries_{db,
                 "SELECT id, records, received_min, received_max, created_min, created_max, created_absent, "
                 "text_bytes, opaque, exceptions, stacks, extras, levels FROM segment "
                 "WHERE id BETWEEN ?1 AND ?2 AND version = ?3 ORDER BY id"},
      oldest_from_{db, "SELECT min(id) FROM entry WHERE id >= ?1"},
      newest_until_{db, "SELECT max(id) FROM entry WHERE id <= ?1"},
      sources_{db, "SELECT sources FROM segment_names WHERE id = ?1"},
      sites_{db, "SELECT sites FROM segment_names WHERE id = ?1"},
      bucket_{db, "SELECT terms FROM segment_text WHERE id = ?1"} {}

std::vector<SegmentSummary> SegmentReader::read(std::int64_t from, std::int64_t to) {
  std::vector<SegmentSummary> all;
  auto& rows = *summaries_;
  rows.bind_all(from, to, segment_version);
  while (rows.step())
    if (auto summary = summary_of(rows)) all.push_back(std::move(*summary));
  return all;
}

std::optional<std::vector<Share>> SegmentReader::shares_of(sqlite::Statement& names, std::int64_t segment) {
  std::optional<std::vector<Share>> shares;
  if (names.bind(1, segment).step()) shares = decode_shares(names.blob(0));
  names.reset();
  return shares;
}

BlockMask SegmentReader::candidates(std::int64_t segment, std::vector<trigram::Term>& terms, BlockMask among) {
  auto& bucket = *bucket_;
  for (auto term = terms.begin(); term != terms.end(); ++term) {
    const bool there = bucket.bind(1, segment * bucket_count + bucket_of(*term)).step();
    among &= there ? blocks_of(bucket.blob(0), *term) : no_block;
    bucket.reset();
    if (among != no_block) continue;
    std::rotate(terms.begin(), term, term + 1);
    break;
  }
  return among;
}

}  // namespace psherald::store
