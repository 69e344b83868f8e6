#include "psherald/log_store.hpp"

#include <optional>

#include "store/backup.hpp"
#include "store/check.hpp"
#include "store/open.hpp"
#include "store/pruner.hpp"
#include "store/room.hpp"
#include "store/sqlite.hpp"
#include "store/tend.hpp"
#include "store/writer.hpp"

namespace psherald {
namespace {

constexpr std::string_view memory = ":memory:";

std::string file_of(std::string_view path) {
  constexpr std::string_view scheme = "sqlite:";
  if (path.substr(0, scheme.size()) == scheme) path.remove_prefix(scheme.size());
  if (path.empty()) throw Error{Errc::store_open, "cannot open the database: its path is empty"};
  return std::string{path};
}

}  // namespace

struct LogStore::Impl {
  explicit Impl(Options with) : options{std::move(with)} {
    options.path = file_of(options.path);
    file = options.path;
    if (file == memory) {
      directory = std::make_unique<store::TemporaryDirectory>();
      file = directory->path() + "/log.sqlite";
    }
    options.read_only ? open_to_read() : open_to_write();
  }

  void open_to_read() {
    auto opened = store::open_to_read(file, options);
    if (opened.legacy) {
      auto temporary = std::make_unique<store::TemporaryDirectory>();
      const auto copy = temporary->path() + "/log.sqlite";
      store::import(opened.db.get(), copy, options);
      opened = store::open_to_read(copy, options);
      opened.directory = std::move(temporary);
    }
    file = std::move(opened.file);
    directory = std::move(opened.directory);
    db = std::move(opened.db);
  }

  void open_to_write() {
    auto opened = store::open_to_write(file, options);
    guard = std::move(opened.guard);
    db = std::move(opened.db);
    ballast = std::make_unique<store::Ballast>(file, directory ? 0 : options.ballast_bytes);
    writer.emplace(db.get(), *guard, *ballast, options, opened.created);
    if (opened.migration) {
      opened.migration->finish(*writer);
      store::prepare(db.get(), *guard, file, options);
    }
    pruner.emplace(db.get(), *writer, file);
  }

  store::Writer& to_write() {
    if (writer) return *writer;
    throw Error{Errc::store_read_only, "cannot write to " + options.path + ": it was opened for reading only"};
  }

  Options options;
  std::string file;
  // In the order in which they need each other.
  std::unique_ptr<store::TemporaryDirectory> directory;
  std::unique_ptr<store::WalGuard> guard;
  sqlite::Connection db;
  std::unique_ptr<store::Ballast> ballast;
  std::optional<store::Writer> writer;
  std::optional<store::Pruner> pruner;
};

LogStore::LogStore(Options options) : impl_{std::make_unique<Impl>(std::move(options))} {}
LogStore::~LogStore() = default;

void LogStore::begin() { impl_->to_write().begin(); }
Appended LogStore::append(const RecordBatch& batch) { return impl_->to_write().append(batch); }
void LogStore::commit() { impl_->to_write().commit(); }
void LogStore::rollback() noexcept {
  if (impl_->writer) impl_->writer->rollback();
}

std::unique_ptr<LogStore> LogStore::reader() const {
  Options options = impl_->options;
  options.path = impl_->file;
  options.read_only = true;
  return std::make_unique<LogStore>(std::move(options));
}

RecordId LogStore::newest_id() const { return sqlite::integer(impl_->db.get(), "SELECT id FROM newest").value_or(0); }

std::int64_t LogStore::count() const {
  // Every id up to the newest has a row or is noted as removed.
  return sqlite::integer(impl_->db.get(),
                         "SELECT id - (SELECT coalesce(sum(to_id - from_id + 1), 0) FROM removed) FROM newest")
      .value_or(0);
}

Pruned LogStore::prune(const Retention& keep, std::optional<std::chrono::milliseconds> budget) {
  impl_->to_write();
  return impl_->pruner->prune(keep, budget);
}

std::uint64_t LogStore::disk_bytes() const {
  const auto& file = impl_->file;
  return store::size_of(file) + store::size_of_wal(file) + store::size_of_ballast(file);
}

bool LogStore::tend(std::chrono::milliseconds budget) { return store::tend(impl_->to_write(), budget); }

void LogStore::rebuild(const std::function<void(double)>& progress) { store::rebuild(impl_->to_write(), progress); }

void LogStore::mark_alive(Timestamp time) { impl_->to_write().mark_alive(time); }

std::optional<Cursor> LogStore::cursor(std::string_view name) const {
  sqlite::Statement row{impl_->db.get(),
                        "SELECT url, start, id, lower(hex(stream)), coalesce(filter, ''), coalesce(tag, ''), "
                        "coalesce(skipped, 0), coalesce(refused, 0) FROM cursor WHERE name = ?1"};
  if (!row.bind(1, name).step()) return {};
  const auto text = [&](int column) { return std::string{row.text(column)}; };
  return Cursor{std::string{name}, text(0), row.integer(1), row.integer(2), text(3),
                text(4),           text(5), row.integer(6), row.integer(7), {}};
}
void LogStore::save_cursor(const Cursor& cursor) { impl_->to_write().save_cursor(cursor); }
std::string LogStore::run() const { return impl_->writer ? impl_->writer->run() : std::string{}; }
void LogStore::begin_run(RecordId from) { impl_->to_write().begin_run(from); }

std::int64_t LogStore::dead_letter_count() const {
  return sqlite::integer(impl_->db.get(), "SELECT count(*) FROM dead_letter").value_or(0);
}

std::vector<std::string> LogStore::check(const std::function<void(double)>& progress) const {
  return store::check(impl_->db.get(), progress);
}

void LogStore::backup(const std::string& to, const std::function<void(double)>& progress) const {
  store::backup(impl_->db.get(), to, progress);
}

const std::string& LogStore::path() const noexcept { return impl_->options.path; }
const std::string& LogStore::file() const noexcept { return impl_->file; }
bool LogStore::read_only() const noexcept { return impl_->options.read_only; }
sqlite3* LogStore::native_handle() const noexcept { return impl_->db.get(); }

std::string sqlite_advice() {
  const int version = sqlite3_libversion_number();
  const bool affected = version >= 3007000 && version < 3051003 && version != 3050007 && version != 3044006;
  if (!affected) return {};
  return "SQLite " + std::string{sqlite3_libversion()} +
         " can lose commits when another program checkpoints the database at the same time. psherald's programs keep "
         "out of each other's way; in other programs that write to it use PRAGMA wal_autocheckpoint=0, or use "
         "`psherald emit`";
}

}  // namespace psherald
