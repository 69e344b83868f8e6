#include <algorithm>
#include <map>
#include <unordered_map>

#include "query/survey.hpp"
#include "store/dictionary_rows.hpp"

namespace psherald {
namespace {

// A row of the dictionary of sources.
struct Heard {
  std::int64_t records = 0;
  RecordId newest = 0;
  std::int64_t received = 0;  // of the newest
};
using HeardBySource = std::unordered_map<std::int64_t, Heard>;

// Several rows can be of one system.
std::vector<HeardSystem> by_name(sqlite3* db, const HeardBySource& heard) {
  using Key = std::array<std::string, 4>;
  std::map<Key, Heard> all;
  store::EntryReader<Source> sources{db};
  for (const auto& [number, one] : heard) {
    auto& system = all[sources.read(number, [](const Source& source) {
      return Key{std::string{source.produkt_id}, std::string{source.system_id}, std::string{source.sub_system_id},
                 std::string{source.sub_sub_system_id}};
    })];
    system.records += one.records;
    if (one.newest > system.newest) system.newest = one.newest, system.received = one.received;
  }
  std::vector<HeardSystem> systems;
  for (const auto& [key, one] : all)
    systems.push_back(
        {key[0], key[1], key[2], key[3], one.records, one.newest, Timestamp{std::chrono::microseconds{one.received}}});
  std::sort(systems.begin(), systems.end(),
            [](const HeardSystem& a, const HeardSystem& b) { return a.newest > b.newest; });
  return systems;
}

}  // namespace

HeardSystems heard_systems(const LogStore& store, const Selection& selection) {
  query::Survey survey{store, selection, "e.id, e.source, e.received"};
  HeardBySource heard;
  HeardSystems heard_systems;
  heard_systems.coverage = survey.run(
      [&](const store::SegmentSummary&, query::SegmentJudge& judge) {
        const auto shares = judge.matching(query::SegmentJudge::By::source);
        // Who is met for the first time has his newest record here: the walk goes from the newest on.
        const bool all_known = shares && std::all_of(shares->begin(), shares->end(), [&](const store::Share& share) {
                                 return heard.contains(share.number);
                               });
        if (!all_known) return false;
        for (const auto& share : *shares) heard[share.number].records += share.records;
        return true;
      },
      [&](const sqlite::Statement& row) {
        auto& source = heard[row.integer(1)];
        ++source.records;
        if (row.integer(0) > source.newest) source.newest = row.integer(0), source.received = row.integer(2);
      });
  heard_systems.systems = by_name(survey.native_handle(), heard);
  return heard_systems;
}

}  // namespace psherald
