#include "watch/log_reader.hpp"

#include <algorithm>

#include "record/utf8.hpp"

namespace psherald::watch {
namespace {

using namespace std::chrono_literals;
using sqlite::Statement;

std::int64_t us(Timestamp time) { return time.time_since_epoch().count(); }
Timestamp timestamp(std::int64_t time) { return Timestamp{Tau{time}}; }

constexpr const char* line_columns =
    "SELECT e.id, e.received, e.level, e.message, e.exc_text, s.system_id, s.sub_system_id, t.module, t.funcname, "
    "t.lineno, t.levelname, e.flags FROM entry e LEFT JOIN source s ON s.id = e.source LEFT JOIN site t ON t.id = "
    "e.site "
    "WHERE ";

constexpr std::size_t longest_text = 4'000;  // of a record that is only shown

Line line_of(const Statement& row) {
  const auto joined = [](std::string_view a, const char* between, std::string_view b) {
    std::string text{a};
    if (!b.empty()) text.append(text.empty() ? "" : between).append(b);
    return text;
  };
  Line line;
  line.id = row.integer(0);
  line.received = timestamp(row.integer(1));
  line.level = row.is_null(10) ? level_name(static_cast<Level>(row.integer(2))) : std::string{row.text(10)};
  line.message = cut_utf8(row.text(3), longest_text);
  const auto traceback = row.text(4);
  line.traceback = traceback.substr(traceback.size() - std::min(traceback.size(), longest_text));
  line.who = joined(row.text(5), "/", row.text(6));
  line.where = joined(row.text(7), ".", row.text(8));
  if (!row.is_null(9)) line.where = joined(line.where, ":", std::to_string(row.integer(9)));
  return line;
}

std::vector<Line> lines(Statement& rows) {
  std::vector<Line> all;
  while (rows.step()) all.push_back(line_of(rows));
  return all;
}

/// Matches between two ids, but not further than so many ids from the end that it starts at. Own ones are none.
std::vector<RecordId> some_ids(const LogStore& store, const Filter& filter, const TimeBase& base, Order order,
                               RecordId first, RecordId last, std::size_t count) {
  constexpr RecordId farthest = 20'000;
  const bool upwards = order == Order::oldest_first;
  (upwards ? last : first) = upwards ? std::min(last, first + farthest) : std::max(first, last - farthest);
  std::vector<RecordId> ids;
  if (first > last) return ids;
  Query query{.filter = filter,
              .order = order,
              .limit = count + 20,
              .cursor = upwards ? first - 1 : last + 1,
              .budget = std::chrono::seconds{2},
              .time_base = base};
  const auto page = find(store, query);
  for (const auto& record : page.batch.records())
    if (record.id >= first && record.id <= last && ids.size() < count && !is_notification(record.message) &&
        (record.flags == Flag::none || has(record.flags, Flag::gap)))
      ids.push_back(record.id);
  return ids;
}

std::vector<Heard> minutes_with_records(sqlite3* db, RecordId from, RecordId to, Timestamp until) {
  constexpr std::int64_t most_records = 200'000;
  std::vector<Heard> minutes;
  Statement rows{
      db,
      "SELECT DISTINCT received / 60000000 AS minute FROM (SELECT received FROM entry WHERE id BETWEEN ?1 AND ?2 "
      "ORDER BY id DESC LIMIT ?3) WHERE received < ?4 ORDER BY minute"};
  rows.bind_all(from, to, most_records, us(until));
  while (rows.step()) {
    const auto minute = timestamp(rows.integer(0) * 60'000'000);
    minutes.push_back({minute, std::min(minute + 1min, until)});
  }
  return minutes;
}

void add(std::vector<Heard>& all, const Heard& heard) {
  if (all.empty() || heard.from > all.back().until)
    all.push_back(heard);
  else
    all.back().until = std::max(all.back().until, heard.until);
}

}  // namespace

RecordId first_since(sqlite3* db, Timestamp time) {
  Statement at{db, "SELECT id, received FROM entry WHERE id >= ?1 ORDER BY id LIMIT 1"};
  RecordId from = 1, to = sqlite::integer(db, "SELECT id FROM newest").value_or(0) + 1;
  while (from < to) {
    const RecordId middle = from + (to - from) / 2;
    const bool older = at.bind(1, middle).step() && timestamp(at.integer(1)) < time;
    if (older)
      from = at.integer(0) + 1;
    else
      to = middle;
    at.reset();
  }
  return from;
}

bool is_notification(std::string_view message) noexcept { return message.starts_with("Neelix added Notification "); }

std::optional<Timestamp> bridge_alive_until(sqlite3* db) {
  const auto until = sqlite::integer(db, "SELECT max(until_us) FROM bridge_alive");
  return until ? std::optional{timestamp(*until)} : std::nullopt;
}

Hearing read_hearing(sqlite3* db, RecordId oldest_id, Timestamp oldest, Timestamp now) {
  constexpr Tau between_signs = 30s;  // a bridge says every 10 s that it is there
  Hearing hearing;
  const auto first = sqlite::integer(db, "SELECT min(from_us) FROM bridge_alive");
  const auto bridge_from = first ? timestamp(*first) : now;
  if (oldest < bridge_from)
    for (const auto& minute : minutes_with_records(db, oldest_id, first_since(db, bridge_from) - 1, bridge_from))
      add(hearing.heard, minute);
  if (!first) hearing.bridge_since = Timestamp::min();
  Statement rows{db, "SELECT from_us, until_us FROM bridge_alive WHERE until_us >= ?1 ORDER BY from_us, until_us"};
  rows.bind(1, us(oldest - between_signs));
  std::optional<Heard> last;
  while (rows.step()) {
    last = Heard{timestamp(rows.integer(0)), timestamp(rows.integer(1))};
    if (now - last->until <= between_signs) last->until = std::max(last->until, now);
    add(hearing.heard, *last);
  }
  if (last && hearing.heard.back().until >= now) hearing.bridge_since = last->from;
  return hearing;
}

std::vector<Line> lines_around(sqlite3* db, RecordId id, int count) {
  Statement before{db, std::string{line_columns} + "e.id <= ?1 ORDER BY e.id DESC LIMIT ?2"};
  Statement behind{db, std::string{line_columns} + "e.id > ?1 ORDER BY e.id LIMIT ?2"};
  auto all = lines(before.bind_all(id, std::int64_t{count} + 1));
  std::reverse(all.begin(), all.end());
  for (auto& line : lines(behind.bind_all(id, std::int64_t{count}))) all.push_back(std::move(line));
  for (auto& line : all) line.marked = line.id == id;
  return all;
}

std::vector<Line> matching_lines(const LogStore& store, const Filter& filter, const TimeBase& base, RecordId first,
                                 RecordId last, std::size_t count) {
  auto found = some_ids(store, filter, base, Order::oldest_first, first, last, count);
  const RecordId seen = found.empty() ? first - 1 : found.back();
  auto newest = some_ids(store, filter, base, Order::newest_first, seen + 1, last, count);
  found.insert(found.end(), newest.rbegin(), newest.rend());
  Statement row{store.native_handle(), std::string{line_columns} + "e.id = ?1"};
  std::vector<Line> all;
  for (const auto id : found) {
    if (row.bind(1, id).step()) all.push_back(line_of(row));
    row.reset();
  }
  return all;
}

}  // namespace psherald::watch
