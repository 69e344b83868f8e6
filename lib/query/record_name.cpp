#include "psherald/query.hpp"
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

}  // namespace psherald
