#pragma once

/// SQLite with owners for its handles and our errors. The only header that includes sqlite3.h.

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "psherald/error.hpp"

namespace psherald::sqlite {

struct Close {
  void operator()(sqlite3* db) const noexcept { sqlite3_close_v2(db); }
};
using Connection = std::unique_ptr<sqlite3, Close>;

/// The error that the connection has just met, as a sentence: "cannot write to FILE: disk full; ...".
/// `tried` is a verb with its preposition, such as "write to".
Error error_of(sqlite3* db, std::string_view tried);

/// A prepared statement. Bound text is not copied: it has to live until the statement was stepped to its end or reset.
class Statement {
 public:
  Statement() = default;
  /// Prepared to be used often. @throws Error
  Statement(sqlite3* db, std::string_view sql);

  Statement& bind(int index, std::int64_t value) noexcept {
    sqlite3_bind_int64(get(), index, value);
    return *this;
  }
  Statement& bind(int index, std::optional<std::int64_t> value) noexcept {
    value ? sqlite3_bind_int64(get(), index, *value) : sqlite3_bind_null(get(), index);
    return *this;
  }
  /// Text without data becomes NULL. @throws Error when it is longer than SQLite takes.
  Statement& bind(int index, std::string_view text) {
    if (sqlite3_bind_text64(get(), index, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8) != SQLITE_OK) fail();
    return *this;
  }
  Statement& bind_blob(int index, std::string_view bytes) {
    if (sqlite3_bind_blob64(get(), index, bytes.data(), bytes.size(), SQLITE_STATIC) != SQLITE_OK) fail();
    return *this;
  }
  /// Binds the values to the parameters from the first on.
  template <class... Values>
  Statement& bind_all(const Values&... values) {
    int index = 0;
    (bind(++index, values), ...);
    return *this;
  }

  /// Whether there is a row; resets the statement after the last one and before it throws. @throws Error
  bool step() {
    const int code = sqlite3_step(get());
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) fail();
    sqlite3_reset(get());
    return false;
  }

  /// To its end, passing over rows.
  void run() {
    while (step()) {
    }
  }
  /// The first column of the first row. Nothing for NULL and for no row.
  std::optional<std::int64_t> first_integer();

  /// SQLITE_INTEGER, _FLOAT, _TEXT, _BLOB or _NULL. Not any more once the value was read as another type.
  int type(int column) const noexcept { return sqlite3_column_type(get(), column); }
  bool is_null(int column) const noexcept { return type(column) == SQLITE_NULL; }
  double real(int column) const noexcept { return sqlite3_column_double(get(), column); }
  std::int64_t integer(int column) const noexcept { return sqlite3_column_int64(get(), column); }
  std::optional<std::int64_t> optional_integer(int column) const noexcept {
    return is_null(column) ? std::nullopt : std::optional{integer(column)};
  }
  /// Without data for NULL. Good until the next step.
  std::string_view text(int column) const noexcept;
  std::string_view blob(int column) const noexcept;

  void reset() noexcept { sqlite3_reset(get()); }
  sqlite3_stmt* get() const noexcept { return handle_.get(); }

 private:
  [[noreturn]] void fail();

  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

/// A statement that is made when it is first needed: SQLite takes longer to understand a short one than to run it.
class LazyStatement {
 public:
  /// `sql` outlives this object.
  LazyStatement(sqlite3* db, std::string_view sql) : db_{db}, sql_{sql} {}
  Statement& operator*() { return made_ ? *made_ : made_.emplace(db_, sql_); }
  Statement* operator->() { return &**this; }

 private:
  sqlite3* db_;
  std::string_view sql_;
  std::optional<Statement> made_{};
};

/// Runs statements without parameters. @throws Error
void execute(sqlite3* db, const char* sql);
/// The first column of the first row of a statement without parameters.
std::optional<std::int64_t> integer(sqlite3* db, std::string_view sql);

/// As long as it lives, the connection reads one state of the database, whatever others write.
class Snapshot {
 public:
  explicit Snapshot(sqlite3* db) : db_{db} { execute(db_, "BEGIN"); }
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;
  ~Snapshot() { sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr); }

 private:
  sqlite3* db_;
};

}  // namespace psherald::sqlite
