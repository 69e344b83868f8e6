#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "psherald/sink.hpp"

struct sqlite3;

namespace psherald {

/// A named place in the log, kept in the store: everything up to it is dealt with by whoever the name belongs to.
struct Cursor {
  /// A record that the other end does not take.
  struct Refused {
    std::string run;
    RecordId id = 0;
    std::string reason;
  };
  std::string name;
  std::string url{};                    ///< Where the records go, for people.
  RecordId start = 1;                   ///< The first record that it was to deal with.
  RecordId id = 0;                      ///< The last one that it has.
  std::string stream{};                 ///< 32 hex digits, drawn when it was saved first.
  std::string filter{};                 ///< For people.
  std::string tag{};                    ///< By which the record at `id` is recognised; empty: not known.
  std::int64_t skipped = 0;             ///< Ids that were given up.
  std::int64_t refused = 0;             ///< Records that the other end did not take.
  std::vector<Refused> dead_letters{};  ///< What becomes a dead letter with the next save_cursor, each once.
};

/// What a store keeps; without a bound in time or size, everything.
struct Retention {
  std::optional<Timestamp> since{};  ///< What was received before goes.
  /// The oldest go until the database, its WAL and the ballast take no more than this on the disk. The WAL alone may
  /// have 16 MiB, and more while somebody reads for long, so below 64 MiB little is left for records.
  std::optional<std::uint64_t> max_bytes{};
  /// From this record on nothing goes, whatever the bounds say: somebody has still to read it. 0: nobody has.
  RecordId keep_from = 0;
};

struct Pruned {
  std::size_t records = 0;  ///< How many went.
  bool more = false;        ///< The budget ended it before everything was done.
  /// Where records went, those who have not had all up to the oldest that is left: it will be missing there.
  std::vector<Cursor> overtaken{};
};

/// Records in one SQLite file, in the order they were received. Tables: docs/schema.md.
///
/// A record is safe when commit (or write's `done`) says so: WAL, synchronous=FULL, one fsync for each transaction.
/// Anybody may read and write the file with plain `sqlite3` meanwhile, through the views `log` and `heartbeat`; other
/// psherald processes may write to it as well. Each write transaction first takes note of what others wrote.
///
/// Threads: one LogStore is one connection: use it from one thread at a time. reader() opens others: readers never
/// block the writer. Put a QueuedSink in front to keep disk waits off an io thread.
class LogStore final : public TransactionalSink {
 public:
  struct Options {
    /// UTF-8; "sqlite:FILE" is the same as FILE. ":memory:" is a temporary file that lives and dies with the object.
    /// A new file gets mode 0640.
    std::string path;
    std::chrono::milliseconds busy_timeout{2'000};  ///< How long to wait for another writer.
    std::size_t page_cache_bytes = 8u << 20;        ///< SQLite's page cache. Ingest gains nothing from more than 2 MiB.
    /// The size of a file beside the database, FILE-ballast, that holds room on the disk for the day when it is full:
    /// then it goes, and records can be removed. 0: none. ":memory:" has none.
    std::size_t ballast_bytes = 16u << 20;
    bool read_only = false;  ///< Never changes the file. It has to exist.
    /// Hears how far a file of ps.herald 1.4.2 is, which can take minutes: what is being done, and which part of it is
    /// done, from 0 to 1. Runs within the constructor; must not throw.
    std::function<void(const std::string& step, double done)> on_migration{};
  };
  /// Creates what is missing. A file that is not psherald's, is newer or damaged is left as it was.
  ///
  /// A database of ps.herald 1.4.2 becomes one of psherald, in place, ids and texts unchanged: whatever ends the
  /// process meanwhile, it is the old one or the new one afterwards. With read_only it stays as it is to the last byte,
  /// and a temporary copy is shown. docs/migration.md tells the rest.
  /// @throws Error store_open, store_foreign, store_version, store_corrupt, store_read_only, store_busy
  explicit LogStore(Options options);
  LogStore(const LogStore&) = delete;
  LogStore& operator=(const LogStore&) = delete;
  ~LogStore() override;

  void begin() override;  ///< @throws Error store_busy, store_read_only, store_io
  /// Gives the ids, fills in `received` where it is the epoch, and stores dead letters beside the records. A record
  /// that has an origin keeps it, unless that is here already, as one that came so or as one of this store's own: then
  /// it only counts as duplicate. @throws Error bad_record: an origin that is not 32 hex digits
  Appended append(const RecordBatch& batch) override;
  void commit() override;  ///< On disk when it returns. @throws Error store_full, store_io
  void rollback() noexcept override;

  /// A connection of its own for reading, for any thread; any thread may call it. It ends before this object does.
  /// @throws Error store_open
  std::unique_ptr<LogStore> reader() const;

  /// The newest id ever given; 0 before the first record. @throws Error store_io
  RecordId newest_id() const;
  /// Records that are there now: the ids given less those removed. @throws Error store_io
  std::int64_t count() const;
  /// Deletes what is not to be kept, and what no record refers to any more, and gives the room back to the disk, in
  /// steps of some ten milliseconds with others' transactions in between. Ends when about `budget` is over, and goes on
  /// with the next call; without one, when all is done. Outside a transaction. @throws Error store_busy, store_io
  Pruned prune(const Retention& keep, std::optional<std::chrono::milliseconds> budget = {});
  /// Makes the summaries of segments that are missing since records were deleted or written by other programs: searches
  /// are slower without. Ends after about `budget`; true when there is more to do. Outside a transaction.
  /// @throws Error store_busy, store_io
  bool tend(std::chrono::milliseconds budget = std::chrono::milliseconds{25});
  /// Makes the summaries of all segments anew from the records, in short transactions. `progress` hears a fraction
  /// between 0 and 1 now and then. Outside a transaction. @throws Error store_busy, store_io
  void rebuild(const std::function<void(double)>& progress = {});
  /// What database, WAL and ballast take on the disk.
  std::uint64_t disk_bytes() const;
  /// Says that a bridge on this store has been able to hear its senders until `time`. The first call opens a new
  /// interval. Outside a transaction. @throws Error store_busy, store_io
  void mark_alive(Timestamp time);
  /// Nothing when there is none of that name.
  std::optional<Cursor> cursor(std::string_view name) const;
  /// Keeps the cursor under its name. Outside a transaction. @throws Error store_busy, store_io
  void save_cursor(const Cursor& cursor);
  /// The run of what this object appends, 32 hex digits; empty before its first record since it was opened.
  std::string run() const;
  /// Gives the records from this id on a new run, or, when there are none, those to come: for a log that was copied
  /// together with the memory of the process that writes it. Outside a transaction. @throws Error store_busy, store_io
  void begin_run(RecordId from);
  /// Dead letters that are kept: at most 10,000, and 64 MiB; the oldest go first.
  std::int64_t dead_letter_count() const;

  /// Reads the whole file and returns what is wrong with it, a sentence each; empty when all is well. Changes nothing.
  /// `progress` hears a fraction between 0 and 1 now and then.
  std::vector<std::string> check(const std::function<void(double)>& progress = {}) const;

  /// Copies the log as it is now to a new file, while others write: they are not held up, but the WAL grows until it is
  /// done. The file gets its name when it is whole and on the disk, and mode 0640. `progress` as in check.
  /// @throws Error store_open: the file is there already, or cannot be made; store_full, store_io
  void backup(const std::string& to, const std::function<void(double)>& progress = {}) const;

  const std::string& path() const noexcept;  ///< As in Options.
  const std::string& file() const noexcept;  ///< The file itself, for ":memory:" too.
  bool read_only() const noexcept;
  sqlite3* native_handle() const noexcept;  ///< For backups and extensions; the store keeps ownership.

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Remarks on this machine's SQLite for `check` and the start of a program; empty when there are none. Versions 3.7.0
/// to 3.51.2 (but 3.50.7 and 3.44.6) can lose commits when *other* programs checkpoint: docs/schema.md, "Writing from
/// outside".
std::string sqlite_advice();

}  // namespace psherald
