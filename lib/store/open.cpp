#include "store/open.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
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

Error foreign(const std::string& file, const std::string& what) {
  return {Errc::store_foreign, "cannot use " + file + " as the log: it is " + what};
}

bool is_ps_herald(sqlite3* db) {
  return sqlite::integer(db,
                         "SELECT count(*) FROM pragma_table_info('log') WHERE name IN ('id', 'relativecreated', "
                         "'produkt_id', 'sub_sub_system_id', 'user_spec_2', 'summary')") == 6;
}

bool is_empty(sqlite3* db) { return sqlite::integer(db, "SELECT count(*) FROM sqlite_schema") == 0; }

// Why a database that has another application_id is not ours.
Error other_application(sqlite3* db, const std::string& file) {
  if (is_ps_herald(db))
    return foreign(file,
                   "a database of ps.herald 1.4.2; psherald does not migrate these yet; start it in another directory "
                   "or with --database");
  return foreign(file, "a database of another program; choose another file");
}

enum class Kind { missing, empty, filled };

// Through SQLite's own file, without its looking at what is in it: with any descriptor of a file that is closed, a
// process loses all locks that its other connections have on it, and the next program that closes the database would
// think that it is the last one, and delete the WAL under us. Source: sqlite.org/howtocorrupt.html, 2.2.
std::array<char, 100> read_header(const std::string& file) {
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr);
  const sqlite::Connection db{handle};
  if (code != SQLITE_OK)
    throw Error{Errc::store_open, "cannot open the database " + file + ": " +
                                      std::strerror(sqlite3_system_errno(handle)) +
                                      "; give this user the right to read it"};
  std::array<char, 100> header{};
  sqlite3_file* opened = nullptr;
  sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER, &opened);
  const int size = static_cast<int>(header.size());
  const int read = opened->pMethods->xRead(opened, header.data(), size, 0);
  if (read == SQLITE_IOERR_SHORT_READ) return {};
  if (read != SQLITE_OK) throw Error{Errc::store_io, "cannot read the database " + file + ": " + sqlite3_errstr(read)};
  return header;
}

// Looks at the file without opening it as a database, which would leave -wal and -shm beside a foreign one.
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

  // Source: sqlite.org/fileformat2.html, "The Database Header".
  constexpr std::string_view magic{"SQLite format 3\0", 16};
  const auto header = read_header(file);
  if (std::string_view{header.data(), magic.size()} != magic)
    throw foreign(file, "not an SQLite database; choose another file");
  std::int64_t application_id = 0;
  for (int i = 68; i < 72; ++i) application_id = application_id << 8 | static_cast<unsigned char>(header[i]);
  // With a journal beside it the header may be of a transaction that SQLite will take back.
  if (application_id == schema::application_id || not_empty(file + "-journal")) return Kind::filled;
  const auto db = open_immutable(file);
  // Without tables anybody may fill it, and somebody may have done so since the header was read.
  if (is_empty(db.get()) || sqlite::integer(db.get(), "PRAGMA application_id") == schema::application_id)
    return Kind::filled;
  throw other_application(db.get(), file);
}

// The same once more inside SQLite, which knows what lies in the WAL. All in one transaction: another program may be
// filling it at this moment. False when it is empty.
bool identify(sqlite3* db, const std::string& file) {
  const sqlite::Snapshot snapshot{db};
  const auto application_id = sqlite::integer(db, "PRAGMA application_id");
  const auto version = sqlite::integer(db, "PRAGMA user_version").value_or(0);
  if (application_id != schema::application_id) {
    if (is_empty(db)) return false;
    throw other_application(db, file);
  }
  if (version > schema::version)
    throw Error{Errc::store_version, "cannot use " + file + ": its schema is version " + std::to_string(version) +
                                         " and this psherald knows up to " + std::to_string(schema::version) +
                                         "; use the newer psherald that wrote it"};
  return true;
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

// Makes the empty file, so that it and what SQLite puts beside it get our mode. Somebody else may be quicker.
void make_empty(const std::string& file) {
  const File made{file, O_RDWR | O_CREAT | O_EXCL};
  if (!made && errno != EEXIST) throw Error{Errc::store_open, "cannot create the database " + file + ": " + reason()};
}

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
  std::error_code ignored;
  auto base = std::filesystem::temp_directory_path(ignored);
  path_ = ((base.empty() ? "/tmp" : base) / "psherald-XXXXXX").string();
  if (mkdtemp(path_.data()) == nullptr)
    throw Error{Errc::store_open, "cannot make a temporary directory " + path_ + " for \":memory:\": " + reason()};
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

sqlite::Connection open_to_read(const std::string& file, const LogStore::Options& options) {
  check_library(file);
  const auto kind = look_at(file);
  if (kind == Kind::missing)
    throw Error{Errc::store_open,
                "cannot read the database " + file + ": there is none; start a bridge that writes it"};
  const auto nothing = foreign(file, "empty; start a bridge that writes it");
  if (kind == Kind::empty) throw nothing;
  // Where SQLite could not make its -shm, and no writer has left a WAL, the file cannot change under us.
  const bool fixed = faccessat(AT_FDCWD, parent_of(file).c_str(), W_OK, AT_EACCESS) != 0 &&
                     access((file + "-shm").c_str(), F_OK) != 0 && !not_empty(file + "-wal");
  auto db = fixed ? open_immutable(file) : open_connection(file, SQLITE_OPEN_READONLY, options);
  if (!identify(db.get(), file)) throw nothing;
  configure(db.get(), options);
  return db;
}

Writable open_to_write(const std::string& file, const LogStore::Options& options) {
  check_library(file);
  const auto kind = look_at(file);
  check_rights(file, kind);
  if (kind == Kind::missing) make_empty(file);
  auto guard = std::make_unique<WalGuard>(file);
  auto db = open_connection(file, SQLITE_OPEN_READWRITE, options);

  bool created = false;
  if (!identify(db.get(), file) || !in_wal_mode(db.get())) {
    // Alone: the change to WAL needs the file for itself.
    if (!guard->lock(WalGuard::Mode::exclusive, options.busy_timeout))
      throw Error{Errc::store_busy, "cannot prepare the database " + file + ": another process is writing to it"};
    created = schema::create(db.get());
    use_wal(db.get(), file);
    guard->unlock();
  }
  configure(db.get(), options);
  return {std::move(guard), std::move(db), created};
}

}  // namespace psherald::store
