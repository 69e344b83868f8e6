#include "watch/log_reader.hpp"

#include <algorithm>

#include "record/utf8.hpp"

namespace psherald::watch {
namespace {

using namespace std::chrono_literals;
using sqlite::Statement;

std::int64_t us(Timestamp time) { return time.time_since_epoch().count(); }
Timestamp timestamp(std::int64_t time) { return Timestamp{Tau{time}}; }

/// ps.herald's ps_neelix, and ours, write such rows in the name of the system: no sign of life of it.
bool is_notification(std::string_view message) { return message.starts_with("Neelix added Notification "); }

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

enum class From { oldest, newest };

/// Matches between two ids, but not further than so many ids from the end that it starts at.
std::vector<Line> some_matches(sqlite3* db, const Rule& rule, From end, RecordId first, RecordId last,
                               std::size_t count) {
  constexpr RecordId farthest = 20'000;
  (end == From::oldest ? last : first) =
      end == From::oldest ? std::min(last, first + farthest) : std::max(first, last - farthest);
  std::vector<Line> found;
  Statement rows{db, std::string{line_columns} +
                         "e.id BETWEEN ?1 AND ?2 AND e.flags = 0 AND s.system_id = ?3 ORDER BY e.id" +
                         (end == From::oldest ? "" : " DESC")};
  rows.bind_all(first, last, rule.system);
  while (found.size() < count && rows.step())
    if (!is_notification(rows.text(3)) && matches(rows.text(3), rule.text)) found.push_back(line_of(rows));
  return found;
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

void read_signs(sqlite3* db, RecordId from, RecordId to,
                const std::function<void(std::string_view, const Sign&)>& each) {
  Statement rows{db,
                 "SELECT e.id, e.received, e.message, s.system_id FROM entry e JOIN source s ON s.id = e.source "
                 "WHERE e.id BETWEEN ?1 AND ?2 AND e.flags = 0 AND s.system_id IS NOT NULL ORDER BY e.id"};
  rows.bind_all(from, to);
  while (rows.step())
    if (const auto message = rows.text(2); !is_notification(message))
      each(rows.text(3), {rows.integer(0), timestamp(rows.integer(1)), {}, message});
}

std::optional<Sign> last_sign(sqlite3* db, const std::string& system) {
  Statement rows{db,
                 "SELECT id, received, message FROM entry WHERE flags = 0 AND source IN (SELECT id FROM source WHERE "
                 "system_id = ?1) AND id >= (SELECT min(first_id) FROM source WHERE system_id = ?1) ORDER BY id DESC"};
  rows.bind(1, system);
  while (rows.step())
    if (!is_notification(rows.text(2))) return Sign{rows.integer(0), timestamp(rows.integer(1)), {}, {}};
  return {};
}

std::optional<Timestamp> bridge_alive_until(sqlite3* db) {
  const auto until = sqlite::integer(db, "SELECT max(until_us) FROM bridge_alive");
  return until ? std::optional{timestamp(*until)} : std::nullopt;
}

Hearing read_hearing(sqlite3* db, const Sign& oldest, Timestamp now) {
  constexpr Tau between_signs = 30s;  // a bridge says every 10 s that it is there
  Hearing hearing;
  const auto first = sqlite::integer(db, "SELECT min(from_us) FROM bridge_alive");
  const auto bridge_from = first ? timestamp(*first) : now;
  if (oldest.received < bridge_from)
    for (const auto& minute : minutes_with_records(db, oldest.id, first_since(db, bridge_from) - 1, bridge_from))
      add(hearing.heard, minute);
  if (!first) hearing.bridge_since = Timestamp::min();
  Statement rows{db, "SELECT from_us, until_us FROM bridge_alive WHERE until_us >= ?1 ORDER BY from_us, until_us"};
  rows.bind(1, us(oldest.received - between_signs));
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

std::vector<Line> matching_lines(sqlite3* db, const Rule& rule, RecordId first, RecordId last, std::size_t count) {
  auto all = some_matches(db, rule, From::oldest, first, last, count);
  const RecordId seen = all.empty() ? first - 1 : all.back().id;
  auto newest = some_matches(db, rule, From::newest, seen + 1, last, count);
  all.insert(all.end(), std::make_move_iterator(newest.rbegin()), std::make_move_iterator(newest.rend()));
  return all;
}

}  // namespace psherald::watch
