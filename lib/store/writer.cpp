#include "store/writer.hpp"

#include <algorithm>
#include <cassert>
#include <fstream>

#include "record/hex.hpp"
#include "record/variant.hpp"
#include "store/gap_records.hpp"
#include "store/schema.hpp"

namespace psherald::store {
namespace {

std::int64_t microseconds(Timestamp time) { return time.time_since_epoch().count(); }

std::string boot_id() {
  std::ifstream file{"/proc/sys/kernel/random/boot_id"};
  std::string id;
  std::getline(file, id);
  return id;
}

std::array<char, 16> run_of(std::string_view bits) {
  std::array<char, 16> run{};
  std::copy_n(bits.begin(), std::min(bits.size(), run.size()), run.begin());
  return run;
}

}  // namespace

Writer::Writer(sqlite3* db, WalGuard& guard, Ballast& ballast, const LogStore::Options& options, bool created)
    : db_{db},
      guard_{guard},
      ballast_{ballast},
      options_{options},
      checkpointer_{db, guard, options.busy_timeout},
      batch_{db},
      begin_{db, "BEGIN IMMEDIATE"},
      commit_{db, "COMMIT"},
      savepoint_{db, "SAVEPOINT batch"},
      release_{db, "RELEASE batch"},
      undo_{db, "ROLLBACK TO batch"},
      data_version_{db, "PRAGMA data_version"},
      newest_{db, "SELECT id FROM newest"},
      newest_run_{db, "SELECT from_id, run FROM run ORDER BY from_id DESC LIMIT 1"},
      run_at_{db, "SELECT run FROM run WHERE from_id = ?1"},
      insert_{db,
              "INSERT INTO entry(id, received, created, flags, source, site, proc, level, relative, message, exc_text, "
              "stack_info, extra, legacy) SELECT id, received, created, flags, source, site, proc, level, relative, "
              "message, "
              "exc_text, stack_info, extra, legacy FROM batch_rows"},
      insert_foreign_{
          db,
          "INSERT INTO entry(id, received, created, flags, source, site, proc, level, relative, message, exc_text, "
          "stack_info, extra, legacy, origin_no, origin_id, origin_received, path_no) SELECT * FROM batch_rows"},
      pass_over_{db, "INSERT INTO removed VALUES(?1, ?2)"},
      sources_{db},
      sites_{db},
      processes_{db},
      dead_letters_{db},
      origins_{db},
      streams_{db},
      segments_{db} {
  log_.own_run = created;
}

Writer::~Writer() {
  rollback();
  checkpointer_.before_close();
}

void Writer::begin() {
  if (full_ && !ballast_.restore())
    throw Error{Errc::store_full, "cannot write to " + options_.path +
                                      ": its disk is full; make room there, or keep less: retention.max_size, "
                                      "retention.max_age"};
  full_ = false;
  start();
}

void Writer::start() {
  assert(!in_transaction_);
  if (!guard_.lock(WalGuard::Mode::shared, options_.busy_timeout))
    throw Error{Errc::store_busy, "cannot write to " + options_.path +
                                      ": another process has kept its checkpoint lock " + guard_.path() + " for " +
                                      std::to_string(options_.busy_timeout.count()) + " ms"};
  try {
    begin_.run();
    join();
  } catch (...) {
    at_begin_.reset();
    rollback();
    guard_.unlock();
    throw;
  }
}

void Writer::join() {
  in_transaction_ = true;
  notice_others();
  at_begin_ = marks();
}

void Writer::notice_others() {
  const auto version = data_version_.first_integer();
  if (version == seen_version_) return;
  auto found = read_log();
  if (!seen_version_ || is_behind(found)) {
    found.own_run = !seen_version_ && log_.own_run;
    ++generation_;
    reload_dictionaries();
  } else {
    found.own_run = log_.own_run || found.run_from > log_.run_from;
    sources_.catch_up();
    sites_.catch_up();
    processes_.catch_up();
  }
  dead_letters_.forget();
  origins_.forget();
  segments_.forget();
  log_ = found;
  seen_version_ = version;
}

void Writer::reload_dictionaries() {
  sources_.load();
  sites_.load();
  processes_.load();
}

Writer::Log Writer::read_log() {
  Log log;
  log.newest = newest_.first_integer().value_or(0);
  if (newest_run_.step()) {
    log.run_from = newest_run_.integer(0);
    log.run = run_of(newest_run_.blob(1));
  }
  newest_run_.reset();
  return log;
}

// Whether the file was put back: what we wrote or read there is missing.
bool Writer::is_behind(const Log& found) {
  if (found.newest < log_.newest) return true;
  const bool same = run_at_.bind(1, log_.run_from).step() && run_of(run_at_.blob(0)) == log_.run;
  run_at_.reset();
  return !same;
}

// (run, id) has to name one record for ever, also when the file is a copy: so nobody goes on under a run that was
// drawn before the file was opened.
void Writer::draw_run() {
  schema::draw_run(db_, log_.newest + 1);
  log_ = read_log();
  log_.own_run = true;
}

Appended Writer::append(const RecordBatch& batch) {
  assert(in_transaction_);
  if (lost_) fail_lost();
  const auto before = marks();
  try {
    savepoint_.run();
    const auto appended = insert(batch);
    release_.run();
    return appended;
  } catch (...) {
    notice_full();
    take_back_batch(before);
    throw;
  }
}

Appended Writer::insert(const RecordBatch& batch) {
  const auto* claim = batch.claim();
  const std::int64_t stream = claim ? streams_.accept(*claim) : 0;
  dead_letters_.add(batch.dead_letters(), claim);
  const auto appended = insert_records(batch);
  if (claim) {
    if (!claim->gaps.empty()) insert_records(gap_records(*claim));
    origins_.set_name(claim->to.run, claim->store);
    streams_.advance(stream, claim->to);
  }
  return appended;
}

Appended Writer::insert_records(const RecordBatch& batch) {
  const auto records = batch.records();
  if (records.empty()) return {};
  if (!log_.own_run && !variant::is(variant::no_new_run) && !variant::is(variant::late_run)) draw_run();
  const RecordId first = log_.newest + 1;
  const auto arrived = now();
  find_rows(batch, first);
  batch_.clear();
  Appended appended;
  for (const auto& record : records) {
    const auto received = record.received == Timestamp{} ? arrived : record.received;
    if (!present(record.origin)) {
      add_row(record, ++log_.newest, received);
      continue;
    }
    if (batch.claim() && loops(record)) {
      ++appended.looped;
    } else if (is_here(record)) {
      ++appended.duplicate;
    } else {
      add_row(record, ++log_.newest, received);
      const auto path = record.origin_path.empty() ? 0 : origins_.number_of_path(record.origin_path);
      batch_.set_origin(origins_.number_of(record.origin), path, origins_.portable(record.legacy));
    }
  }
  const bool foreign =
      std::any_of(batch_.rows().begin(), batch_.rows().end(), [](const auto& row) { return row.origin != 0; });
  insert_rows(foreign ? insert_foreign_ : insert_);
  appended.stored = batch_.rows().size();
  appended.first_id = appended.stored == 0 ? 0 : first;
  return appended;
}

bool Writer::is_here(const Record& record) {
  if (variant::is(variant::no_index)) return false;
  if (origins_.is_newest(record.origin, record.origin_id)) return false;
  return origins_.has(record.origin, record.origin_id) || batch_.has(record.origin, record.origin_id);
}

// A record of our own that an older copy of the file has lost comes home; else two stores with a short memory would
// send one record round for ever.
bool Writer::loops(const Record& record) {
  if (variant::is(variant::no_path)) return false;
  return origins_.is_own(record.origin, record.origin_id) ||
         (!origins_.is_own_run(record.origin) && origins_.passes_here(record.origin_path));
}

void Writer::append_numbered(const RecordBatch& batch) {
  assert(in_transaction_ && log_.own_run);
  if (batch.records().empty()) return;
  find_rows(batch, batch.records().front().id);
  batch_.clear();
  for (const auto& record : batch.records()) {
    assert(record.id > log_.newest);
    pass_over(record.id - 1);
    add_row(record, log_.newest = record.id, record.received);
  }
  insert_rows(insert_);
}

void Writer::pass_over(RecordId last) {
  if (last <= log_.newest) return;
  pass_over_.bind_all(log_.newest + 1, last).run();
  log_.newest = last;
}

void Writer::find_rows(const RecordBatch& batch, RecordId first) {
  sources_.rows_of(batch.sources(), first, source_rows_);
  sites_.rows_of(batch.sites(), first, site_rows_);
  processes_.rows_of(batch.processes(), first, process_rows_);
}

void Writer::add_row(const Record& record, RecordId id, Timestamp received) {
  batch_.add({&record, id, microseconds(received), source_rows_[record.source], site_rows_[record.site],
              process_rows_[record.process]});
}

void Writer::insert_rows(sqlite::Statement& insert) {
  insert.run();
  for (const auto& row : batch_.rows()) {
    const auto& record = *row.record;
    segments_.add(row.id, {.received = row.received,
                           .created = record.created ? std::optional{microseconds(*record.created)} : std::nullopt,
                           .level = static_cast<std::int64_t>(record.level),
                           .source = row.source,
                           .site = row.site,
                           .message = record.message,
                           .exc_text = record.exc_text,
                           .stack_info = record.stack_info,
                           .extra = record.extra});
  }
}

void Writer::take_back_batch(const Marks& before) noexcept {
  insert_.reset();
  insert_foreign_.reset();
  // SQLite ends the whole transaction by itself when the disk is full or fails.
  lost_ = sqlite3_get_autocommit(db_) != 0 || sqlite3_step(undo_.get()) != SQLITE_DONE;
  undo_.reset();
  if (!lost_) sqlite3_step(release_.get());
  release_.reset();
  go_back_to(before);
}

void Writer::commit() {
  assert(in_transaction_);
  try {
    if (lost_) fail_lost();
    commit_.run();
  } catch (...) {
    notice_full();
    rollback();
    throw;
  }
  in_transaction_ = false;
  at_begin_.reset();
  sources_.keep();
  sites_.keep();
  processes_.keep();
  guard_.unlock();
  checkpointer_.after_commit();
}

void Writer::rollback() noexcept {
  if (!in_transaction_) return;
  // No error to tell: when there is nothing to roll back any more, SQLite has done it.
  if (sqlite3_get_autocommit(db_) == 0) sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
  if (at_begin_) go_back_to(*at_begin_);
  at_begin_.reset();
  in_transaction_ = lost_ = false;
  guard_.unlock();
}

void Writer::notice_full() noexcept {
  if (sqlite3_errcode(db_) != SQLITE_FULL) return;
  full_ = true;
  ballast_.drop();
}

void Writer::fail_lost() const {
  throw Error{Errc::store_io, "cannot write to " + options_.path +
                                  ": an error before this one has made SQLite give up the whole transaction"};
}

Writer::Marks Writer::marks() const { return {log_, sources_.mark(), sites_.mark(), processes_.mark()}; }

void Writer::go_back_to(const Marks& marks) noexcept {
  log_ = marks.log;
  sources_.go_back_to(marks.sources);
  sites_.go_back_to(marks.sites);
  processes_.go_back_to(marks.processes);
  dead_letters_.forget();
  origins_.forget();
  segments_.forget();
}

void Writer::mark_alive(Timestamp time) {
  transaction([&] {
    sqlite::Statement grow{db_,
                           "UPDATE bridge_alive SET until_us = max(until_us, ?1) WHERE rowid = ?2 RETURNING rowid"};
    if (alive_row_ && grow.bind_all(microseconds(time), *alive_row_).first_integer()) return;
    const auto boot = boot_id();
    sqlite::Statement{db_, "INSERT INTO bridge_alive VALUES(?1, ?1, ?2)"}
        .bind_all(microseconds(time), std::string_view{boot})
        .run();
    alive_row_ = sqlite3_last_insert_rowid(db_);
  });
}

// A stream is drawn with the cursor and stays with it.
void Writer::save_cursor(const Cursor& cursor) {
  transaction([&] {
    sqlite::Statement{
        db_,
        "INSERT INTO cursor(name, stream, url, filter, start, id, tag, skipped, refused, at) VALUES(?1, "
        "randomblob(16), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT(name) DO UPDATE SET url = excluded.url, "
        "filter = excluded.filter, id = excluded.id, tag = excluded.tag, skipped = excluded.skipped, "
        "refused = excluded.refused, at = excluded.at"}
        .bind_all(std::string_view{cursor.name}, std::string_view{cursor.url}, std::string_view{cursor.filter},
                  cursor.start, cursor.id, std::string_view{cursor.tag}, cursor.skipped, cursor.refused,
                  microseconds(now()))
        .run();
    for (const auto& letter : cursor.dead_letters) keep_refused(cursor, letter);
  });
}

void Writer::keep_refused(const Cursor& cursor, const Cursor::Refused& refused) {
  const auto run = from_hex(refused.run).value_or("");
  sqlite::Statement{
      db_,
      "INSERT OR IGNORE INTO dead_letter(at, reason, peer, cursor, run, rec_id, bytes) VALUES(?1, ?2, ?3, "
      "?4, ?5, ?6, x'')"}
      .bind(1, microseconds(now()))
      .bind(2, std::string_view{refused.reason})
      .bind(3, std::string_view{cursor.url})
      .bind(4, std::string_view{cursor.name})
      .bind_blob(5, run)
      .bind(6, refused.id)
      .run();
  dead_letters_.forget();
}

void Writer::begin_run(RecordId from) {
  transaction([&] {
    if (from > log_.newest) {
      log_.own_run = false;
      return;
    }
    const bool own = log_.own_run || from >= log_.run_from;
    schema::draw_run(db_, from);
    log_ = read_log();
    log_.own_run = own;
  });
}

std::string Writer::run() const { return log_.own_run ? to_hex({log_.run.data(), log_.run.size()}) : std::string{}; }

}  // namespace psherald::store
