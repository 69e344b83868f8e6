#include "store/open.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "store/schema.hpp"

namespace psherald::store {
namespace {

std::string reason() { return std::strerror(errno); }

class File {
 public:
  File(const std::string& path, int flags) : fd_{open(path.c_str(), flags | O_CLOEXEC, 0640)} {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  explicit operator bool() const noexcept { return fd_ >= 0; }
  int get() const noexcept { return fd_; }

 private:
  int fd_;
};

std::string parent_of(const std::string& file) {
  const auto parent = std::filesystem::path{file}.parent_path();
  return parent.empty() ? "." : parent.string();
}

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
enum class Kind { missing, empty, ours, ps_herald, unsure };

struct Header {
  std::int64_t application_id = 0;
  bool wal = false;
};

// Source: sqlite.org/fileformat2.html, "The Database Header".
Header read_header(const std::string& file) {
  const File opened{file, O_RDONLY};
  if (!opened)
    throw Error{Errc::store_open,
                "cannot open the database " + file + ": " + reason() + "; give this user the right to read it"};
  constexpr std::string_view magic{"SQLite format 3\0", 16};
  std::array<char, 100> bytes{};
  const auto size = read(opened.get(), bytes.data(), bytes.size());
  if (size < 0) throw Error{Errc::store_io, "cannot read the database " + file + ": " + reason()};
  if (static_cast<std::size_t>(size) < bytes.size() || std::string_view{bytes.data(), magic.size()} != magic)
    throw foreign(file, "not an SQLite database; choose another file");
  Header header;
  for (int i = 68; i < 72; ++i)
    header.application_id = header.application_id << 8 | static_cast<unsigned char>(bytes[i]);
  header.wal = bytes[19] == 2;
  return header;
}

// Looks at the file with no help of SQLite, which would leave -wal and -shm beside a foreign one.
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
  if (status.st_size == 0) return Kind::empty;

  const auto header = read_header(file);
  // The header may be of a transaction that SQLite will take back.
  if (not_empty(file + "-journal")) return Kind::unsure;
  if (header.application_id == schema::application_id) return Kind::ours;
  const auto db = open_immutable(file);
  if (is_ps_herald(db.get())) return Kind::ps_herald;
  // All of a database that was never checkpointed is in its WAL.
  if (is_empty(db.get()) && not_empty(file + "-wal")) return Kind::unsure;
  throw other_program(file);
}

// The same once more inside SQLite.
Kind identify(sqlite3* db, const std::string& file) {
  const auto application_id = sqlite::integer(db, "PRAGMA application_id");
  const auto version = sqlite::integer(db, "PRAGMA user_version").value_or(0);
  if (application_id != schema::application_id) {
    if (is_empty(db)) return Kind::empty;
    if (is_ps_herald(db)) return Kind::ps_herald;
    throw other_program(file);
  }
  if (version > schema::version)
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
Readable read_aside(const std::string& file, const LogStore::Options& options) {
  auto directory = std::make_unique<TemporaryDirectory>();
  auto copy = copy_aside(file, directory->path());
  auto db = open_connection(copy, SQLITE_OPEN_READWRITE, options);
  const auto kind = identify(db.get(), file);
  if (kind == Kind::empty) throw empty(file);
  configure(db.get(), options);
  return {std::move(copy), std::move(directory), std::move(db), kind == Kind::ps_herald};
}

// Makes the empty file, so that it and what SQLite puts beside it get our mode. Somebody else may be quicker.
void make_empty(const std::string& file) {
  const File made{file, O_RDWR | O_CREAT};
  if (!made) throw Error{Errc::store_open, "cannot create the database " + file + ": " + reason()};
}

}  // namespace

Readable open_to_read(const std::string& file, const LogStore::Options& options) {
  check_library(file);
  const auto kind = look_at(file);
  if (kind == Kind::missing)
    throw Error{Errc::store_open,
                "cannot read the database " + file + ": there is none; start a bridge that writes it"};
  if (kind == Kind::empty) throw empty(file);
  if (kind == Kind::unsure || (kind == Kind::ps_herald && read_header(file).wal)) return read_aside(file, options);
  auto db = kind == Kind::ours && is_fixed(file) ? open_immutable(file)
                                                 : open_connection(file, SQLITE_OPEN_READONLY, options);
  const bool legacy = identify(db.get(), file) == Kind::ps_herald;
  configure(db.get(), options);
  return {file, nullptr, std::move(db), legacy};
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
