#include "store/check.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "psherald/record.hpp"
#include "store/check_segments.hpp"
#include "store/schema.hpp"

namespace psherald::store {
namespace {

constexpr double file_share = 0.7;  // of the time, roughly; the rest goes through the records
constexpr std::size_t max_findings = 100;

class Findings {
 public:
  void add(std::string text) {
    if (texts_.size() < max_findings) texts_.push_back(std::move(text));
  }
  std::vector<std::string> take() { return std::move(texts_); }

 private:
  std::vector<std::string> texts_;
};

// Tells how far SQLite's own check has come: it cannot say that itself, but its machine's steps go with the rows.
class StepCounter {
 public:
  StepCounter(sqlite3* db, const std::function<void(double)>& progress, std::int64_t rows)
      : db_{db}, progress_{progress}, expected_{100.0 * static_cast<double>(rows) + every} {
    const auto count = [](void* self) {
      static_cast<StepCounter*>(self)->count();
      return 0;
    };
    if (progress) sqlite3_progress_handler(db, every, count, this);
  }
  StepCounter(const StepCounter&) = delete;
  StepCounter& operator=(const StepCounter&) = delete;
  ~StepCounter() { sqlite3_progress_handler(db_, 0, nullptr, nullptr); }

 private:
  static constexpr int every = 100'000;
  void count() {
    steps_ += every;
    progress_(file_share * std::min(1.0, steps_ / expected_));
  }

  sqlite3* db_;
  const std::function<void(double)>& progress_;
  double expected_, steps_ = 0;
};

void check_file(sqlite3* db, Findings& findings) {
  sqlite::Statement rows{db, "PRAGMA integrity_check(100)"};
  while (rows.step())
    if (rows.text(0) != "ok") findings.add("SQLite: " + std::string{rows.text(0)});
  if (sqlite::integer(db, "PRAGMA application_id") != schema::application_id)
    findings.add("application_id is not psherald's");
  if (sqlite::integer(db, "PRAGMA user_version") != schema::version)
    findings.add("user_version is not " + std::to_string(schema::version));
  if (sqlite::integer(db, "SELECT min(from_id) FROM run") != 1)
    findings.add("the first records have no run: table run does not begin at id 1");
}

struct Range {
  RecordId from, to;
  const char* what;
};
constexpr const char *present_row = "there", *removed_row = "noted as removed";

std::vector<Range> removed_ranges(sqlite3* db) {
  std::vector<Range> ranges;
  sqlite::Statement rows{db, "SELECT from_id, to_id FROM removed ORDER BY from_id"};
  while (rows.step()) ranges.push_back({rows.integer(0), rows.integer(1), removed_row});
  return ranges;
}

// Each id up to the newest has to be there or removed, and not both.
void check_ids(std::vector<Range> ranges, RecordId newest, Findings& findings) {
  const auto span = [](RecordId from, RecordId to) { return std::to_string(from) + " to " + std::to_string(to); };
  std::stable_sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.from < b.from; });
  RecordId expected = 1;
  for (const auto& range : ranges) {
    if (range.from > expected)
      findings.add("records " + span(expected, range.from - 1) + " are missing, and not noted as removed");
    if (range.from < expected)
      findings.add("records " + span(range.from, std::min(range.to, expected - 1)) + " are " + range.what +
                   ", and there or removed already");
    expected = std::max(expected, range.to + 1);
  }
  if (expected <= newest) findings.add("records " + span(expected, newest) + " are missing, and not noted as removed");
}

class References {
 public:
  References(sqlite3* db, std::string table) : table_{std::move(table)} {
    sqlite::Statement rows{db, "SELECT id FROM " + table_};
    while (rows.step()) known_.insert(rows.integer(0));
  }
  void see(RecordId id, std::int64_t row, Findings& findings) const {
    if (!known_.contains(row))
      findings.add("record " + std::to_string(id) + " refers to row " + std::to_string(row) + " of table " + table_ +
                   ", which is not there");
  }

 private:
  std::string table_;
  std::unordered_set<std::int64_t> known_;
};

void check_records(sqlite3* db, const std::function<void(double)>& progress, Findings& findings) {
  const std::array tables{References{db, "source"}, References{db, "site"}, References{db, "proc"}};
  const RecordId newest = sqlite::integer(db, "SELECT id FROM newest").value_or(0);
  auto ranges = removed_ranges(db);
  sqlite::Statement rows{db, "SELECT id, source, site, proc FROM entry ORDER BY id"};
  for (Range* last = nullptr; rows.step();) {
    const RecordId id = rows.integer(0);
    for (int i = 0; i < 3; ++i) tables[static_cast<std::size_t>(i)].see(id, rows.integer(i + 1), findings);
    if (last && last->to + 1 == id)
      last->to = id;
    else
      last = &ranges.emplace_back(Range{id, id, present_row});
    if (progress && id % (1 << 16) == 0)
      progress(file_share + (1 - file_share) * static_cast<double>(id) / static_cast<double>(newest));
  }
  check_ids(std::move(ranges), newest, findings);
  const auto lost = sqlite::integer(
      db, "SELECT count(*) FROM entry WHERE origin_no <> 0 AND origin_no NOT IN (SELECT no FROM origin)");
  if (lost > 0) findings.add(std::to_string(*lost) + " records refer to rows of table origin, which are not there");
}

}  // namespace

std::vector<std::string> check(sqlite3* db, const std::function<void(double)>& progress) {
  Findings findings;
  {
    const StepCounter counter{db, progress, sqlite::integer(db, "SELECT count(*) FROM entry").value_or(0)};
    check_file(db, findings);
  }
  check_records(db, progress, findings);
  check_segments(db, [&](std::string text) { findings.add(std::move(text)); });
  if (progress) progress(1.0);
  return findings.take();
}

}  // namespace psherald::store
