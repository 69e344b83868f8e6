#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "psherald/log_store.hpp"
#include "store/ballast.hpp"
#include "store/batch_rows.hpp"
#include "store/checkpoint.hpp"
#include "store/dead_letters.hpp"
#include "store/interner.hpp"
#include "store/origins.hpp"
#include "store/segment_writer.hpp"
#include "store/sqlite.hpp"
#include "store/streams.hpp"
#include "store/wal_guard.hpp"

namespace psherald::store {

/// What one connection does to the database: transactions, ids, runs and what it knows of the dictionaries.
class Writer {
 public:
  /// `created`: this process has just made the file, so its first run is ours.
  Writer(sqlite3* db, WalGuard& guard, Ballast& ballast, const LogStore::Options& options, bool created);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer();

  /// For records. While the disk is full there is no room for them. @throws Error store_full
  void begin();
  Appended append(const RecordBatch& batch);
  void commit();
  void rollback() noexcept;
  /// Runs `step` within a transaction of its own and returns what it does: for whatever is not a new record, which may
  /// use the room that the ballast has kept. @throws Error
  template <class Step>
  auto transaction(Step step) {
    start();
    try {
      if constexpr (std::is_void_v<decltype(step())>) {
        step();
        commit();
      } else {
        const auto result = step();
        commit();
        return result;
      }
    } catch (...) {
      notice_full();
      rollback();
      throw;
    }
  }
  bool in_transaction() const noexcept { return in_transaction_; }
  /// Outside a transaction: moves what can be moved from the WAL into the database, and gives the room of the WAL back,
  /// if nobody reads just now.
  void cut_wal() noexcept { checkpointer_.cut(); }

  /// For a log that comes from elsewhere with numbers of its own: begin() within a transaction that is open already.
  void join();
  /// Appends records whose ids are given, rising and above the newest. What lies between is noted as removed.
  void append_numbered(const RecordBatch& batch);
  /// No record gets an id up to this one any more.
  void pass_over(RecordId last);

  void mark_alive(Timestamp time);
  void save_cursor(const Cursor& cursor);
  void begin_run(RecordId from);
  /// That what is appended now gets; empty: it is not drawn yet.
  std::string run() const;

  /// Grows when the log under us turned out to be another one, such as an older copy.
  int generation() const noexcept { return generation_; }
  RecordId newest_id() const noexcept { return log_.newest; }
  /// As the file has it now, whoever wrote last. @throws Error
  RecordId read_newest_id() { return newest_.first_integer().value_or(0); }
  void reload_dictionaries();
  SegmentWriter& segments() noexcept { return segments_; }

 private:
  // What this connection knows of the log. It changes with our appends and at the begin after somebody else's.
  struct Log {
    RecordId newest = 0;
    RecordId run_from = 0;
    std::array<char, 16> run{};
    bool own_run = false;  // drawn since the file was opened, by us or by another process meanwhile
  };
  struct Marks {
    Log log;
    Interner<Source>::Mark sources;
    Interner<Site>::Mark sites;
    Interner<Process>::Mark processes;
  };

  void start();
  void notice_full() noexcept;
  Marks marks() const;
  void go_back_to(const Marks& marks) noexcept;
  void notice_others();
  Log read_log();
  bool is_behind(const Log& found);
  void draw_run();
  Appended insert(const RecordBatch& batch);
  Appended insert_records(const RecordBatch& batch);
  bool is_here(const Record& record);
  bool loops(const Record& record);
  void keep_refused(const Cursor& cursor, const Cursor::Refused& refused);
  void add_row(const Record& record, RecordId id, Timestamp received);
  void insert_rows(sqlite::Statement& insert);
  void find_rows(const RecordBatch& batch, RecordId first);
  void take_back_batch(const Marks& marks) noexcept;
  [[noreturn]] void fail_lost() const;

  sqlite3* db_;
  WalGuard& guard_;
  Ballast& ballast_;
  const LogStore::Options& options_;
  Checkpointer checkpointer_;
  BatchRows batch_;
  sqlite::Statement begin_, commit_, savepoint_, release_, undo_, data_version_, newest_, newest_run_, run_at_, insert_,
      insert_foreign_, pass_over_;
  Interner<Source> sources_;
  Interner<Site> sites_;
  Interner<Process> processes_;
  DeadLetters dead_letters_;
  Origins origins_;
  Streams streams_;
  SegmentWriter segments_;
  std::vector<std::int64_t> source_rows_, site_rows_, process_rows_;  // of the batch being appended

  Log log_;
  std::optional<Marks> at_begin_;
  std::optional<std::int64_t> seen_version_;
  std::optional<std::int64_t> alive_row_;
  int generation_ = 0;
  bool full_ = false;  // the disk, when it was last written to
  bool in_transaction_ = false;
  bool lost_ = false;  // SQLite has rolled the transaction back by itself
};

}  // namespace psherald::store
