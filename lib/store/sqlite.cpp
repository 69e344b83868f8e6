#include "store/sqlite.hpp"

#include <cerrno>
#include <cstring>

namespace psherald::sqlite {
namespace {

// A quota and a limit on file sizes are a full disk as well, but SQLite knows only ENOSPC.
bool out_of_space(sqlite3* db, int code) {
  if ((code & 0xff) == SQLITE_FULL) return true;
  const int reason = sqlite3_system_errno(db);
  return (code & 0xff) == SQLITE_IOERR && (reason == ENOSPC || reason == EDQUOT || reason == EFBIG);
}

struct Cause {
  Errc code;
  const char* advice;
};

Cause cause_of(sqlite3* db, int code) {
  if (out_of_space(db, code)) return {Errc::store_full, "make room on that disk; nothing that was stored is lost"};
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return {Errc::store_busy, "another process is using it; try again when it is done"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {Errc::store_corrupt, "the file is damaged; run `psherald check` on it or take a backup"};
    case SQLITE_READONLY:
      return {Errc::store_read_only, "give this user the right to write the file and its directory"};
    case SQLITE_PERM:
    case SQLITE_CANTOPEN: return {Errc::store_open, "look at the rights of the file and of its directory"};
    case SQLITE_TOOBIG: return {Errc::store_io, "a text is longer than SQLite takes"};
    default: return {Errc::store_io, "look at the disk and at the system's log"};
  }
}

}  // namespace

Error error_of(sqlite3* db, std::string_view tried) {
  const int code = sqlite3_extended_errcode(db);
  const auto cause = cause_of(db, code);
  const char* file = sqlite3_db_filename(db, "main");
  std::string text =
      "cannot " + std::string{tried} + ' ' + (file && *file ? file : "the database") + ": " + sqlite3_errmsg(db);
  if (const int reason = sqlite3_system_errno(db); (code & 0xff) == SQLITE_IOERR && reason != 0)
    text += std::string{" ("} + std::strerror(reason) + ')';
  return {cause.code, text + "; " + cause.advice};
}

Statement::Statement(sqlite3* db, std::string_view sql) {
  sqlite3_stmt* handle = nullptr;
  const int code =
      sqlite3_prepare_v3(db, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) throw error_of(db, "read");
}

void Statement::fail() {
  auto error = error_of(sqlite3_db_handle(get()), sqlite3_stmt_readonly(get()) ? "read" : "write to");
  reset();
  throw error;
}

std::optional<std::int64_t> Statement::first_integer() {
  const auto value = step() ? optional_integer(0) : std::nullopt;
  reset();
  return value;
}

std::string_view Statement::text(int column) const noexcept {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(get(), column));
  return text ? std::string_view{text, static_cast<std::size_t>(sqlite3_column_bytes(get(), column))}
              : std::string_view{};
}

std::string_view Statement::blob(int column) const noexcept {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(get(), column));
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(get(), column))};
}

void execute(sqlite3* db, const char* sql) {
  if (sqlite3_exec(db, sql, nullptr, nullptr, nullptr) != SQLITE_OK) throw error_of(db, "write to");
}

std::optional<std::int64_t> integer(sqlite3* db, std::string_view sql) { return Statement{db, sql}.first_integer(); }

}  // namespace psherald::sqlite
