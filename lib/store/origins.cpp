#include "store/origins.hpp"

#include "store/run_bits.hpp"

namespace psherald::store {
namespace {

constexpr std::size_t digits = 32;

std::string bits_of(std::string_view run) { return run_bits(run, "origin"); }

}  // namespace

Origins::Origins(sqlite3* db)
    : find_{db, "SELECT no FROM origin WHERE run = ?1"},
      add_{db, "INSERT INTO origin(run) VALUES(?1) RETURNING no"},
      is_own_{db, "SELECT 1 FROM run WHERE run = ?1"},
      find_own_{db,
                "SELECT 1 FROM entry WHERE id = ?2 AND origin_no = 0 AND ?1 = (SELECT run FROM run WHERE from_id <= ?2 "
                "ORDER BY from_id DESC LIMIT 1)"},
      covers_{
          db,
          "SELECT 1 FROM run WHERE run = ?1 AND ?2 BETWEEN from_id AND coalesce((SELECT min(later.from_id) - 1 FROM "
          "run later WHERE later.from_id > run.from_id), (SELECT id FROM newest))"},
      find_foreign_{db, "SELECT 1 FROM entry WHERE origin_no = ?1 AND origin_id = ?2 AND origin_no <> 0"},
      newest_{db, "SELECT max(origin_id) FROM entry WHERE origin_no = ?1 AND origin_no <> 0"},
      find_path_{db, "SELECT no FROM path WHERE runs = ?1"},
      add_path_{db, "INSERT INTO path(runs) VALUES(?1) RETURNING no"},
      name_{db, "UPDATE origin SET store = ?2 WHERE no = ?1 AND store IS NOT ?2"},
      portable_{db,
                "SELECT json_group_object(key, CASE type WHEN 'text' THEN value ELSE json(value) END) FROM "
                "json_each(CASE WHEN json_valid(?1) THEN ?1 ELSE '{}' END) WHERE type <> 'object'"} {}

void Origins::look_up(std::string_view run) {
  if (run == last_) return;
  last_.clear();
  bits_ = bits_of(run);
  own_ = is_own_.bind_blob(1, bits_).first_integer().has_value();
  const auto known = find_.bind_blob(1, bits_).first_integer();
  number_ = known.value_or(0);
  newest_id_ = number_ == 0 ? 0 : newest_.bind(1, number_).first_integer().value_or(0);
  last_ = run;
}

std::int64_t Origins::number_of(std::string_view run) {
  look_up(run);
  if (number_ == 0) {
    if (add_.bind_blob(1, bits_).step()) number_ = add_.integer(0);
    add_.run();
  }
  return number_;
}

bool Origins::is_newest(std::string_view run, RecordId id) {
  look_up(run);
  if (own_ || id <= newest_id_) return false;
  newest_id_ = id;
  return true;
}

bool Origins::is_own(std::string_view run, RecordId id) {
  look_up(run);
  return own_ && covers_.bind_blob(1, bits_).bind(2, id).first_integer().has_value();
}

bool Origins::is_own_run(std::string_view run) {
  look_up(run);
  return own_;
}

bool Origins::passes_here(std::string_view path) {
  for (std::size_t at = 0; at < path.size(); at += digits)
    if (is_own_.bind_blob(1, bits_of(path.substr(at, digits))).first_integer()) return true;
  return false;
}

std::int64_t Origins::number_of_path(std::string_view path) {
  if (path == last_path_) return path_number_;
  const auto bits = from_hex(path);
  if (!bits || path.size() % digits != 0) throw Error{Errc::bad_record, "a path is runs of 32 hex digits each"};
  path_number_ = find_path_.bind_blob(1, *bits).first_integer().value_or(0);
  if (path_number_ == 0) {
    if (add_path_.bind_blob(1, *bits).step()) path_number_ = add_path_.integer(0);
    add_path_.run();
  }
  last_path_ = path;
  return path_number_;
}

void Origins::set_name(std::string_view run, std::string_view store) {
  if (!store.empty()) name_.bind_all(number_of(run), store).run();
}

std::string_view Origins::portable(std::string_view legacy) {
  if (legacy.find("{}") == legacy.npos) return legacy;
  portable_.bind(1, legacy).step();
  legacy_ = portable_.text(0);
  portable_.reset();
  return legacy_;
}

bool Origins::has(std::string_view run, RecordId id) {
  look_up(run);
  if (own_ && find_own_.bind_blob(1, bits_).bind(2, id).first_integer()) return true;
  return number_ != 0 && find_foreign_.bind_all(number_, id).first_integer().has_value();
}

}  // namespace psherald::store
