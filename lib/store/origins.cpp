#include "store/origins.hpp"

#include <charconv>

namespace psherald::store {
namespace {

constexpr std::size_t digits = 32;

std::string bits_of(std::string_view run) {
  std::string bits;
  for (std::size_t i = 0; run.size() == digits && i < digits; i += 2) {
    unsigned byte = 0;
    const auto* end = run.data() + i + 2;
    if (std::from_chars(run.data() + i, end, byte, 16).ptr != end) break;
    bits += static_cast<char>(byte);
  }
  if (bits.size() != digits / 2)
    throw Error{Errc::bad_record, "\"" + std::string{run.substr(0, digits)} + "\" is no origin: 32 hex digits"};
  return bits;
}

}  // namespace

Origins::Origins(sqlite3* db)
    : find_{db, "SELECT no FROM origin WHERE run = ?1"},
      add_{db, "INSERT INTO origin(run) VALUES(?1) RETURNING no"},
      is_own_{db, "SELECT 1 FROM run WHERE run = ?1"},
      find_own_{db,
                "SELECT 1 FROM entry WHERE id = ?2 AND origin_no = 0 AND ?1 = (SELECT run FROM run WHERE from_id <= ?2 "
                "ORDER BY from_id DESC LIMIT 1)"},
      find_foreign_{db, "SELECT 1 FROM entry WHERE origin_no = ?1 AND origin_id = ?2 AND origin_no <> 0"},
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
