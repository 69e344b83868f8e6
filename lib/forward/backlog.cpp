#include "forward/backlog.hpp"

#include <algorithm>
#include <vector>

#include "store/segment.hpp"
#include "store/sqlite.hpp"

namespace psherald::forward {
namespace {

constexpr std::uint64_t row_bytes = 128;
// Of segments without a summary, so much is read by one call; what comes then is estimated by what was seen so far.
constexpr std::uint64_t most_rows_read = 4 * store::segment_ids, most_bytes_read = 32u << 20;

std::uint64_t positive(std::int64_t number) { return static_cast<std::uint64_t>(std::max<std::int64_t>(0, number)); }
std::int64_t microseconds(Timestamp time) { return time.time_since_epoch().count(); }

// The part of a segment that lies behind the position, and its summary if it is all of the segment.
struct Part {
  RecordId from = 0, to = 0;
  struct Summary {
    std::uint64_t records, bytes;
    std::int64_t received_max;
  };
  std::optional<Summary> summary{};
};

struct Amount {
  std::uint64_t records = 0, bytes = 0;
};

class Log {
 public:
  explicit Log(sqlite3* db)
      : snapshot_{db},
        newest_{sqlite::integer(db, "SELECT id FROM newest").value_or(0)},
        summaries_{db,
                   "SELECT id, records, text_bytes, received_max FROM segment WHERE id BETWEEN ?1 AND ?2 AND version = "
                   "?3 ORDER BY id"},
        occupied_{db, "SELECT min(id) FROM entry WHERE id >= ?1"},
        first_{db, "SELECT received FROM entry WHERE id > ?1 ORDER BY id LIMIT 1"},
        young_{db, "SELECT id FROM entry WHERE id BETWEEN ?1 AND ?2 AND received >= ?3 ORDER BY id LIMIT 1"},
        rows_{db,
              "SELECT id, coalesce(length(CAST(message AS BLOB)), 0) + coalesce(length(CAST(exc_text AS BLOB)), 0) + "
              "coalesce(length(CAST(stack_info AS BLOB)), 0) + coalesce(length(CAST(extra AS BLOB)), 0) "
              "FROM entry WHERE id BETWEEN ?1 AND ?2 ORDER BY id"} {}

  std::optional<Timestamp> oldest_behind(RecordId position) {
    const auto received = first_.bind(1, position).first_integer();
    return received ? std::optional{Timestamp{std::chrono::microseconds{*received}}} : std::nullopt;
  }

  std::vector<Part> parts_behind(RecordId position) {
    std::vector<Part> parts;
    const auto add_without_summary = [&](std::int64_t from, std::int64_t to) {
      while (from <= to) {
        const auto next = occupied_.bind(1, std::max(store::first_id_of(from), position + 1)).first_integer();
        if (!next || store::segment_of(*next) > to) return;
        from = store::segment_of(*next);
        parts.push_back({std::max(store::first_id_of(from), position + 1), std::min(store::last_id_of(from), newest_)});
        ++from;
      }
    };
    const std::int64_t last = store::segment_of(newest_);
    auto expected = store::segment_of(position + 1);
    summaries_.bind_all(expected, last, store::segment_version);
    while (summaries_.step()) {
      const auto segment = summaries_.integer(0);
      if (store::first_id_of(segment) <= position) continue;
      add_without_summary(expected, segment - 1);
      parts.push_back({store::first_id_of(segment), store::last_id_of(segment),
                       Part::Summary{positive(summaries_.integer(1)),
                                     positive(summaries_.integer(2)) + positive(summaries_.integer(1)) * row_bytes,
                                     summaries_.integer(3)}});
      expected = segment + 1;
    }
    add_without_summary(expected, last);
    return parts;
  }

  Amount amount_of(const Part& part) {
    if (part.summary) return seen({part.summary->records, part.summary->bytes});
    if (rows_read_ >= most_rows_read || bytes_read_ >= most_bytes_read) return estimate(part);
    Amount amount;
    RecordId last = part.from;
    each_row(part, [&](RecordId id, std::uint64_t bytes) {
      ++amount.records;
      amount.bytes += bytes;
      last = id;
      return bytes_read_ < most_bytes_read;
    });
    seen(amount);
    if (bytes_read_ < most_bytes_read) return amount;
    const auto rest = estimate({last + 1, part.to});
    return {amount.records + rest.records, amount.bytes + rest.bytes};
  }

  /// `look` says with each row whether it wants the next one.
  template <class Look>
  void each_row(const Part& part, Look look) {
    rows_.bind_all(part.from, part.to);
    while (rows_.step()) {
      const auto bytes = positive(rows_.integer(1)) + row_bytes;
      ++rows_read_;
      bytes_read_ += bytes;
      if (look(rows_.integer(0), bytes)) continue;
      rows_.reset();
      return;
    }
  }

  std::optional<RecordId> first_since(const Part& part, std::int64_t received) {
    return young_.bind_all(part.from, part.to, received).first_integer();
  }

 private:
  Amount seen(Amount amount) {
    seen_.records += amount.records;
    seen_.bytes += amount.bytes;
    return amount;
  }
  Amount estimate(const Part& part) const {
    const auto records = positive(part.to - part.from + 1);
    return {records, seen_.records == 0 ? records * row_bytes : records * (seen_.bytes / seen_.records)};
  }

  sqlite::Snapshot snapshot_;
  RecordId newest_;
  sqlite::Statement summaries_, occupied_, first_, young_, rows_;
  std::uint64_t rows_read_ = 0, bytes_read_ = 0;
  Amount seen_{};
};

RecordId behind_old(Log& log, RecordId position, Timestamp oldest_allowed) {
  const auto oldest = log.oldest_behind(position);
  if (!oldest || *oldest >= oldest_allowed) return position;
  const auto limit = microseconds(oldest_allowed);
  for (const auto& part : log.parts_behind(position)) {
    if (!part.summary || part.summary->received_max >= limit)
      if (const auto young = log.first_since(part, limit)) return std::max(position, *young - 1);
    position = part.to;
  }
  return position;
}

RecordId behind_excess(Log& log, RecordId position, std::uint64_t max_bytes) {
  const auto parts = log.parts_behind(position);
  std::vector<Amount> amounts;
  std::uint64_t bytes = 0;
  for (const auto& part : parts) bytes += amounts.emplace_back(log.amount_of(part)).bytes;
  if (bytes <= max_bytes) return position;
  auto excess = bytes - (max_bytes - max_bytes / 10);
  for (std::size_t i = 0; i < parts.size() && excess > 0; ++i) {
    if (amounts[i].bytes <= excess) {
      position = parts[i].to;
      excess -= amounts[i].bytes;
      continue;
    }
    log.each_row(parts[i], [&](RecordId id, std::uint64_t size) {
      position = id;
      excess -= std::min(excess, size);
      return excess > 0;
    });
    break;
  }
  return position;
}

}  // namespace

Backlog backlog_behind(const LogStore& store, RecordId position) {
  Log log{store.native_handle()};
  Backlog backlog;
  backlog.oldest = log.oldest_behind(position);
  if (!backlog.oldest) return backlog;
  for (const auto& part : log.parts_behind(position)) {
    const auto amount = log.amount_of(part);
    backlog.records += amount.records;
    backlog.bytes += amount.bytes;
  }
  return backlog;
}

RecordId skip_to(const LogStore& store, RecordId position, std::uint64_t max_bytes, Timestamp oldest_allowed) {
  Log log{store.native_handle()};
  return behind_excess(log, behind_old(log, position, oldest_allowed), max_bytes);
}

}  // namespace psherald::forward
