#include "store/legacy.hpp"

#include <filesystem>
#include <vector>

#include "store/legacy_copy.hpp"
#include "store/log_view.hpp"
#include "store/open.hpp"
#include "store/room.hpp"
#include "store/schema.hpp"

namespace psherald::store {
namespace {

constexpr const char *old_log = "ps_herald_log", *old_heartbeat = "ps_herald_heartbeat";
// More than else: pages that are changed more than once are then written once, and the journal is synced less often.
constexpr std::size_t cache_factor = 8;

std::vector<std::string> texts(sqlite3* db, std::string_view sql) {
  std::vector<std::string> found;
  sqlite::Statement rows{db, sql};
  while (rows.step()) found.emplace_back(rows.text(0));
  return found;
}

std::string quoted_log_columns() {
  std::string all;
  for (const auto column : log_columns) (all += all.empty() ? "'" : ", '").append(column) += '\'';
  return all;
}

// The names of what psherald makes, as a list for SQL.
std::string quoted_own_names() {
  sqlite3* memory = nullptr;
  sqlite3_open(":memory:", &memory);
  const sqlite::Connection db{memory};
  schema::create_objects(memory);
  std::string all = std::string{"'"} + old_log + "', '" + old_heartbeat + '\'';
  for (const auto& name : texts(memory, "SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite%'"))
    if (name != "log" && name != "heartbeat") all += ", '" + name + '\'';
  return all;
}

bool has_heartbeats(sqlite3* db) {
  return sqlite::integer(db,
                         "SELECT count(*) FROM pragma_table_xinfo('heartbeat') WHERE lower(name) IN ('id', "
                         "'newest_heartbeat', 'system_id')") == 3;
}

// Of systems that are there twice the later one stays.
void copy_heartbeats(sqlite3* from, const std::string& table, sqlite3* to) {
  sqlite::Statement rows{from, "SELECT id, newest_heartbeat, system_id FROM " + table +
                                   " WHERE typeof(id) = 'integer' ORDER BY newest_heartbeat, id"};
  sqlite::Statement insert{to, "INSERT OR REPLACE INTO heartbeat VALUES(?1, ?2, ?3)"};
  while (rows.step()) {
    for (int i = 0; i < 3; ++i) sqlite3_bind_value(insert.get(), i + 1, sqlite3_column_value(rows.get(), i));
    insert.run();
  }
}

std::string name_of(const std::string& file) { return std::filesystem::path{file}.filename().string(); }

void tell(const LogStore::Options& options, const std::string& step, double done) {
  if (options.on_migration) options.on_migration(step, done);
}

// VACUUM does not say how far it is, but the steps of SQLite's machine go with the rows. What it does afterwards, the
// copying back, has no steps: the last part of the time.
class VacuumProgress {
 public:
  VacuumProgress(sqlite3* db, std::function<void(double)> tell)
      : db_{db},
        tell_{std::move(tell)},
        expected_{3.0 * static_cast<double>(sqlite::integer(db, "SELECT count(*) FROM log").value_or(0)) + every} {
    const auto count = [](void* self) {
      auto* progress = static_cast<VacuumProgress*>(self);
      progress->steps_ += every;
      progress->tell_(0.5 * std::min(1.0, progress->steps_ / progress->expected_));
      return 0;
    };
    sqlite3_progress_handler(db, every, count, this);
  }
  VacuumProgress(const VacuumProgress&) = delete;
  VacuumProgress& operator=(const VacuumProgress&) = delete;
  ~VacuumProgress() { sqlite3_progress_handler(db_, 0, nullptr, nullptr); }

 private:
  static constexpr int every = 100'000;

  sqlite3* db_;
  std::function<void(double)> tell_;
  double expected_, steps_ = 0;
};

// Why the file cannot be rewritten with other pages; empty when it can. A rewriting needs a copy in the temporary
// directory and a journal beside the file.
std::string no_room_to_rewrite(const std::string& file) {
  const auto size = std::filesystem::file_size(file);
  const auto beside = free_bytes(file);
  if (beside < 2 * size)
    return "that needs " + mebibytes(2 * size) + " on its disk, and " + mebibytes(beside) + " are free";
  const auto directory = sqlite_temporary_directory();
  if (on_same_file_system(file, directory)) return {};
  if (const auto there = free_bytes(directory); there < size)
    return "that needs " + mebibytes(size) + " in " + directory + ", and " + mebibytes(there) + " are free";
  return {};
}

bool is_full(const Error& error) { return error.code() == Errc::store_full; }

void copy_all(sqlite3* from, const std::string& to, const LogStore::Options& options) {
  auto target = options;
  target.path = to;
  target.read_only = false;
  const std::string step = "reading " + name_of(options.path) + ", a database of ps.herald 1.4.2";
  tell(options, step, 0);
  auto opened = open_to_write(to, target);
  sqlite::execute(opened.db.get(), "PRAGMA synchronous = OFF");  // it does not outlive the process
  Ballast none{to, 0};
  Writer writer{opened.db.get(), *opened.guard, none, target, opened.created};
  writer.begin();
  LegacyCopy{from,
             "log",
             opened.db.get(),
             writer,
             {[&](RecordId, RecordId) {
                writer.commit();
                writer.begin();
              },
              [&](double done) { tell(options, step, done); }}}
      .run();
  if (has_heartbeats(from)) copy_heartbeats(from, "heartbeat", opened.db.get());
  writer.commit();
}

}  // namespace

bool is_ps_herald(sqlite3* db) {
  const auto id = sqlite::integer(db,
                                  "SELECT count(*) FROM pragma_table_info('log') AS c WHERE c.pk > 0 AND lower(c.name) "
                                  "= 'id' AND upper(c.type) = 'INTEGER' AND NOT EXISTS (SELECT 1 FROM "
                                  "pragma_index_list('log') WHERE origin = 'pk')");
  if (id != 1) return false;
  return sqlite::integer(db, "SELECT count(*) FROM pragma_table_info('log') WHERE lower(name) IN (" +
                                 quoted_log_columns() + ")") == static_cast<std::int64_t>(log_columns.size());
}

std::string obstacle_to_migration(sqlite3* db) {
  const auto more =
      texts(db, "SELECT name FROM pragma_table_xinfo('log') WHERE lower(name) NOT IN (" + quoted_log_columns() + ")");
  if (!more.empty())
    return "a database of ps.herald whose table log has the column " + more.front() +
           ", which ps.herald 1.4.2 does not know and psherald would lose; drop that column, or read the file with "
           "--use";
  const bool heartbeat = sqlite::integer(db, "SELECT 1 FROM sqlite_schema WHERE lower(name) = 'heartbeat'").has_value();
  if (heartbeat && !has_heartbeats(db))
    return "a database of ps.herald whose table heartbeat is of something else; rename that table, or read the file "
           "with --use";
  const auto taken = texts(db, "SELECT name FROM sqlite_schema WHERE lower(name) IN (" + quoted_own_names() + ")");
  if (!taken.empty())
    return "a database of ps.herald that also has a " + taken.front() +
           ", and psherald needs that name; rename it, or read the file with --use";
  return {};
}

Migration::Migration(sqlite3* db, std::string file, const LogStore::Options& options)
    : db_{db}, file_{std::move(file)}, options_{options} {
  sqlite::execute(db_, "PRAGMA secure_delete = OFF; PRAGMA journal_mode = DELETE");
  // A VACUUM gains nothing from more, and takes as many of the larger pages as of the small ones.
  set_page_cache(options.page_cache_bytes);
  change_pages();
  set_page_cache(cache_factor * options.page_cache_bytes);
  sqlite::execute(db_, "PRAGMA temp_store = MEMORY; BEGIN EXCLUSIVE");
  rename_old_tables();
  schema::create_objects(db_);
}

void Migration::set_page_cache(std::size_t bytes) {
  sqlite::execute(db_, ("PRAGMA cache_size = -" + std::to_string(bytes / 1024)).c_str());
}

void Migration::change_pages() {
  const auto page_size = sqlite::integer(db_, "PRAGMA page_size");
  if (page_size == schema::page_size && sqlite::integer(db_, "PRAGMA auto_vacuum") == 2) return;
  const auto keep = [&](const std::string& why) {
    tell(options_,
         name_of(file_) + " keeps its pages of " + std::to_string(page_size.value_or(0)) +
             " bytes, and will not get smaller when records are removed: " + why,
         0);
  };
  if (const auto why = no_room_to_rewrite(file_); !why.empty()) return keep(why);
  const std::string step = "migrating " + name_of(file_) + ", a database of ps.herald 1.4.2: larger pages";
  tell(options_, step, 0);
  try {
    const VacuumProgress progress{db_, [&](double done) { tell(options_, step, done); }};
    sqlite::execute(db_, "PRAGMA temp_store = FILE");  // of the whole database
    sqlite::execute(db_, schema::pages);
    sqlite::execute(db_, "VACUUM");
  } catch (const Error& error) {
    if (!is_full(error)) throw;
    return keep(error.what());
  }
  tell(options_, step, 1);
}

// Views of other programs go on to read `log`, so they are not to follow the table to its new name.
void Migration::rename_old_tables() {
  for (const auto& drop : texts(db_,
                                "SELECT 'DROP ' || type || ' \"' || replace(name, '\"', '\"\"') || '\"' FROM "
                                "sqlite_schema WHERE lower(tbl_name) IN ('log', 'heartbeat') AND type IN ('index', "
                                "'trigger') AND sql IS NOT NULL"))
    sqlite::execute(db_, drop.c_str());
  sqlite::execute(db_, "PRAGMA legacy_alter_table = ON");
  sqlite::execute(db_, (std::string{"ALTER TABLE log RENAME TO "} + old_log).c_str());
  if (has_heartbeats(db_))
    sqlite::execute(db_, (std::string{"ALTER TABLE heartbeat RENAME TO "} + old_heartbeat).c_str());
  sqlite::execute(db_, "PRAGMA legacy_alter_table = OFF");
}

void Migration::finish(Writer& writer) {
  writer.join();
  const std::string step = "migrating " + name_of(file_) + ", a database of ps.herald 1.4.2: records";
  tell(options_, step, 0);
  {
    // Row by row, so that the new rows get the pages of the old ones and the file hardly grows.
    sqlite::Statement remove{db_, std::string{"DELETE FROM "} + old_log + " WHERE id BETWEEN ?1 AND ?2"};
    LegacyCopy{db_,
               old_log,
               db_,
               writer,
               {[&](RecordId from, RecordId to) { remove.bind_all(from, to).run(); },
                [&](double done) { tell(options_, step, done); }}}
        .run();
  }
  sqlite::execute(db_, (std::string{"DROP TABLE "} + old_log).c_str());
  if (sqlite::integer(db_, (std::string{"SELECT 1 FROM sqlite_schema WHERE name = '"} + old_heartbeat + "'").c_str())) {
    copy_heartbeats(db_, old_heartbeat, db_);
    sqlite::execute(db_, (std::string{"DROP TABLE "} + old_heartbeat).c_str());
  }
  sqlite::Statement{db_, "PRAGMA incremental_vacuum"}.run();
  writer.commit();
}

void import(sqlite3* from, const std::string& to, const LogStore::Options& options) {
  const auto directory = std::filesystem::path{to}.parent_path().string();
  const auto size =
      sqlite::integer(from, "PRAGMA page_count").value_or(0) * sqlite::integer(from, "PRAGMA page_size").value_or(0);
  require_room(directory, static_cast<std::uint64_t>(size), options.path);
  try {
    copy_all(from, to, options);
  } catch (const Error& error) {
    if (!is_full(error)) throw;
    throw Error{Errc::store_full, "cannot show " + options.path + ": the copy of it did not find room in " + directory +
                                      "; make room there, or set TMPDIR to a folder that has more"};
  }
}

}  // namespace psherald::store
