#include "query/dictionary_judge.hpp"

namespace psherald::query {
namespace {

template <class Entry>
constexpr Place place_of_entry = Place::source;
template <>
constexpr Place place_of_entry<Site> = Place::site;
template <>
constexpr Place place_of_entry<Process> = Place::process;

// What a judge says of a record of which only a row of one dictionary is known.
struct Verdict {
  bool may, must;
};
template <class Entry>
Verdict verdict(const Judge& judge, const Entry& entry, Scratch& scratch) {
  Verdict all{true, true}, any{false, false};
  switch (judge.kind) {
    case Judge::Kind::all: return all;
    case Judge::Kind::leaf: {
      if (place_of(*judge.leaf) != place_of_entry<Entry>) return {true, false};
      const bool fits_it = fits(*judge.leaf, entry, scratch);
      return {fits_it, fits_it};
    }
    case Judge::Kind::negation: {
      const auto inner = verdict(judge.of.front(), entry, scratch);
      return {!inner.must, !inner.may};
    }
    default: break;
  }
  for (const auto& part : judge.of) {
    const auto one = verdict(part, entry, scratch);
    all = {all.may && one.may, all.must && one.must};
    any = {any.may || one.may, any.must || one.must};
  }
  return judge.kind == Judge::Kind::every ? all : any;
}

template <class Entry>
std::optional<RecordId> first_of(sqlite3* db, const Judge& judge) {
  if (!any_leaf(judge, [](const Leaf& leaf) { return place_of(leaf) == place_of_entry<Entry>; })) return 1;
  constexpr std::size_t most = 10'000;  // with more it takes longer than it saves
  std::optional<RecordId> first;
  Scratch scratch;
  sqlite::Statement rows{db, "SELECT first_id, " + std::string{store::Table<Entry>::columns} + " FROM " +
                                 std::string{store::Table<Entry>::name} + " ORDER BY id"};
  for (std::size_t seen = 0; rows.step(); ++seen) {
    if (seen == most) return 1;
    if (verdict(judge, store::read_entry<Entry>(rows, 1), scratch).may)
      first = std::min(first.value_or(rows.integer(0)), rows.integer(0));
  }
  return first;
}

}  // namespace

DictionaryJudge::DictionaryJudge(sqlite3* db, const Judge& judge) { add(db, judge); }

void DictionaryJudge::add(sqlite3* db, const Judge& judge) {
  for (const auto& part : judge.of) add(db, part);
  if (!judge.leaf) return;
  const Leaf& leaf = *judge.leaf;
  switch (place_of(leaf)) {
    case Place::source: sources_.try_emplace(&leaf, db, leaf); break;
    case Place::site: sites_.try_emplace(&leaf, db, leaf); break;
    case Place::process: processes_.try_emplace(&leaf, db, leaf); break;
    default: break;
  }
}

bool DictionaryJudge::fits_row(const Leaf& leaf, std::int64_t number) {
  switch (place_of(leaf)) {
    case Place::source: return sources_.at(&leaf).fits_row(number);
    case Place::site: return sites_.at(&leaf).fits_row(number);
    default: return processes_.at(&leaf).fits_row(number);
  }
}

std::optional<RecordId> DictionaryJudge::first_possible(sqlite3* db, const Judge& judge) {
  RecordId first = 1;
  for (const auto& one : {first_of<Source>(db, judge), first_of<Site>(db, judge), first_of<Process>(db, judge)}) {
    if (!one) return {};
    first = std::max(first, *one);
  }
  return first;
}

}  // namespace psherald::query
