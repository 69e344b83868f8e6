#include "query/record_name.hpp"

#include "record/hex.hpp"
#include "record/number.hpp"
#include "store/run_bits.hpp"
#include "store/sqlite.hpp"

namespace psherald {

std::optional<RecordId> find_by_name(const LogStore& store, std::string_view run, RecordId id) {
  const auto bits = store::run_bits(run, "run");
  sqlite::Statement own{store.native_handle(),
                        "SELECT id FROM entry WHERE id = ?2 AND origin_no = 0 AND ?1 = (SELECT run FROM run WHERE "
                        "from_id <= ?2 ORDER BY from_id DESC LIMIT 1)"};
  if (const auto here = own.bind_blob(1, bits).bind(2, id).first_integer()) return here;
  sqlite::Statement foreign{store.native_handle(),
                            "SELECT id FROM entry WHERE origin_no = (SELECT no FROM origin WHERE run = ?1) AND "
                            "origin_no <> 0 AND origin_id = ?2"};
  return foreign.bind_blob(1, bits).bind(2, id).first_integer();
}

namespace query {

std::optional<RecordName> parse_record_name(std::string_view text) {
  const auto colon = text.find(':');
  const auto id = parse_number<RecordId>(colon == text.npos ? text : text.substr(colon + 1));
  if (!id || *id < 1 || (colon != text.npos && !is_run(text.substr(0, colon)))) return {};
  return RecordName{colon == text.npos ? std::string{} : std::string{text.substr(0, colon)}, *id};
}

RecordId id_of(const LogStore& store, const RecordName& name) {
  return name.run.empty() ? name.id : find_by_name(store, name.run, name.id).value_or(0);
}

}  // namespace query

}  // namespace psherald
