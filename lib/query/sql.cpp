#include "psherald/sql.hpp"

#include <algorithm>
#include <array>

#include "store/sqlite.hpp"

namespace psherald {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int longest_text = 64 << 10, longest_value = 16 << 20;
constexpr int steps_between_looks = 1'000;
// They reach beyond the database. None is in the library of Debian, but a host may have linked another one.
constexpr std::array refused_functions{"load_extension", "readfile", "writefile", "edit", "fts3_tokenizer"};

std::string name_of(int action, const char* object) {
  switch (action) {
    case SQLITE_INSERT: return "INSERT";
    case SQLITE_UPDATE: return "UPDATE";
    case SQLITE_DELETE: return "DELETE";
    case SQLITE_ATTACH: return "ATTACH";
    case SQLITE_DETACH: return "DETACH";
    case SQLITE_PRAGMA: return "PRAGMA";
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT: return "a transaction";
    case SQLITE_FUNCTION: return std::string{"the function "} + (object ? object : "");
    default: return "a change of the schema";
  }
}

/// What SQLite asks before and while it works.
class Guard {
 public:
  explicit Guard(const SqlQuery& query)
      : query_{query}, deadline_{Clock::now() + query.time_limit}, memory_before_{sqlite3_memory_used()} {}

  void watch(sqlite3* db) {
    sqlite3_set_authorizer(db, authorize, this);
    sqlite3_progress_handler(db, steps_between_looks, look, this);
  }
  void give_time(Clock::duration time) { deadline_ += time; }
  /// Why it was refused or ended; empty when it was not.
  const std::string& reason() const noexcept { return reason_; }

 private:
  static int authorize(void* self, int action, const char*, const char* object, const char*, const char*) {
    const bool reads = action == SQLITE_SELECT || action == SQLITE_READ || action == SQLITE_RECURSIVE;
    const bool calls = action == SQLITE_FUNCTION && object != nullptr &&
                       std::none_of(refused_functions.begin(), refused_functions.end(),
                                    [&](const char* name) { return sqlite3_stricmp(name, object) == 0; });
    if (reads || calls) return SQLITE_OK;
    static_cast<Guard*>(self)->reason_ =
        name_of(action, object) + " is refused: one SELECT that reads is all it may be";
    return SQLITE_DENY;
  }

  static int look(void* self) {
    auto& guard = *static_cast<Guard*>(self);
    if (guard.query_.cancel.stop_requested())
      guard.reason_ = "it was stopped";
    else if (Clock::now() >= guard.deadline_)
      guard.reason_ = "it took longer than " + std::to_string(guard.query_.time_limit.count()) +
                      " ms; ask for less, or give it more time";
    else if (sqlite3_memory_used() - guard.memory_before_ > static_cast<std::int64_t>(guard.query_.max_memory_bytes))
      guard.reason_ = "it needs more than " + std::to_string(guard.query_.max_memory_bytes >> 20) +
                      " MiB of memory; sort or group less";
    return guard.reason_.empty() ? 0 : 1;
  }

  const SqlQuery& query_;
  Clock::time_point deadline_;
  std::int64_t memory_before_;
  std::string reason_;
};

// Before anybody asks for leave: SQLite makes these tables when they are first named, as if it changed the schema.
void make_json_tables(sqlite3* db) { sqlite::Statement{db, "SELECT 1 FROM json_each('[]'), json_tree('[]')"}; }

void set_limits(sqlite3* db) {
  sqlite3_limit(db, SQLITE_LIMIT_LENGTH, longest_value);
  sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, longest_text);
  sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
}

Error bad_sql(const std::string& reason) { return {Errc::bad_query, "cannot run the SQL: " + reason}; }

[[noreturn]] void fail(sqlite3* db, const Guard& guard) {
  if (!guard.reason().empty()) throw bad_sql(guard.reason());
  switch (sqlite3_errcode(db)) {
    case SQLITE_ERROR:
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH: throw bad_sql(sqlite3_errmsg(db));
    default: throw sqlite::error_of(db, "read");
  }
}

struct Finalize {
  void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
};
using Prepared = std::unique_ptr<sqlite3_stmt, Finalize>;

/// Nothing for blanks and comments. Takes the statement off the text.
Prepared next_statement(sqlite3* db, std::string_view& text, const Guard& guard) {
  sqlite3_stmt* handle = nullptr;
  const char* rest = nullptr;
  const int code = sqlite3_prepare_v2(db, text.data(), static_cast<int>(text.size()), &handle, &rest);
  Prepared prepared{handle};
  if (code != SQLITE_OK) fail(db, guard);
  text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
  return prepared;
}

Prepared only_statement(sqlite3* db, std::string_view text, const Guard& guard) {
  if (text.size() > static_cast<std::size_t>(longest_text)) throw bad_sql("it is longer than 64 KiB");
  if (text.find('\0') != text.npos) throw bad_sql("it has a NUL in it");
  auto statement = next_statement(db, text, guard);
  if (!statement) throw bad_sql("there is no statement in it");
  while (!text.empty())
    if (next_statement(db, text, guard)) throw bad_sql("there is more than one statement in it");
  if (!sqlite3_stmt_readonly(statement.get()) || sqlite3_column_count(statement.get()) == 0)
    throw bad_sql("one SELECT that reads is all it may be");
  return statement;
}

SqlValue value_of(sqlite3_stmt* row, int column) {
  const auto size = [&] { return static_cast<std::size_t>(sqlite3_column_bytes(row, column)); };
  switch (sqlite3_column_type(row, column)) {
    case SQLITE_INTEGER: return std::int64_t{sqlite3_column_int64(row, column)};
    case SQLITE_FLOAT: return sqlite3_column_double(row, column);
    case SQLITE_TEXT: {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(row, column));
      return std::string_view{text, size()};
    }
    case SQLITE_BLOB: {
      const auto* bytes = static_cast<const char*>(sqlite3_column_blob(row, column));
      return SqlBlob{{bytes, size()}};
    }
    default: return std::monostate{};
  }
}

std::vector<std::string> columns_of(sqlite3_stmt* statement) {
  std::vector<std::string> columns;
  for (int i = 0; i < sqlite3_column_count(statement); ++i) columns.emplace_back(sqlite3_column_name(statement, i));
  return columns;
}

}  // namespace

SqlOutcome select(const LogStore& store, const SqlQuery& query, const std::function<void(const SqlRow&)>& on_row) {
  const auto reader = store.reader();
  auto* db = reader->native_handle();
  make_json_tables(db);
  set_limits(db);
  Guard guard{query};
  guard.watch(db);
  const auto statement = only_statement(db, query.text, guard);
  SqlOutcome outcome{.columns = columns_of(statement.get())};
  std::vector<SqlValue> values(outcome.columns.size());
  int code;
  while ((code = sqlite3_step(statement.get())) == SQLITE_ROW) {
    if ((outcome.more = outcome.rows == query.max_rows)) return outcome;
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = value_of(statement.get(), static_cast<int>(i));
    const auto before = Clock::now();
    on_row({outcome.columns, values});
    guard.give_time(Clock::now() - before);
    ++outcome.rows;
  }
  if (code != SQLITE_DONE) fail(db, guard);
  return outcome;
}

}  // namespace psherald
