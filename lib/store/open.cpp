#include "store/open.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "store/raw_file.hpp"
#include "store/room.hpp"
#include "store/schema.hpp"

namespace psherald::store {
namespace {

std::string reason() { return std::strerror(errno); }

bool not_empty(const std::string& file) {
  struct stat status {};
  return stat(file.c_str(), &status) == 0 && status.st_size > 0;
}

// As a URI, since only that can say `immutable`: SQLite then takes no lock, reads no WAL and makes no file.
sqlite::Connection open_immutable(const std::string& file) {
  std::string uri = "file:";
  for (const char c : file) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    if (c == '%' || c == '?' || c == '#')
      uri += {'%', digits[byte >> 4], digits[byte & 15]};
    else
      uri += c;
  }
  sqlite3* db = nullptr;
  sqlite3_open_v2((uri + "?immutable=1").c_str(), &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX,
                  nullptr);
  return sqlite::Connection{db};
}

bool is_empty(sqlite3* db) { return sqlite::integer(db, "SELECT count(*) FROM sqlite_schema") == 0; }

Error foreign(const std::string& file, const std::string& what) {
  return {Errc::store_foreign, "cannot use " + file + " as the log: it is " + what};
}

Error empty(const std::string& file) { return foreign(file, "empty; start a bridge that writes it"); }

Error other_program(const std::string& file) {
  return foreign(file, "a database of another program; choose another file");
}

// `unsure`: what lies beside the file has to be taken into account, which only SQLite can do.
enum class Kind { missing, empty, ours, ps_herald, other, unsure };

using Header = std::array<char, 100>;
constexpr std::string_view magic{"SQLite format 3\0", 16};

// Source: sqlite.org/fileformat2.html, "The Database Header".
Header read_header(const std::string& file) {
  Header header{};
  const auto size = RawFile{file}.read(header.data(), header.size(), 0);
  if (size < header.size() || std::string_view{header.data(), magic.size()} != magic)
    throw foreign(file, "not an SQLite database; choose another file");
  return header;
}
std::int64_t application_id(const Header& header) {
  std::int64_t id = 0;
  for (int i = 68; i < 72; ++i) id = id << 8 | static_cast<unsigned char>(header[i]);
  return id;
}
bool in_wal_mode(const Header& header) { return header[19] == 2; }

// In a database that is not ours.
Kind kind_by_tables(sqlite3* db) {
  if (is_ps_herald(db)) return Kind::ps_herald;
  return is_empty(db) ? Kind::empty : Kind::other;
}

// Looks at the file without opening it as a database, which would leave -wal and -shm beside a foreign one.
Kind look_into(const std::string& file) {
  const auto header = read_header(file);
  // The header may be of a transaction that SQLite will take back.
  if (not_empty(file + "-journal")) return Kind::unsure;
  if (application_id(header) == schema::application_id) return Kind::ours;
  // No lock is taken, so nothing that looks odd counts while somebody writes to the file.
  const auto written_to = [&] { return not_empty(file + "-journal") || read_header(file) != header; };
  try {
    const auto kind = kind_by_tables(open_immutable(file).get());
    if (kind == Kind::ps_herald) return kind;
    // Without tables anybody may fill it, and all of a database that was never checkpointed is in its WAL.
    if (kind == Kind::empty || written_to()) return Kind::unsure;
  } catch (const Error&) {
    if (!written_to()) throw;
    return Kind::unsure;
  }
  throw other_program(file);
}

Kind look_at(const std::string& file) {
  struct stat status {};
  if (stat(file.c_str(), &status) != 0) {
    if (errno == ENOENT && access(parent_of(file).c_str(), F_OK) == 0) return Kind::missing;
    throw Error{Errc::store_open, "cannot open the database " + file + ": " + reason() + "; does its directory exist?"};
  }
  if (S_ISDIR(status.st_mode))
    throw Error{Errc::store_open, "cannot open the database " + file + ": it is a directory; name a file in it"};
  if (!S_ISREG(status.st_mode))
    throw Error{Errc::store_open, "cannot open the database " + file + ": it is not a regular file"};
  return status.st_size == 0 ? Kind::empty : look_into(file);
}

// The same once more inside SQLite, which knows what lies in the WAL. All in one transaction: another program may be
// filling or migrating it at this moment.
Kind identify(sqlite3* db, const std::string& file) {
  const sqlite::Snapshot snapshot{db};
  if (sqlite::integer(db, "PRAGMA application_id") != schema::application_id) {
    const auto kind = kind_by_tables(db);
    if (kind == Kind::other) throw other_program(file);
    return kind;
  }
  if (const auto version = sqlite::integer(db, "PRAGMA user_version").value_or(0); version > schema::version)
    throw Error{Errc::store_version, "cannot use " + file + ": its schema is version " + std::to_string(version) +
                                         " and this psherald knows up to " + std::to_string(schema::version) +
                                         "; use the newer psherald that wrote it"};
  return Kind::ours;
}

sqlite::Connection open_connection(const std::string& file, int flags, const LogStore::Options& options) {
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  sqlite::Connection db{handle};
  if (code != SQLITE_OK) throw sqlite::error_of(handle, "open");
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, static_cast<int>(options.busy_timeout.count()));
  // Checkpoints happen in one place only: checkpoint.cpp.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  sqlite3_wal_autocheckpoint(handle, 0);
  return db;
}

// Debian's SQLite overwrites what is deleted unless told otherwise, which would double retention's work.
void configure(sqlite3* db, const LogStore::Options& options) {
  const auto cache = "PRAGMA cache_size = -" + std::to_string(options.page_cache_bytes / 1024);
  sqlite::execute(db, (cache + "; PRAGMA synchronous = FULL; PRAGMA secure_delete = OFF; PRAGMA temp_store = MEMORY; "
                               "PRAGMA journal_size_limit = 67108864")
                          .c_str());
}

void use_wal(sqlite3* db, const std::string& file) {
  sqlite::Statement mode{db, "PRAGMA journal_mode = WAL"};
  if (!mode.step() || mode.text(0) != "wal")
    throw Error{Errc::store_open, "cannot use " + file +
                                      ": SQLite has no write-ahead log here; put it on a local file system with shared "
                                      "memory"};
}

bool in_wal_mode(sqlite3* db) {
  sqlite::Statement mode{db, "PRAGMA journal_mode"};
  return mode.step() && mode.text(0) == "wal";
}

void check_library(const std::string& file) {
  if (sqlite3_libversion_number() < 3037000 || sqlite3_threadsafe() == 0)
    throw Error{Errc::store_open, "cannot open " + file + ": SQLite " + sqlite3_libversion() +
                                      " is older than 3.37 or made without threads; install a newer one"};
}

void check_rights(const std::string& file, Kind kind) {
  const auto directory = parent_of(file);
  if (faccessat(AT_FDCWD, directory.c_str(), W_OK | X_OK, AT_EACCESS) != 0)
    throw Error{Errc::store_read_only, "cannot write to " + file + ": its directory " + directory +
                                           " may not be written (" + reason() +
                                           "), and SQLite keeps files beside the database"};
  if (kind != Kind::missing && faccessat(AT_FDCWD, file.c_str(), R_OK | W_OK, AT_EACCESS) != 0)
    throw Error{Errc::store_read_only, "cannot write to " + file + ": " + reason() +
                                           "; give this user the right, or open it for reading only"};
}

// Nobody else of psherald is in the file: the change to WAL needs that.
void lock_alone(WalGuard& guard, const std::string& file, const LogStore::Options& options) {
  if (!guard.lock(WalGuard::Mode::exclusive, options.busy_timeout))
    throw Error{Errc::store_busy, "cannot prepare the database " + file +
                                      ": another process is writing to it, or migrating it; try again when it is done"};
}

void refuse_obstacle(sqlite3* db, const std::string& file) {
  if (const auto obstacle = obstacle_to_migration(db); !obstacle.empty()) throw foreign(file, obstacle);
}

// Where SQLite could not make its -shm, and no writer has left a WAL, the file cannot change under us.
bool is_fixed(const std::string& file) {
  return faccessat(AT_FDCWD, parent_of(file).c_str(), W_OK, AT_EACCESS) != 0 &&
         access((file + "-shm").c_str(), F_OK) != 0 && !not_empty(file + "-wal");
}

// What is in the file is only known when SQLite has put the journal or the WAL beside it in order: done to a copy.
// Nothing when the file has become ours meanwhile, which needs no copy.
std::optional<Readable> read_aside(const std::string& file, const LogStore::Options& options) {
  auto directory = std::make_unique<TemporaryDirectory>();
  auto copy = copy_aside(file, directory->path());
  auto db = open_connection(copy, SQLITE_OPEN_READWRITE, options);
  const auto kind = identify(db.get(), file);
  if (kind == Kind::empty) throw empty(file);
  if (kind == Kind::ours && !not_empty(file + "-journal")) return {};
  configure(db.get(), options);
  return Readable{std::move(copy), std::move(directory), std::move(db), kind == Kind::ps_herald};
}

bool is_older(sqlite3* db) { return sqlite::integer(db, "PRAGMA user_version").value_or(0) < schema::version; }

// Makes the empty file, so that it and what SQLite puts beside it get our mode. Somebody else may be quicker.
void make_empty(const std::string& file) {
  const int made = open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
  if (made < 0 && errno != EEXIST)
    throw Error{Errc::store_open, "cannot create the database " + file + ": " + reason()};
  if (made >= 0) close(made);
}

}  // namespace

Readable open_to_read(const std::string& file, const LogStore::Options& options) {
  check_library(file);
  const auto kind = look_at(file);
  if (kind == Kind::missing)
    throw Error{Errc::store_open,
                "cannot read the database " + file + ": there is none; start a bridge that writes it"};
  if (kind == Kind::empty) throw empty(file);
  if (kind == Kind::unsure || (kind == Kind::ps_herald && in_wal_mode(read_header(file))))
    if (auto aside = read_aside(file, options)) return std::move(*aside);
  auto db = kind != Kind::ps_herald && is_fixed(file) ? open_immutable(file)
                                                      : open_connection(file, SQLITE_OPEN_READONLY, options);
  const auto identified = identify(db.get(), file);
  if (identified == Kind::empty) throw empty(file);
  configure(db.get(), options);
  if (identified == Kind::ours && is_older(db.get())) schema::stand_in(db.get());
  return {file, nullptr, std::move(db), identified == Kind::ps_herald};
}

Writable open_to_write(const std::string& file, const LogStore::Options& options) {
  check_library(file);
  auto kind = look_at(file);
  check_rights(file, kind);
  if (kind == Kind::missing) make_empty(file);
  auto guard = std::make_unique<WalGuard>(file);
  auto db = open_connection(file, SQLITE_OPEN_READWRITE, options);
  kind = identify(db.get(), file);

  bool created = false;
  if (kind != Kind::ours) {
    lock_alone(*guard, file, options);
    kind = identify(db.get(), file);  // somebody else may have been quicker
    if (kind == Kind::ps_herald) {
      refuse_obstacle(db.get(), file);
      auto migration = std::make_unique<Migration>(db.get(), file, options);
      return {std::move(guard), std::move(db), true, std::move(migration)};
    }
    created = schema::create(db.get());
  } else if (is_older(db.get())) {
    lock_alone(*guard, file, options);
    schema::upgrade(db.get());
  }
  prepare(db.get(), *guard, file, options);
  return {std::move(guard), std::move(db), created, nullptr};
}

void prepare(sqlite3* db, WalGuard& guard, const std::string& file, const LogStore::Options& options) {
  if (!in_wal_mode(db)) {
    lock_alone(guard, file, options);
    use_wal(db, file);
  }
  guard.unlock();
  configure(db, options);
}

}  // namespace psherald::store
