#include "store/batch_rows.hpp"

#include <new>

namespace psherald::store {
namespace {

constexpr const char* columns =
    "CREATE TABLE batch_rows(id, received, created, flags, source, site, proc, level, relative, message, exc_text, "
    "stack_info, extra, legacy, origin_no, origin_id, origin_received, path_no)";
enum {
  id,
  received,
  created,
  flags,
  source,
  site,
  proc,
  level,
  relative,
  message,
  exc_text,
  stack_info,
  extra,
  legacy,
  origin_no,
  origin_id,
  origin_received,
  path_no
};

struct Table : sqlite3_vtab {
  const BatchRows* batch;
};
struct Cursor : sqlite3_vtab_cursor {
  std::size_t at;
};

const std::vector<BatchRows::Row>& rows_of(const sqlite3_vtab_cursor* cursor) {
  return static_cast<const Table*>(cursor->pVtab)->batch->rows();
}

int connect(sqlite3* db, void* batch, int, const char* const*, sqlite3_vtab** made, char**) noexcept {
  if (const int code = sqlite3_declare_vtab(db, columns); code != SQLITE_OK) return code;
  sqlite3_vtab_config(db, SQLITE_VTAB_DIRECTONLY);
  auto* table = new (std::nothrow) Table{};
  if (!table) return SQLITE_NOMEM;
  table->batch = static_cast<const BatchRows*>(batch);
  *made = table;
  return SQLITE_OK;
}
int disconnect(sqlite3_vtab* table) noexcept {
  delete static_cast<Table*>(table);
  return SQLITE_OK;
}
int best_index(sqlite3_vtab*, sqlite3_index_info*) noexcept { return SQLITE_OK; }

int open(sqlite3_vtab*, sqlite3_vtab_cursor** made) noexcept {
  *made = new (std::nothrow) Cursor{};
  return *made ? SQLITE_OK : SQLITE_NOMEM;
}
int close(sqlite3_vtab_cursor* cursor) noexcept {
  delete static_cast<Cursor*>(cursor);
  return SQLITE_OK;
}
int filter(sqlite3_vtab_cursor* cursor, int, const char*, int, sqlite3_value**) noexcept {
  static_cast<Cursor*>(cursor)->at = 0;
  return SQLITE_OK;
}
int next(sqlite3_vtab_cursor* cursor) noexcept {
  ++static_cast<Cursor*>(cursor)->at;
  return SQLITE_OK;
}
int at_end(sqlite3_vtab_cursor* cursor) noexcept { return static_cast<Cursor*>(cursor)->at >= rows_of(cursor).size(); }

void give(sqlite3_context* context, std::int64_t number) noexcept { sqlite3_result_int64(context, number); }
// A text without data is NULL.
void give(sqlite3_context* context, std::string_view text) noexcept {
  sqlite3_result_text64(context, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
}

int column(sqlite3_vtab_cursor* cursor, sqlite3_context* context, int number) noexcept {
  const auto& row = rows_of(cursor)[static_cast<Cursor*>(cursor)->at];
  const auto& record = *row.record;
  switch (number) {
    case id: give(context, row.id); break;
    case received: give(context, row.received); break;
    case created:
      // The distance from `received` is a small number, which SQLite keeps in few bytes.
      if (record.created) give(context, row.received - std::int64_t{record.created->time_since_epoch().count()});
      break;
    case flags: give(context, static_cast<std::int64_t>(record.flags)); break;
    case source: give(context, row.source); break;
    case site: give(context, row.site); break;
    case proc: give(context, row.process); break;
    case level: give(context, static_cast<std::int64_t>(record.level)); break;
    case relative:
      if (record.relative) give(context, std::int64_t{record.relative->count()});
      break;
    case message: give(context, record.message); break;
    case exc_text: give(context, record.exc_text); break;
    case stack_info: give(context, record.stack_info); break;
    case extra: give(context, record.extra); break;
    case legacy: give(context, row.legacy); break;
    case origin_no: give(context, row.origin); break;
    case origin_id:
      if (row.origin != 0) give(context, record.origin_id);
      break;
    case origin_received:
      if (row.origin != 0 && record.origin_received)
        give(context, std::int64_t{record.origin_received->time_since_epoch().count()});
      break;
    default:
      if (row.path != 0) give(context, row.path);
      break;
  }
  return SQLITE_OK;
}
int row_number(sqlite3_vtab_cursor* cursor, sqlite3_int64* number) noexcept {
  *number = static_cast<sqlite3_int64>(static_cast<Cursor*>(cursor)->at);
  return SQLITE_OK;
}

const sqlite3_module module = [] {
  sqlite3_module functions{};
  functions.xConnect = connect;
  functions.xBestIndex = best_index;
  functions.xDisconnect = disconnect;
  functions.xOpen = open;
  functions.xClose = close;
  functions.xFilter = filter;
  functions.xNext = next;
  functions.xEof = at_end;
  functions.xColumn = column;
  functions.xRowid = row_number;
  return functions;
}();

}  // namespace

BatchRows::BatchRows(sqlite3* db) {
  if (sqlite3_create_module_v2(db, "batch_rows", &module, this, nullptr) != SQLITE_OK)
    throw sqlite::error_of(db, "define a table in");
}

void BatchRows::add(const Row& row) {
  rows_.push_back(row);
  rows_.back().legacy = row.record->legacy;
}

bool BatchRows::has(std::string_view origin, RecordId id) {
  for (; named_ < rows_.size(); ++named_) {
    const auto& record = *rows_[named_].record;
    if (present(record.origin)) names_.emplace(record.origin, record.origin_id);
  }
  return names_.contains({origin, id});
}

void BatchRows::set_origin(std::int64_t number, std::int64_t path, std::string_view legacy) {
  auto& row = rows_.back();
  row.origin = number;
  row.path = path;
  if (legacy.data() != row.legacy.data()) row.legacy = texts_.emplace_back(legacy);
}

void BatchRows::clear() noexcept {
  rows_.clear();
  texts_.clear();
  names_.clear();
  named_ = 0;
}

}  // namespace psherald::store
