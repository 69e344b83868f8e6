#include <algorithm>

#include "psherald/query.hpp"
#include "store/sqlite.hpp"

namespace psherald {

RecordBatch around(const LogStore& store, RecordId id, const Surroundings& surroundings) {
  const ast::Node itself{ast::Term{{ast::Field::id, {}}, ast::Op::match, {ast::Value{ast::Scalar{ast::Number{id}}}}}};
  if (find(store, {.filter = {itself, {}}}).batch.empty()) return {};
  ast::Or either;
  either.of = {itself, surroundings.filter.root};
  Query query{.filter = {{std::move(either)}, {}},
              .limit = surroundings.before,
              .cursor = id,
              .time_base = surroundings.time_base};
  const auto older = find(store, query).batch;
  query.order = Order::oldest_first;
  query.cursor = (older.size() == 0 ? id : older.records().back().id) - 1;
  query.limit = older.size() + 1 + surroundings.after;
  return find(store, query).batch;
}

}  // namespace psherald
