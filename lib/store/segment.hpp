#pragma once

/// The summary of a segment, 4096 consecutive ids, and the bytes in which it lies in the tables `segment`,
/// `segment_names` and `segment_text`: docs/schema.md. A summary is written once, when its segment is full. A segment
/// without one (the newest; or records of it were deleted since) proves nothing: its rows have to be looked at.

#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "psherald/record.hpp"
#include "record/trigram.hpp"

namespace psherald::store {

/// Version of the blobs. A summary of another one proves nothing.
inline constexpr std::int64_t segment_version = 1;

inline constexpr int segment_bits = 12, block_bits = 6;
inline constexpr RecordId segment_ids = RecordId{1} << segment_bits, block_ids = RecordId{1} << block_bits;
/// Segment 0 has no record 0.
constexpr std::int64_t segment_of(RecordId id) noexcept { return id >> segment_bits; }
constexpr RecordId first_id_of(std::int64_t segment) noexcept { return segment << segment_bits; }
constexpr RecordId last_id_of(std::int64_t segment) noexcept { return first_id_of(segment + 1) - 1; }

/// A bit for each of a segment's blocks of 64 ids, the lowest for the lowest ids.
using BlockMask = std::uint64_t;
inline constexpr BlockMask no_block = 0, all_blocks = ~BlockMask{0};
constexpr BlockMask block_of(RecordId id) noexcept { return BlockMask{1} << ((id >> block_bits) & 63); }

/// How many records of a segment have one level, or refer to one row of a dictionary, and in which blocks they are.
struct Share {
  std::int64_t number = 0;
  std::int64_t records = 0;
  BlockMask blocks = no_block;
  friend bool operator==(const Share&, const Share&) = default;
};

struct SegmentSummary {
  std::int64_t segment = 0;
  std::int64_t records = 0;
  std::int64_t received_min = 0, received_max = 0;                        // microseconds
  std::optional<std::int64_t> created_min{}, created_max{};               // of those records that have it
  std::int64_t created_absent = 0;                                        // records without
  std::int64_t text_bytes = 0;                                            // of message, exc_text, stack_info and extra
  BlockMask opaque = no_block;                                            // blocks with text that the terms do not know
  BlockMask exceptions = no_block, stacks = no_block, extras = no_block;  // blocks where one has it
  std::vector<Share> levels{};                                            // by level, rising
  friend bool operator==(const SegmentSummary&, const SegmentSummary&) = default;
};

/// Shares in the order of their numbers. All numbers come first, then all counts, then all masks.
std::string encode(const std::vector<Share>& shares);
/// Nothing when the bytes are no such list.
std::optional<std::vector<Share>> decode_shares(std::string_view bytes);
/// The numbers alone, which is quicker. False when the bytes are no such list.
bool decode_numbers(std::string_view bytes, std::vector<std::int64_t>& numbers);

/// Terms lie in buckets of 2048 consecutive ones, so that a search reads only those that it asks for.
inline constexpr int bucket_bits = 11;
inline constexpr std::int64_t bucket_count = trigram::term_count >> bucket_bits;
constexpr std::int64_t bucket_of(trigram::Term term) noexcept { return term >> bucket_bits; }
/// The terms of a bucket with their blocks; empty when there are none.
std::string encode_bucket(const trigram::Masks& masks, std::int64_t bucket);
/// Blocks that have this term: none when the bucket does not list it, all when its bytes are damaged.
BlockMask blocks_of(std::string_view bucket, trigram::Term term) noexcept;

}  // namespace psherald::store
