#include "forward/log_part.hpp"

#include <algorithm>
#include <limits>

#include "forward/batch_writer.hpp"
#include "forward/destination_filter.hpp"
#include "psherald/query.hpp"
#include "record/hex.hpp"
#include "record/sha256.hpp"
#include "store/sqlite.hpp"

namespace psherald::forward {
namespace {

constexpr std::chrono::milliseconds longest_look{500};

Filter up_to(const Filter& filter, RecordId last) {
  const ast::Term ids{{ast::Field::id, {}}, ast::Op::less_equal, {ast::Scalar{ast::Number{last}}}};
  return {ast::Node{ast::And{{filter.root, ast::Node{ids}}}}, {}};
}

std::string tag_of(RecordId id, std::int64_t received, std::string_view created, std::string_view message) {
  std::string text = std::to_string(id) + '/' + std::to_string(received) + '/';
  text.append(created).append("/").append(message);
  const auto digest = sha256(text);
  return "1:" + to_hex(bytes_of(digest).substr(0, 8));
}

struct Run {
  std::string run{};
  RecordId last = 0;  // the id before the next one's first
};

Run run_at(sqlite3* db, RecordId id) {
  sqlite::Statement row{
      db,
      "SELECT run, (SELECT min(later.from_id) FROM run later WHERE later.from_id > ?1) FROM run WHERE "
      "from_id <= ?1 ORDER BY from_id DESC LIMIT 1"};
  if (!row.bind(1, id).step()) return {};
  return {to_hex(row.blob(0)), row.is_null(1) ? std::numeric_limits<RecordId>::max() : row.integer(1) - 1};
}

void add_removed(sqlite3* db, RecordId from, RecordId to, std::vector<Claim::Gap>& gaps) {
  sqlite::Statement rows{db, "SELECT from_id, to_id FROM removed WHERE to_id >= ?1 AND from_id <= ?2 ORDER BY from_id"};
  rows.bind_all(from, to);
  while (rows.step()) gaps.push_back({std::max(from, rows.integer(0)), std::min(to, rows.integer(1)), "removed"});
}

void cut_behind(std::vector<Claim::Gap>& gaps, RecordId to) {
  std::erase_if(gaps, [&](const Claim::Gap& gap) { return gap.from > to; });
  for (auto& gap : gaps) gap.to = std::min(gap.to, to);
}

}  // namespace

LogParts::LogParts(const LogStore& reader, const Filter& where, std::optional<TimeBase> time_base, RecordId start,
                   RecordId last)
    : reader_{reader}, filter_{or_gaps(where)}, time_base_{time_base}, start_{start}, last_{last} {}

std::optional<LogPart> LogParts::next(const Position& prev, const Limits& limits, RecordId most_ids,
                                      const Claim::Gap& given_up) {
  auto* db = reader_.native_handle();
  const sqlite::Snapshot snapshot{db};
  put_back_ = !is_here(prev);
  if (put_back_) return {};
  const RecordId newest = std::min(reader_.newest_id(), last_);
  if (prev.id >= newest) return {};
  const auto run = run_at(db, prev.id + 1);
  const RecordId most = std::min({newest, run.last, most_ids < newest - prev.id ? prev.id + most_ids : newest});

  LogPart part;
  part.prev = prev;
  if (given_up.to > prev.id) part.gaps.push_back({prev.id + 1, std::min(given_up.to, most), given_up.reason});
  const RecordId first = std::max({prev.id + 1, start_, given_up.to + 1});
  if (first <= most) add_removed(db, first, most, part.gaps);

  RecordId to = most;
  bool cut = false;
  const RecordId behind = std::max(first - 1, std::min(looked_to_, most));
  if (behind < most) {
    Query query;
    query.filter = up_to(filter_, most);
    query.order = Order::oldest_first;
    query.limit = limits.records;
    query.cursor = behind;
    query.max_bytes = 4 * limits.bytes;
    query.budget = longest_look;
    query.time_base = time_base_;
    const auto page = find(reader_, query);
    if (page.next != 0) to = page.next;
    cut = page.cut;
    BatchWriter writer{page.batch, run.run};
    for (const auto& record : page.batch.records()) {
      if (too_large_.contains(record.id) || !writer.append(record, limits.record_bytes)) {
        part.too_large.push_back(record.id);
        part.gaps.push_back({record.id, record.id, "too_large"});
      }
      if (writer.lines().size() < limits.bytes - limits.record_bytes) continue;
      if (record.id != page.batch.records().back().id) to = record.id;
      break;
    }
    part.records = writer.size();
    part.lines = std::move(writer.lines());
    part.ids_by_line = writer.ids_by_line();
    part.full = to < most;
  }
  cut_behind(part.gaps, to);
  std::sort(part.gaps.begin(), part.gaps.end(), [](const auto& a, const auto& b) { return a.from < b.from; });

  const bool empty = part.records == 0 && part.gaps.empty();
  const bool ends_run = to == run.last;
  if (empty && !cut && !hurried_ && !ends_run && to != last_ && to - prev.id < many_ids) {
    looked_to_ = to;
    return {};
  }
  hurried_ = false;
  looked_to_ = 0;
  part.to = position_of(to);
  return part;
}

bool LogParts::is_here(const Position& position) const {
  if (position.id == 0) return true;
  if (position.id > reader_.newest_id()) return false;
  const auto found = position_of(position.id);
  return found.run == position.run && (found.tag.empty() || position.tag.empty() || found.tag == position.tag);
}

Position LogParts::position_of(RecordId id) const {
  if (id == 0) return {};
  auto* db = reader_.native_handle();
  Position position{run_at(db, id).run, id, {}};
  sqlite::Statement row{db, "SELECT received, created, message FROM entry WHERE id = ?1"};
  if (row.bind(1, id).step()) {
    const auto received = row.integer(0);
    const auto created = row.optional_integer(1);
    position.tag = tag_of(id, received, created ? std::to_string(*created) : "", row.text(2));
  }
  return position;
}

RecordId LogParts::last_id_of(std::string_view run) const {
  const auto bits = from_hex(run);
  if (!bits) return 0;
  auto* db = reader_.native_handle();
  sqlite::Statement row{
      db,
      "SELECT coalesce((SELECT min(later.from_id) - 1 FROM run later WHERE later.from_id > run.from_id), "
      "(SELECT id FROM newest)) FROM run WHERE run = ?1"};
  return row.bind_blob(1, *bits).step() ? row.integer(0) : 0;
}

RecordId LogParts::first_id_of(std::string_view run) const {
  const auto bits = from_hex(run);
  if (!bits) return 0;
  sqlite::Statement row{reader_.native_handle(), "SELECT from_id FROM run WHERE run = ?1"};
  return row.bind_blob(1, *bits).step() ? row.integer(0) : 0;
}

}  // namespace psherald::forward
