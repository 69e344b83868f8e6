#include "query/survey.hpp"

namespace psherald {

Count count(const LogStore& store, const Selection& selection) {
  query::Survey survey{store, selection, "count(*)"};
  std::int64_t records = 0;
  const auto coverage = survey.run(
      [&](const store::SegmentSummary&, query::SegmentJudge& judge) {
        const auto known = judge.count();
        records += known.value_or(0);
        return known.has_value();
      },
      [&](const sqlite::Statement& row) { records += row.integer(0); });
  return {records, coverage};
}

}  // namespace psherald
